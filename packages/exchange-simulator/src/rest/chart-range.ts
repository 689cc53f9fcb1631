import { addDays, atIst, DAY_MS, type EpochMs, parseTradingDate, type TradingDate } from '@rtp/core';

/** Longest range of one intraday request. */
const MAX_INTRADAY_DAYS = 90;
const TEXT = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}))?$/;

/** One end of a requested range: a date, or a date and time, IST. */
export interface RangeEnd {
  readonly date: TradingDate;
  /** Null for a bare date. */
  readonly at: EpochMs | null;
}

/** Bars that a request asks for: those that start in `[fromMs, toMs]`. */
export interface BarRange {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/** Reads `YYYY-MM-DD` or `YYYY-MM-DD HH:mm:ss`; undefined when it is neither. */
export function readRangeEnd(text: string): RangeEnd | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  const [, date = '', time] = match;
  try {
    parseTradingDate(date);
    return { date, at: time === undefined ? null : atIst(date, time) };
  } catch {
    return undefined;
  }
}

/** Why a range is refused. */
export type RangeProblem = 'reversed' | 'too_long';

/** What a `toDate` with a time does on a past day; accounts of it differ (wire §4.2). */
export type TimedToDate = 'bound' | 'nothing';

/**
 * The bars of an intraday request (wire §4.2, wire §10): a timed `fromDate` is exclusive, a bare
 * one includes its day; a bare `toDate` includes its day, a timed one bounds bar starts; on the current day and
 * later `toDate` does not bound at all.
 */
export function intradayRange(
  from: RangeEnd,
  to: RangeEnd,
  currentDate: TradingDate,
  timedToDate: TimedToDate,
): BarRange | RangeProblem {
  const fromMs = from.at === null ? atIst(from.date, '00:00') : from.at + 1;
  const endOfTo = atIst(addDays(to.date, 1), '00:00') - 1;
  const toMs = to.at ?? endOfTo;
  if (toMs < fromMs - 1) return 'reversed';
  if (toMs - fromMs >= (MAX_INTRADAY_DAYS + 1) * DAY_MS) return 'too_long';
  if (timedToDate === 'nothing' && to.at !== null && to.date < currentDate) {
    return { fromMs: to.at, toMs: to.at - 1 };
  }
  return { fromMs, toMs: to.date >= currentDate ? Number.POSITIVE_INFINITY : toMs };
}

/** The dates of a daily request: from the first to the day before `to`. */
export function dailyRange(from: RangeEnd, to: RangeEnd): BarRange | RangeProblem {
  if (to.date < from.date) return 'reversed';
  return { fromMs: atIst(from.date, '00:00'), toMs: atIst(to.date, '00:00') - 1 };
}
