import {
  atIst,
  type EpochMs,
  type IstTime,
  minuteStart,
  RtpError,
  type SessionCalendar,
  sealDeadlineOf,
  type TradingDate,
  type TradingDay,
  tradingDateOf,
} from '@rtp/core';
import { Cron } from 'croner';
import type { JobDefinition } from './job-definitions.ts';

/** IST has no daylight saving; a fixed offset needs no time zone data. */
const IST_OFFSET_MINUTES = 330;
/** A run in the same second as the reference would be left out. */
const SECOND_MS = 1_000;

/** One time at which a job is to run. */
export interface Occurrence {
  /** The instant its pattern names: what tells the occurrences of a job apart. */
  readonly at: EpochMs;
  /** When it may run: later than `at` on a day that is sealed late. */
  readonly dueAt: EpochMs;
  /** IST date of `at`. */
  readonly date: TradingDate;
}

/** The times of one job by its pattern and the calendar. */
export class Occurrences {
  private readonly definition: JobDefinition;
  private readonly calendar: SessionCalendar;
  private readonly sealDeadline: IstTime;
  private readonly cron: Cron | null;

  /** @param sealDeadline `store.seal_deadline` */
  constructor(definition: JobDefinition, calendar: SessionCalendar, sealDeadline: IstTime) {
    const { pattern } = definition;
    this.definition = definition;
    this.calendar = calendar;
    this.sealDeadline = sealDeadline;
    this.cron = pattern === null ? null : new Cron(pattern, { utcOffset: IST_OFFSET_MINUTES, paused: true });
  }

  /** The first one after `settled` that is due later than `now`; null when the calendar or the pattern has none. */
  next(settled: EpochMs, now: EpochMs): Occurrence | null {
    // One of earlier today may be due only later.
    const since = this.definition.followsSeal ? atIst(tradingDateOf(now), '00:00') - 1 : now;
    let at = this.cronAfter(Math.max(settled, since));
    while (at !== null) {
      const found = this.occurrenceAt(at);
      if (found !== null && found.dueAt > now) return found;
      at = found === null ? this.cronOnTradingDayAfter(at) : this.cronAfter(at);
    }
    return null;
  }

  /** Those after `settled` that are due at `now`, oldest first; of more than `most` the newest. */
  due(settled: EpochMs, now: EpochMs, most: number): readonly Occurrence[] {
    const found: Occurrence[] = [];
    let at = this.cronBefore(minuteStart(now) + SECOND_MS);
    while (at !== null && at > settled && found.length < most) {
      const occurrence = this.occurrenceAt(at);
      if (occurrence !== null && occurrence.dueAt <= now) found.unshift(occurrence);
      at = this.cronBefore(at);
    }
    return found;
  }

  /** Null when the job does not run on that day. */
  private occurrenceAt(at: EpochMs): Occurrence | null {
    const { onTradingDays, followsSeal } = this.definition;
    const date = tradingDateOf(at);
    if (!onTradingDays) return { at, dueAt: at, date };
    const day = tradingDayOn(this.calendar, date);
    if (day === null) return null;
    const deadline = sealDeadlineOf(day, this.sealDeadline);
    const laterMs = deadline - atIst(date, this.sealDeadline);
    return { at, dueAt: followsSeal ? Math.max(at + laterMs, deadline) : at, date };
  }

  private cronOnTradingDayAfter(at: EpochMs): EpochMs | null {
    const date = this.calendar.nextTradingDay(tradingDateOf(at));
    return date === null ? null : this.cronAfter(atIst(date, '00:00') - 1);
  }

  private cronAfter(instant: EpochMs): EpochMs | null {
    return this.cron?.nextRun(new Date(instant))?.getTime() ?? null;
  }

  private cronBefore(instant: EpochMs): EpochMs | null {
    return this.cron?.previousRuns(1, new Date(instant))[0]?.getTime() ?? null;
  }
}

/** The newest trading day whose last window has closed at `instant`; null where the calendar knows none. */
export function lastClosedDay(calendar: SessionCalendar, instant: EpochMs): TradingDate | null {
  const today = tradingDayOn(calendar, tradingDateOf(instant));
  const closeMs = today?.windows.at(-1)?.closeMs;
  if (today !== null && closeMs !== undefined && closeMs <= instant) return today.date;
  return calendar.previousTradingDay(tradingDateOf(instant));
}

/** Null also for a day of which the calendar cannot tell. */
function tradingDayOn(calendar: SessionCalendar, date: TradingDate): TradingDay | null {
  try {
    return calendar.tradingDay(date);
  } catch (error) {
    if (error instanceof RtpError) return null;
    throw error;
  }
}
