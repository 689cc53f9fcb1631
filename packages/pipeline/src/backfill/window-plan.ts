import { addDays, describeError, RtpError, type TradingDate } from '@rtp/core';
import { chartWindows } from '@rtp/dhan';
import type { DayCoverage, InstrumentCoverage } from '@rtp/store-client';
import { MIN_COMMON_MINUTES } from '../charts/stored-basis.ts';
import { DISPUTED_MINUTES } from '../charts/sweep.ts';
import type { DayDependencies } from '../day/dependencies.ts';
import { backoffOf } from '../day/sweep-day.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import type { CallWindow } from './candle-spool.ts';
import type { Subject } from './subjects.ts';

/** What is missing of one window, one call each. */
export interface WindowPlan {
  readonly window: CallWindow;
  /** Trading dates of the window of which something is missing, ascending. */
  readonly dates: readonly TradingDate[];
  /** Whose charts are asked for: those of whom a date is missing. */
  readonly asked: readonly Subject[];
  /** Dates of the window with enough stored bars of a subject to compare, by its number, ascending. */
  readonly held: ReadonlyMap<number, readonly TradingDate[]>;
}

/** What the store lacks of `from` to `to`, window by window, the oldest first. Errors: those of the store, the signal's reason. */
export async function planWindows(
  dependencies: DayDependencies,
  range: CallWindow,
  subjects: readonly Subject[],
  signal: AbortSignal,
): Promise<readonly WindowPlan[]> {
  const plans: WindowPlan[] = [];
  for (const window of chartWindows(range.from, range.to)) {
    const dates: TradingDate[] = [];
    const asked = new Set<Subject>();
    const held = new Map<number, TradingDate[]>();
    for (const date of tradingDates(dependencies, window)) {
      const coverage = await coverageOf(dependencies, date, signal);
      const entries = new Map(coverage.instruments.map((entry) => [entry.instrumentId, entry]));
      const missing = subjects.filter(({ instrumentId }) => {
        const entry = instrumentId === null ? undefined : entries.get(instrumentId);
        if (entry !== undefined && entry.bars >= MIN_COMMON_MINUTES) note(held, entry.instrumentId, date);
        return coverage.state === 'none' || !isComplete(entry);
      });
      if (missing.length > 0) dates.push(date);
      for (const subject of missing) asked.add(subject);
    }
    if (dates.length > 0) plans.push({ window, dates, asked: subjects.filter((subject) => asked.has(subject)), held });
  }
  return plans;
}

/** The window's trading dates. One whose hours nobody knows cannot be filled. */
export function tradingDates({ calendar, logger }: DayDependencies, { from, to }: CallWindow): readonly TradingDate[] {
  const dates: TradingDate[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) {
    try {
      if (calendar.tradingDay(date) !== null) dates.push(date);
    } catch (error) {
      if (!(error instanceof RtpError)) throw error;
      logger.warn('the date cannot be filled', { date, error: describeError(error) });
    }
  }
  return dates;
}

function coverageOf(dependencies: DayDependencies, date: TradingDate, signal: AbortSignal): Promise<DayCoverage> {
  const { store, logger } = dependencies;
  return untilAnswered(() => store.coverage(date), { backoff: backoffOf(dependencies), logger, signal });
}

/** Whether every minute is settled, and official but for those that a sweep leaves to live sources. */
function isComplete(entry: InstrumentCoverage | undefined): boolean {
  if (entry === undefined || entry.expected === 0) return false;
  const { bars, byState, unknown, pending, partial } = entry;
  return unknown + pending + partial === 0 && bars - byState.reconciled <= DISPUTED_MINUTES;
}

function note(held: Map<number, TradingDate[]>, instrumentId: number, date: TradingDate): void {
  const dates = held.get(instrumentId);
  if (dates === undefined) held.set(instrumentId, [date]);
  else dates.push(date);
}
