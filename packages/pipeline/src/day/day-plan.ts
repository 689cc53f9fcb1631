import {
  atIst,
  type EpochMs,
  type IstTime,
  MINUTE_MS,
  sealDeadlineOf,
  type TradingDate,
  type TradingDay,
} from '@rtp/core';

/** When the phases of one trading day begin. All instants epoch ms. */
export interface DayPlan {
  readonly date: TradingDate;
  readonly prepareAt: EpochMs;
  readonly openMs: EpochMs;
  readonly closeMs: EpochMs;
  readonly sweepAt: EpochMs;
  /** The day is sealed then, with what is unknown recorded. */
  readonly sealDeadline: EpochMs;
}

/** The plan of a trading day. */
export function planDay(
  day: TradingDay,
  settings: { readonly prepareLeadMinutes: number; readonly sweepDelayMs: number; readonly sealDeadline: IstTime },
): DayPlan {
  const openMs = day.windows[0]?.openMs ?? atIst(day.date, '09:15');
  const closeMs = day.windows.at(-1)?.closeMs ?? atIst(day.date, '15:30');
  return {
    date: day.date,
    prepareAt: openMs - settings.prepareLeadMinutes * MINUTE_MS,
    openMs,
    closeMs,
    sweepAt: closeMs + settings.sweepDelayMs,
    sealDeadline: sealDeadlineOf(day, settings.sealDeadline),
  };
}
