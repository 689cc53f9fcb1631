import {
  addDays,
  type EpochMs,
  istIso,
  istTimeOf,
  MINUTE_MS,
  RtpError,
  type SessionCalendar,
  type TradingDay,
  tradingDateOf,
} from '@rtp/core';
import type { OperatorOverride } from './pipeline-control.ts';

/** Days that are looked through for the next preparation: longer than any closure of the exchange. */
const DAYS_AHEAD = 30;

/** When the pipeline is to be up on a trading day. */
export function preparationOf(day: TradingDay, leadMinutes: number): EpochMs | null {
  const first = day.windows[0];
  return first === undefined ? null : first.openMs - leadMinutes * MINUTE_MS;
}

/** The first preparation after `instant`; null when the calendar knows of none. A day whose times nobody announced is passed over. */
export function nextPreparation(calendar: SessionCalendar, instant: EpochMs, leadMinutes: number): EpochMs | null {
  let date = tradingDateOf(instant);
  for (let ahead = 0; ahead < DAYS_AHEAD; ahead += 1, date = addDays(date, 1)) {
    const day = knownDay(calendar, date);
    const prepareAt = day && preparationOf(day, leadMinutes);
    if (prepareAt !== null && prepareAt > instant) return prepareAt;
  }
  return null;
}

export const isInForce = ({ until }: OperatorOverride, now: EpochMs): boolean => until === null || now < until;

/** What an operator has wished, for people. */
export function describeOverride({ wanted, since, until, by }: OperatorOverride): string {
  const what = wanted === 'down' ? 'stopped' : 'started';
  const end =
    wanted === 'up'
      ? 'until it has nothing left to do'
      : until === null
        ? 'until a manual start'
        : `until ${shortTime(until)} or a manual start`;
  return `${what} by ${by} on ${shortTime(since)}, ${end}`;
}

/** The same as `/status` tells it; null when there is no wish. */
export function overrideView(override: OperatorOverride | null): Readonly<Record<string, unknown>> | null {
  if (override === null) return null;
  const { wanted, since, until, by } = override;
  return { wanted, since: istIso(since), until: until === null ? null : istIso(until), by };
}

function knownDay(calendar: SessionCalendar, date: string): TradingDay | null {
  try {
    return calendar.tradingDay(date);
  } catch (error) {
    if (error instanceof RtpError) return null;
    throw error;
  }
}

const shortTime = (instant: EpochMs): string => `${tradingDateOf(instant)} at ${istTimeOf(instant).slice(0, 5)}`;
