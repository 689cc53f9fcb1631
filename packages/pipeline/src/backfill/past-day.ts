import type { Absence, AbsenceReason, Bar, EpochMs, Instrument, TradingDate } from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import type { DayGrid } from '../bars/day-grid.ts';
import { findHalts, type HaltRule } from '../charts/halts.ts';
import { officialBars } from '../charts/reconcile.ts';
import type { DailyTrace } from './candle-spool.ts';

export interface PastDayInput {
  readonly instrument: Instrument;
  readonly grid: DayGrid;
  /** The chart's minutes of the date, on the stored basis. */
  readonly candles: Candles;
  /** Null where no date of the window was without candles. */
  readonly daily: DailyTrace | null;
  readonly haltRule: HaltRule;
  readonly knownAt: EpochMs;
}

/** Whether an instrument owes minutes of a date: not before its first one on the exchange. */
export function isListedOn(date: TradingDate, hasCandles: boolean, daily: DailyTrace | null): boolean {
  if (hasCandles || daily === null) return true;
  return daily.listedFrom !== null && daily.listedFrom <= date;
}

/**
 * The official bars of a past date, and why each other expected minute has none. Nobody watched, and a past date's chart does
 * not grow any more, so that one answer decides:
 *
 *   | the date's chart | daily candles | reason |
 *   |---|---|---|
 *   | has the minute, with values that cannot be true | | `unknown`: another backfill asks again |
 *   | has other minutes | | `no_trades`; in a run too long for the instrument `halted` |
 *   | has later minutes | begin that date | `not_listed` |
 *   | is empty | begin later | `not_listed` |
 *   | is empty | begin earlier, without the date or its volume | `no_trades`: suspended, or nobody traded |
 *   | is empty | have the date's trades, or there are none at all | `unknown`: another backfill asks again |
 */
export function pastDay(input: PastDayInput): { readonly bars: readonly Bar[]; readonly absences: readonly Absence[] } {
  const { instrument, grid, candles, knownAt } = input;
  const { bars, flat, impossible } = officialBars({ instrument, grid, candles, state: 'reconciled', knownAt });
  const charted = new Set(bars.map((bar) => bar.ts));
  const expected = grid.expectedIndexes(instrument.class).map((index) => grid.minuteAt(index));
  const isEmpty = bars.length + flat.size + impossible.size === 0;
  const reasonOf = isEmpty ? emptyReason(grid.date, input.daily) : gapReason(input);
  const reasons = expected.map((ts) => (charted.has(ts) ? null : reasonOf(ts)));
  const fates = reasons.map((reason) => (reason === null ? 'traded' : reason === 'no_trades' ? 'quiet' : 'open'));
  for (const { from, to } of findHalts(fates, input.haltRule)) reasons.fill('halted', from, to + 1);
  const absences = reasons.flatMap((reason, index): Absence[] =>
    reason === null ? [] : [{ instrumentId: instrument.instrumentId, ts: expected[index] as EpochMs, reason, knownAt }],
  );
  return { bars, absences };
}

function gapReason({ grid, candles, daily }: PastDayInput): (ts: EpochMs) => AbsenceReason {
  const listedAt = daily?.listedFrom === grid.date ? (candles.ts[0] as EpochMs) : Number.NEGATIVE_INFINITY;
  const impossible = new Set(candles.impossible);
  return (ts) => (impossible.has(ts) ? 'unknown' : ts < listedAt ? 'not_listed' : 'no_trades');
}

function emptyReason(date: TradingDate, daily: DailyTrace | null): () => AbsenceReason {
  if (daily === null || daily.listedFrom === null || daily.traded.includes(date)) return () => 'unknown';
  const { listedFrom } = daily;
  return () => (listedFrom > date ? 'not_listed' : 'no_trades');
}
