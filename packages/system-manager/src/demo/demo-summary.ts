import { componentOf, type SystemStatus } from '@rtp/core';
import type { CoverageSummary } from '@rtp/store-client';
import { grouped } from '../cli/grouped.ts';
import { type DayVerification, isExact } from './day-verification.ts';
import type { DemoView } from './demo-screen.ts';

const ms = (value: number | null): string => (value === null ? '-' : `${value.toFixed(1)} ms`);

/** The end of a demo in words: the seal, the comparison with the recording, and what it cost. */
export function summaryLines(
  date: string,
  coverage: CoverageSummary,
  verified: DayVerification,
  view: DemoView,
  status: SystemStatus,
): readonly string[] {
  const { differing } = verified;
  const fields = Object.entries(differing).map(([field, n]) => `${field} ${grouped(n)}`);
  const verdict = isExact(verified) ? 'Verified' : 'NOT EXACT';
  const memory = [...status.components.map(({ pssBytes }) => pssBytes), status.managerUsage?.pssBytes ?? null];
  const simulator = componentOf(status, 'simulator')?.pssBytes ?? 0;
  const total = memory.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0) - simulator;
  const lines = [
    `Sealed ${date}: ${grouped(coverage.bars)} bars + ${grouped(coverage.absences)} minutes with a reason + ${grouped(coverage.unknown)} unknown = ${grouped(coverage.expected)} expected${coverage.complete ? ', complete' : ', NOT COMPLETE'}.`,
    `${verdict}: ${grouped(verified.exact)} of ${grouped(verified.recorded)} recorded bars are stored exactly, ${grouped(verified.quietAbsent)} of ${grouped(verified.quiet)} quiet minutes are absences without trades, ${grouped(verified.surplus)} too many.`,
    `Live: ${grouped(verified.live)} of these bars were there from the feed; official candles then corrected ${fields.join(', ')}.`,
  ];
  if (view.sealToQueryable.p99 !== null) {
    lines.push(
      `Lag: sealed to queryable p50 ${ms(view.sealToQueryable.p50)}, p99 ${ms(view.sealToQueryable.p99)}; published p99 ${ms(view.publishP99Ms)} (real time).`,
    );
  }
  if (total > 0) lines.push(`Memory: ${Math.round(total / 1e6)} MB PSS in all, without the simulator.`);
  return lines;
}
