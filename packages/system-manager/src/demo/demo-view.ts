import { dataAgeMs, type EpochMs, reportOf, type SystemStatus, type TradingDate } from '@rtp/core';
import type { CoverageSummary } from '@rtp/store-client';
import type { RunningSystem } from '../system/start-options.ts';
import type { DemoView } from './demo-screen.ts';

/** What the demo shows, from a snapshot of the system and the store's coverage. */
export function demoView(
  system: Pick<RunningSystem, 'calendar' | 'day'>,
  status: SystemStatus,
  coverage: CoverageSummary | null,
  notices: readonly string[],
): DemoView {
  const pipeline = reportOf(status, 'pipeline');
  const store = reportOf(status, 'store');
  const date = system.day?.date ?? '';
  const minutes = sessionMinutes(system, date);
  // While charts carry the day no minute is sealed as a whole, but bars arrive.
  const newest = newer(pipeline?.lastSealedMinute ?? null, pipeline?.lastDataUpdate ?? null);
  return {
    title: `${date}, ${system.day?.kind ?? ''}, ${system.day?.symbols ?? 0} symbols`,
    now: status.at,
    speed: status.speed,
    phase: pipeline?.phase ?? 'starting',
    minutesDone: newest === null ? 0 : minutes.filter((minute) => minute <= newest).length,
    minutesTotal: minutes.length,
    newestMinute: newest,
    ageMs: dataAgeMs(system.calendar.sessionAt(status.at), pipeline?.lastDataUpdate ?? null, status.at),
    bars: coverage?.bars ?? 0,
    absences: coverage?.absences ?? 0,
    unknown: coverage?.unknown ?? 0,
    due: (coverage?.expected ?? 0) - (coverage?.pending ?? 0),
    expected: coverage?.expected ?? 0,
    source: pipeline?.source ?? 'none',
    corrections: pipeline?.corrections ?? 0,
    sweepDone: pipeline?.sweepDone ?? 0,
    sweepTotal: pipeline?.phase === 'sweep' ? pipeline.sweepTotal : 0,
    sealToQueryable: { p50: pipeline?.sealToAckP50Ms ?? null, p99: pipeline?.sealToAckP99Ms ?? null },
    publishP99Ms: store?.publishP99Ms ?? null,
    components: status.components.map(({ component, state, pssBytes }) => ({ name: component, state, pssBytes })),
    notices,
  };
}

function sessionMinutes(system: Pick<RunningSystem, 'calendar'>, date: TradingDate): readonly EpochMs[] {
  return date === '' ? [] : system.calendar.expectedMinutes({ class: 'share' }, date);
}

function newer(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
