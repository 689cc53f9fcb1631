import { addDays, type EpochMs, type SessionCalendar, type TradingDate, tradingDateOf } from '@rtp/core';
import { managerErrors } from '../../errors.ts';

/** Which dates a command line asks for. */
export interface RangeFlags {
  readonly days?: number;
  readonly from?: TradingDate;
  readonly to?: TradingDate;
}

const DEFAULT_DAYS = 30;
/** The broker has minutes of the last five years (wire §4.1). */
const DAYS_CHARTED = 5 * 365;

export const asksForDates = ({ days, from, to }: RangeFlags): boolean =>
  days !== undefined || from !== undefined || to !== undefined;

/** What is wrong with the flags whatever day it is: known before a system is started. Errors: RTP_USAGE. */
export function checkRange({ from, to }: RangeFlags): void {
  if (from === undefined && to !== undefined) throw usage('--to needs --from.');
  if (from !== undefined && to !== undefined && from > to) throw usage(`--from ${from} is after ${to}.`);
}

/** First and last date asked for, both before today. Errors: RTP_USAGE, RTP_CALENDAR_OUT_OF_RANGE. */
export function rangeOf(
  flags: RangeFlags,
  calendar: SessionCalendar,
  now: EpochMs,
): { readonly from: TradingDate; readonly to: TradingDate } {
  checkRange(flags);
  const today = tradingDateOf(now);
  const last = calendar.previousTradingDay(today);
  if (last === null) throw usage(`The calendar knows no trading day before ${today}.`);
  const to = flags.to ?? last;
  if (to >= today) throw usage(`--to ${to}: a backfill is of days before today, ${today}; the pipeline brings today.`);
  const from = flags.from ?? daysBack(calendar, last, flags.days ?? DEFAULT_DAYS);
  if (from > to) throw usage(`--from ${from} is after ${to}.`);
  const first = addDays(today, -DAYS_CHARTED);
  if (from < first) throw usage(`The broker has minutes of five years, from ${first} on.`);
  const newest = calendar.previousTradingDay(addDays(to, 1));
  if (newest !== null && newest < from) throw usage(`The exchange was closed on every day of ${from} to ${to}.`);
  return { from, to };
}

/** The first of `days` trading days that end with `last`; fewer where the calendar begins later. */
function daysBack(calendar: SessionCalendar, last: TradingDate, days: number): TradingDate {
  let from = last;
  for (let count = 1; count < days; count += 1) {
    const before = calendar.previousTradingDay(from);
    if (before === null) break;
    from = before;
  }
  return from;
}

const usage = (message: string) => managerErrors.create('RTP_USAGE', message);
