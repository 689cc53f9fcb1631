import {
  addDays,
  atIst,
  describeError,
  type EpochMs,
  istTimeOf,
  type PipelineReport,
  RtpError,
  type SessionCalendar,
  type TradingDate,
  type TradingDay,
  tradingDateOf,
} from '@rtp/core';
import { incompleteDates, type StoreDate } from './incomplete-dates.ts';
import { describeOverride, isInForce, preparationOf } from './operator-override.ts';
import type { OperatorOverride } from './pipeline-control.ts';

/** Whether the pipeline should run, and why. */
export interface PipelineWish {
  readonly wanted: 'up' | 'down';
  readonly reason: string;
  /** On whose account. */
  readonly actor: 'calendar' | 'operator';
  /** The next market instant at which time alone may change this answer. */
  readonly until: EpochMs;
  /** A named condition that the owner should know of, or empty. */
  readonly degraded: string;
  /** Down only until the process at hand has gone, for another to be started. */
  readonly makesRoom: boolean;
}

/** A pipeline process with nothing left to do. */
export interface FinishedRun {
  readonly at: EpochMs;
  /** The date it was started for. */
  readonly tradingDate: TradingDate;
}

/** Everything the wish depends on. */
export interface WishInputs {
  readonly calendar: SessionCalendar;
  readonly now: EpochMs;
  /** `pipeline.prepare_lead_minutes`. */
  readonly prepareLeadMinutes: number;
  /** `pipeline.backfill_days`: how far back incomplete days are worth a job. */
  readonly backfillDays: number;
  /** What the pipeline process that runs now says of itself; null when none runs or it has not spoken. */
  readonly running: Pick<PipelineReport, 'phase' | 'tradingDate'> | null;
  /** Newest date of which a pipeline reported the seal receipt. */
  readonly sealedDate: TradingDate | null;
  /** The last time a pipeline said that it had nothing left to do (phase `done`). */
  readonly finished: FinishedRun | null;
  /** The dates the store knows, ascending; null until it has said. */
  readonly storeDates: readonly StoreDate[] | null;
  /** Work that somebody asked for and that is not finished, for people; null when there is none. */
  readonly pendingJob: string | null;
  /** What an operator wished and nothing has lifted; null when there is none. */
  readonly override: OperatorOverride | null;
}

/**
 * The wanted state of the pipeline: the calendar's unless an operator wished otherwise. A manual stop stands above everything,
 * work that was asked for included; a manual start holds where the calendar would have the pipeline down.
 */
export function pipelineWish(inputs: WishInputs): PipelineWish {
  const { override, now, pendingJob } = inputs;
  const wish = calendarWish(inputs);
  if (override === null || !isInForce(override, now)) return wish;
  const lapsesAt = override.until ?? Number.POSITIVE_INFINITY;
  const reason = describeOverride(override);
  if (override.wanted === 'down') {
    const waiting = pendingJob === null ? '' : `; ${pendingJob} waits`;
    return {
      ...wish,
      wanted: 'down',
      reason: `${reason}${waiting}`,
      actor: 'operator',
      until: earliest(lapsesAt, wish),
    };
  }
  if (wish.wanted === 'up' || wish.makesRoom) return { ...wish, until: earliest(lapsesAt, wish) };
  return { ...wish, wanted: 'up', reason, actor: 'operator', until: earliest(lapsesAt, wish) };
}

/**
 * What the calendar wants. On a trading day the pipeline is up from `prepareLeadMinutes` before the first window,
 * through gaps and the sweep, until the day is sealed and it has nothing left to do. Out of that time it is up to carry
 * out work that was asked for, and to complete past days, once after the newest of them. A process belongs to the date it was
 * started on: one of another date makes room for a new one. A day whose times nobody announced is left alone, and says so.
 */
function calendarWish(inputs: WishInputs): PipelineWish {
  const { calendar, now } = inputs;
  const today = tradingDateOf(now);
  const midnight = atIst(addDays(today, 1), '00:00');
  let day: TradingDay | null;
  try {
    day = calendar.tradingDay(today);
  } catch (error) {
    if (!(error instanceof RtpError)) throw error;
    const reason = describeError(error);
    return down(reason, midnight, reason);
  }
  if (day === null) {
    return outOfSession(inputs, today, midnight, `${today} is not a trading day: ${calendar.closedReason(today)}`);
  }
  const prepareAt = preparationOf(day, inputs.prepareLeadMinutes) ?? midnight;
  if (now < prepareAt) {
    return outOfSession(inputs, today, prepareAt, `${day.name}: preparation begins at ${hhmm(prepareAt)}`);
  }
  return onTheDay(inputs, day, midnight);
}

