import { coreErrors } from '../errors/core-errors.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;
/** A trading date in IST, `YYYY-MM-DD`. */
export type TradingDate = string;
/** A wall-clock time of day in IST, `HH:MM` or `HH:MM:SS`. */
export type IstTime = string;

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** UTC+05:30, without daylight saving since 1945. */
export const IST_OFFSET_MS = 19_800_000;

const DATE_PATTERN = /^\d{4}-\d{2}-\d{2}$/;
const TIME_PATTERN = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;

/** The IST date of an instant. */
export function tradingDateOf(instant: EpochMs): TradingDate {
  return new Date(instant + IST_OFFSET_MS).toISOString().slice(0, 10);
}

/** The IST time of day of an instant, `HH:MM:SS`. */
export function istTimeOf(instant: EpochMs): IstTime {
  return new Date(instant + IST_OFFSET_MS).toISOString().slice(11, 19);
}

/** An instant as ISO 8601 with the IST offset and whole seconds, e.g. `2016-09-30T09:15:00+05:30`. */
export function istIso(instant: EpochMs): string {
  return `${new Date(instant + IST_OFFSET_MS).toISOString().slice(0, 19)}+05:30`;
}

/** The instant of an IST date and time. Errors: RTP_DATE_INVALID. */
export function atIst(date: TradingDate, time: IstTime): EpochMs {
  parseTradingDate(date);
  if (!TIME_PATTERN.test(time)) {
    throw coreErrors.create('RTP_DATE_INVALID', `"${time}" is not a time of day.`);
  }
  return Date.parse(`${date}T${time}+05:30`);
}

/** Checks that `text` is a real calendar date. Errors: RTP_DATE_INVALID. */
export function parseTradingDate(text: string): TradingDate {
  const midnight = DATE_PATTERN.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text) {
    throw coreErrors.create('RTP_DATE_INVALID', `"${text}" is not a date.`);
  }
  return text;
}

/** `date` moved by whole days. */
export function addDays(date: TradingDate, days: number): TradingDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** ISO weekday: 1 Monday to 7 Sunday. */
export function weekdayOf(date: TradingDate): number {
  return new Date(Date.parse(`${date}T00:00:00Z`)).getUTCDay() || 7;
}

/** The start of the minute that contains `instant`. IST minutes and UTC minutes coincide. */
export function minuteStart(instant: EpochMs): EpochMs {
  return Math.floor(instant / MINUTE_MS) * MINUTE_MS;
}
