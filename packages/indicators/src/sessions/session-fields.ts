import type { DAY_MS as DayMs, EpochMs, IST_OFFSET_MS as IstOffsetMs, TradingDay } from '@rtp/core';

/** The fields of bars that depend on the exchange's clock, one number a bar. */
export interface SessionFields {
  /** IST days since 1970-01-01; 0 throughout without sessions. */
  readonly session: Float64Array;
  readonly minuteOfDay: Float64Array;
  readonly minuteOfSession: Float64Array;
}

/** What is asked of the calendar: `SessionCalendar` satisfies it. */
export interface TradingDays {
  /** The trading day, or null when the exchange is closed. */
  tradingDay(date: string): Pick<TradingDay, 'windows'> | null;
}

// By value these would load all of core, which is a hundred times this package's size; the types hold them equal.
const DAY_MS: typeof DayMs = 86_400_000;
const IST_OFFSET_MS: typeof IstOffsetMs = 19_800_000;
const MINUTE_MS = 60_000;

/**
 * Session, minute of the day and minute of the session of bars that start at `times` (epoch ms), in any order.
 *
 * Each IST date is a session of its own. The minute of the session is the minutes of trading between the opening and
 * the bar: the time between two windows does not count, a bar before the opening has 0, one after the close as many
 * as the session has. On a date without trading the day counts from midnight. `none` stands for one session without
 * end, which began in 1970.
 * Errors: the calendar's, for a date it cannot tell of.
 */
export function sessionFields(times: ArrayLike<EpochMs>, days: TradingDays | 'none'): SessionFields {
  const count = times.length;
  const session = new Float64Array(count);
  const minuteOfDay = new Float64Array(count);
  const minuteOfSession = new Float64Array(count);
  let windows: TradingDay['windows'] | null = null;
  let known = Number.NaN;
  for (let bar = 0; bar < count; bar += 1) {
    const time = times[bar]!;
    const local = time + IST_OFFSET_MS;
    const day = Math.floor(local / DAY_MS);
    const minute = Math.floor((local - day * DAY_MS) / MINUTE_MS);
    minuteOfDay[bar] = minute;
    if (days === 'none') {
      minuteOfSession[bar] = Math.floor(time / MINUTE_MS);
      continue;
    }
    if (day !== known) {
      windows = days.tradingDay(new Date(day * DAY_MS).toISOString().slice(0, 10))?.windows ?? null;
      known = day;
    }
    session[bar] = day;
    minuteOfSession[bar] = windows === null ? minute : minutesOfTrading(windows, time);
  }
  return { session, minuteOfDay, minuteOfSession };
}

/** Whole minutes of trading between the opening and `time`. */
function minutesOfTrading(windows: TradingDay['windows'], time: EpochMs): number {
  let passed = 0;
  for (const { openMs, closeMs } of windows) {
    if (time <= openMs) break;
    passed += Math.min(time, closeMs) - openMs;
  }
  return Math.floor(passed / MINUTE_MS);
}