function onTheDay(inputs: WishInputs, day: TradingDay, midnight: EpochMs): PipelineWish {
  const { now, running, storeDates, pendingJob } = inputs;
  const { date, name, windows } = day;
  const isSealed =
    inputs.sealedDate === date || storeDates?.some((known) => known.date === date && known.state === 'sealed') === true;
  const isOfToday = running?.tradingDate === date;
  const mayWorkOn = running === null || isOfToday;
  if (isSealed) {
    if (pendingJob !== null && mayWorkOn) return up(`${date} is sealed; ${pendingJob}`, midnight);
    if (!isOfToday || running.phase === 'done') return down(`${date} is sealed`, midnight);
    return up(`${date} is sealed: the pipeline ends its work`, midnight);
  }

  const upcoming = windows.find((window) => now < window.closeMs);
  if (upcoming !== undefined) {
    const isOpen = now >= upcoming.openMs;
    const until = isOpen ? upcoming.closeMs : upcoming.openMs;
    if (running !== null && (!isOfToday || running.phase === 'done')) {
      return makeRoom(name, until);
    }
    if (isOpen) return up(`${name}: open until ${hhmm(upcoming.closeMs)}`, until);
    const waiting = upcoming === windows[0] ? 'preparing, opens' : 'between windows, opens again';
    return up(`${name}: ${waiting} at ${hhmm(upcoming.openMs)}`, until);
  }

  const lastCloseMs = windows.at(-1)?.closeMs ?? midnight;
  const { finished } = inputs;
  if (finished !== null && finished.tradingDate === date && finished.at >= lastCloseMs) {
    if (pendingJob !== null && mayWorkOn) return up(`${date} is not sealed; ${pendingJob}`, midnight);
    return down(`The pipeline has finished, but ${date} is not sealed`, midnight, `${date} is not sealed`);
  }
  if (running !== null && !isOfToday) return makeRoom(name, midnight);
  if (storeDates === null && running === null) {
    return down(`Waiting for the store to say whether ${date} is sealed`, midnight);
  }
  return up(`${name} closed at ${hhmm(lastCloseMs)}: sweeping until ${date} is sealed`, midnight);
}

function outOfSession(inputs: WishInputs, today: TradingDate, until: EpochMs, because: string): PipelineWish {
  const { calendar, running, storeDates, pendingJob } = inputs;
  if (pendingJob !== null) return up(`${because}; ${pendingJob}`, until);
  if (storeDates === null) {
    if (running === null || running.phase === 'done') return down(because, until);
    return up(`${because}; the pipeline finishes ${running.tradingDate}`, until);
  }
  const incomplete = incompleteDates(calendar, today, storeDates, inputs.backfillDays);
  const newest = incomplete.at(-1);
  if (newest === undefined) return down(because, until);
  const days = incomplete.length === 1 ? newest : `${incomplete.length} days up to ${newest}`;
  const newestClose = calendar.tradingDay(newest)?.windows.at(-1)?.closeMs ?? 0;
  if (inputs.finished !== null && inputs.finished.at >= newestClose) {
    return down(`${because}; not sealed after an attempt: ${days}`, until, `not sealed: ${days}`);
  }
  return up(`${because}; completing ${days}`, until);
}

const up = (reason: string, until: EpochMs): PipelineWish => ({
  wanted: 'up',
  reason,
  actor: 'calendar',
  until,
  degraded: '',
  makesRoom: false,
});

const down = (reason: string, until: EpochMs, degraded = ''): PipelineWish => ({
  wanted: 'down',
  reason,
  actor: 'calendar',
  until,
  degraded,
  makesRoom: false,
});

const makeRoom = (name: string, until: EpochMs): PipelineWish => ({
  ...down(`${name}: making room for a new start`, until),
  makesRoom: true,
});

const earliest = (instant: EpochMs, { until }: PipelineWish): EpochMs => Math.min(instant, until);

const hhmm = (instant: EpochMs): string => istTimeOf(instant).slice(0, 5);
