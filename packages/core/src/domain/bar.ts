import type { EpochMs } from '../time/ist.ts';

/** Where a bar's values came from, weakest first: of two whole bars the weaker never replaces the stronger. */
export const BAR_SOURCES = ['feed', 'quote', 'chart'] as const;
export type BarSource = (typeof BAR_SOURCES)[number];

/**
 * How final a bar is, least first. `provisional`: sealed from a live source. `confirmed`: equals or comes from an
 * official candle fetched during the session. `reconciled`: equals or comes from the official candle of the
 * day-end sweep.
 */
export const BAR_STATES = ['provisional', 'confirmed', 'reconciled'] as const;
export type BarState = (typeof BAR_STATES)[number];

/** Why an expected (instrument, minute) has no bar. */
export const ABSENCE_REASONS = [
  'no_trades',
  'halted',
  'feed_silent',
  'broker_lag',
  'rate_limited',
  'not_listed',
  'closed',
  'unknown',
] as const;
export type AbsenceReason = (typeof ABSENCE_REASONS)[number];

/**
 * Reasons that say why there can be no bar. The others say why there is none yet: their minutes are still owed, drive
 * repair, and keep a day from being complete.
 */
export const SETTLED_REASONS = [
  'no_trades',
  'halted',
  'not_listed',
  'closed',
] as const satisfies readonly AbsenceReason[];
export const OPEN_REASONS = [
  'feed_silent',
  'broker_lag',
  'rate_limited',
  'unknown',
] as const satisfies readonly AbsenceReason[];

export const isSettled = (reason: AbsenceReason): boolean => (SETTLED_REASONS as readonly string[]).includes(reason);

/** Prices and volume of one minute, as traded. */
export interface Ohlcv {
  /** Rupees (index points for an index). */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Shares traded in the minute; 0 for an index. */
  readonly volume: number;
}

/** One minute of one instrument. `ts` is the minute's start. */
export interface Bar extends Ohlcv {
  readonly instrumentId: number;
  readonly ts: EpochMs;
  readonly source: BarSource;
  readonly state: BarState;
  /** The source did not see the whole minute; never fed to indicators, replaced from charts. */
  readonly partial: boolean;
  /** Market instant at which the values became known. */
  readonly knownAt: EpochMs;
}

/** An expected minute without a bar, and why. */
export interface Absence {
  readonly instrumentId: number;
  readonly ts: EpochMs;
  readonly reason: AbsenceReason;
  readonly knownAt: EpochMs;
}

/** Whether two bars carry the same values. */
export function sameOhlcv(a: Ohlcv, b: Ohlcv): boolean {
  return a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume;
}
