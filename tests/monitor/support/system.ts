import {
  atIst,
  type Component,
  type ComponentStatus,
  loadCalendar,
  type PipelineReport,
  type SessionCalendar,
  type StoreReport,
  type SystemStatus,
} from '@rtp/core';
import type { CoverageSummary } from '@rtp/store-client';
import { pipelineReport } from '../../scheduler/support/snapshots.ts';

export const calendar: SessionCalendar = loadCalendar({ file: 'config/calendar.json' });

/** The instant of `2025-09-04 09:15`. */
export const ist = (text: string): number => atIst(text.slice(0, 10), text.slice(11));

export const pipeline = (over: Partial<PipelineReport> = {}): PipelineReport =>
  pipelineReport({
    minutesSealed: 45,
    barsWritten: 22_000,
    corrections: 12,
    outOfSession: 4,
    feedLagP95Ms: 310,
    sealToAckP50Ms: 80,
    sealToAckP99Ms: 140.5,
    calls: 900,
    errors: 2,
    rateLimited: 1,
    chartCallsLeft: 6_100,
    ...over,
  });

export const store = (over: Partial<StoreReport> = {}): StoreReport => ({
  lastCommitSeq: 91,
  lastPublishedSeq: 90,
  commits: 91,
  duplicates: 3,
  openDates: ['2025-09-04'],
  commitP50Ms: 20,
  commitP99Ms: 45,
  publishP50Ms: 10,
  publishP99Ms: 30,
  dataApiUrl: 'http://127.0.0.1:8000',
  errors: 1,
  degraded: '',
  ...over,
});

export const component = (name: Component, over: Partial<ComponentStatus> = {}): ComponentStatus => ({
  component: name,
  state: 'ready',
  wanted: 'up',
  reason: '',
  pid: 4_000,
  readyForMs: 60_000,
  restarts: 0,
  rssBytes: 100,
  pssBytes: 60,
  cpuSeconds: 1.5,
  loopLagMs: 3,
  lastExit: null,
  deaths: 0,
  busyWith: '',
  actor: 'supervisor',
  upForMs: null,
  report: null,
  ...over,
});

export const system = (at: number, components: readonly ComponentStatus[]): SystemStatus => ({
  at,
  startedAt: at,
  source: 'simulator',
  dataDir: '/srv/rtp/data',
  managerPid: 3_999,
  speed: 60,
  components: [...components],
});

export const coverageOf = (date: string, over: Partial<CoverageSummary> = {}): CoverageSummary => ({
  date,
  state: 'open',
  expected: 180_000,
  bars: 20_000,
  absences: 1_500,
  unknown: 7,
  pending: 158_493,
  complete: false,
  byReason: { no_trades: 1_500, unknown: 7 },
  ...over,
});
