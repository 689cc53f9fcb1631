import { atIst, type EpochMs, type IstTime, MINUTE_MS, type TradingDate } from '../time/ist.ts';
import type { FileWindows } from './calendar-file.ts';
import type { SessionWindow } from './session-calendar.ts';

/** Times of day that sessions are narrowed to, `[start, end)`. */
export interface MarketHours {
  readonly start: IstTime;
  readonly end: IstTime;
}

/** Windows of times of day on one date, narrowed to `hours`; those that lie outside are dropped. */
export function windowsOn(date: TradingDate, times: FileWindows, hours?: MarketHours): readonly SessionWindow[] {
  const windows: SessionWindow[] = [];
  for (const [open, close] of times) {
    const from = hours !== undefined && hours.start > open ? hours.start : open;
    const to = hours !== undefined && hours.end < close ? hours.end : close;
    if (from < to) windows.push(Object.freeze({ openMs: atIst(date, from), closeMs: atIst(date, to) }));
  }
  return Object.freeze(windows);
}

/** Starts of the minutes of a window. */
export function minutesOf(window: SessionWindow): EpochMs[] {
  const count = (window.closeMs - window.openMs) / MINUTE_MS;
  return Array.from({ length: count }, (_, index) => window.openMs + index * MINUTE_MS);
}

/** The union of overlapping or touching windows, ascending. */
export function mergedWindows(windows: readonly SessionWindow[]): readonly SessionWindow[] {
  const union: SessionWindow[] = [];
  for (const window of windows.toSorted((a, b) => a.openMs - b.openMs)) {
    const last = union.at(-1);
    if (last === undefined || window.openMs > last.closeMs) union.push(window);
    else if (window.closeMs > last.closeMs) {
      union[union.length - 1] = Object.freeze({ openMs: last.openMs, closeMs: window.closeMs });
    }
  }
  return Object.freeze(union);
}
