import {
  atIst,
  type EpochMs,
  IST_OFFSET_MS,
  istTimeOf,
  MINUTE_MS,
  type SessionCalendar,
  type TradingDate,
} from '@rtp/core';
import type { BarTable } from './bar-table.ts';

/** Start and end of continuous trading, IST `HH:MM`; the end is the first minute without it. */
export type IstWindow = readonly [string, string];

/** A stretch without a bar of any symbol longer than this parts two windows. */
const WINDOW_GAP_MS = 10 * MINUTE_MS;
const AUCTION_SHARES_END = '15:15';

/** A recorded day's windows: the calendar's when they contain every bar, else what the bars themselves show. */
export function windowsOfDay(calendar: SessionCalendar, date: TradingDate, bars: BarTable): readonly IstWindow[] {
  const minutes = distinctMinutes(bars);
  const known = calendarWindows(calendar, date);
  const inside = (ts: EpochMs): boolean => known.some(([open, close]) => isWithin(ts, date, open, close));
  return known.length > 0 && minutes.every(inside) ? known : inferWindows(minutes);
}

/** The calendar's windows of a date; empty on a closed day and where it does not know. */
export function calendarWindows(calendar: SessionCalendar, date: TradingDate): readonly IstWindow[] {
  try {
    const windows = calendar.tradingDay(date)?.windows ?? [];
    return windows.map(({ openMs, closeMs }) => [hhmm(openMs), hhmm(closeMs)] as const);
  } catch {
    return [];
  }
}

/** Shares of the day's closing auction: on the calendar's list, and without a bar once the auction has begun. */
export function closingAuctionSymbols(calendar: SessionCalendar, date: TradingDate, bars: BarTable): readonly string[] {
  const auctionStart = atIst(date, AUCTION_SHARES_END);
  const tradesLater = new Set<number>();
  for (let row = 0; row < bars.length; row += 1) {
    if (bars.ts(row) >= auctionStart) tradesLater.add(bars.symbolNumber(row));
  }
  return bars.symbols
    .filter((symbol, number) => !tradesLater.has(number) && calendar.isClosingAuctionShare(symbol, date))
    .sort();
}

function inferWindows(minutes: readonly EpochMs[]): readonly IstWindow[] {
  const windows: { open: EpochMs; last: EpochMs }[] = [];
  for (const ts of minutes) {
    const current = windows.at(-1);
    if (current === undefined || ts - current.last > WINDOW_GAP_MS) windows.push({ open: ts, last: ts });
    else current.last = ts;
  }
  return windows.map(({ open, last }) => [hhmm(open), hhmm(Math.min(last + MINUTE_MS, lastMinuteOf(open)))] as const);
}

/** A window cannot be written past midnight. */
function lastMinuteOf(ts: EpochMs): EpochMs {
  return (Math.floor((ts + IST_OFFSET_MS) / 86_400_000) + 1) * 86_400_000 - IST_OFFSET_MS - MINUTE_MS;
}

function distinctMinutes(bars: BarTable): readonly EpochMs[] {
  const minutes = new Set<EpochMs>();
  for (let row = 0; row < bars.length; row += 1) minutes.add(bars.ts(row));
  return [...minutes].sort((a, b) => a - b);
}

function isWithin(ts: EpochMs, date: TradingDate, open: string, close: string): boolean {
  return ts >= atIst(date, open) && ts < atIst(date, close);
}

function hhmm(ts: EpochMs): string {
  return istTimeOf(ts).slice(0, 5);
}
