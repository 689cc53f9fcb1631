import {
  addDays,
  atIst,
  DAY_MS,
  type EpochMs,
  MINUTE_MS,
  parseTradingDate,
  type Segment,
  type TradingDate,
} from '@rtp/core';
import { failure } from '../wire/failure-kind.ts';
import { type Candles, NO_CANDLES, readCandles } from './candles.ts';

/** Most dates of one intraday request: the broker refuses more than 90 days between its bounds (wire §4.1). */
export const MAX_INTRADAY_DATES = 89;

interface ChartSubject {
  readonly segment: Segment;
  readonly securityId: string;
  readonly instrument: 'EQUITY' | 'INDEX';
  readonly from: TradingDate;
  readonly to: TradingDate;
}

/**
 * The safe recipe of wire §4.2: bare dates, the end one day later, because a timed start is exclusive, a
 * timed end unreliable and a bare end sometimes exclusive. Errors: RTP_DHAN_BAD_REQUEST, RTP_DATE_INVALID.
 */
export function intradayBody(subject: ChartSubject): string {
  checkDates(subject);
  if (datesBetween(subject) > MAX_INTRADAY_DATES) {
    throw failure(
      'bad_request',
      `${subject.from} to ${subject.to} is more than ${MAX_INTRADAY_DATES} days of minutes.`,
    );
  }
  return JSON.stringify({ ...common(subject), interval: '1', oi: false, ...bounds(subject) });
}

/** As `intradayBody`, for daily candles: no cap, and the documented end is exclusive (wire §4.1). */
export function dailyBody(subject: ChartSubject): string {
  checkDates(subject);
  return JSON.stringify({ ...common(subject), expiryCode: 0, oi: false, ...bounds(subject) });
}

/**
 * The closed minutes of the dates asked for: the answer may hold the day after, and the minute still forming
 * (wire §4.4: closed when `ts + 60 s <= now`, the instant that the answer is surely not older than). Errors: RTP_DHAN_MALFORMED.
 */
export function closedMinutes(body: unknown, subject: ChartSubject, now: EpochMs): Candles {
  return within(body, subject, now - MINUTE_MS + 1);
}

/** The daily candles of the dates asked for. Errors: RTP_DHAN_MALFORMED. */
export function dailyCandlesOf(body: unknown, subject: ChartSubject): Candles {
  return within(body, subject, Number.POSITIVE_INFINITY);
}

/** `from` to `to` in windows that one intraday request accepts, oldest first. */
export function chartWindows(from: TradingDate, to: TradingDate): readonly { from: TradingDate; to: TradingDate }[] {
  const windows: { from: TradingDate; to: TradingDate }[] = [];
  for (let start = from; start <= to; start = addDays(start, MAX_INTRADAY_DATES)) {
    const last = addDays(start, MAX_INTRADAY_DATES - 1);
    windows.push({ from: start, to: last < to ? last : to });
  }
  return windows;
}

function within(body: unknown, subject: ChartSubject, before: EpochMs): Candles {
  const start = atIst(subject.from, '00:00');
  const end = Math.min(atIst(addDays(subject.to, 1), '00:00'), before);
  return end <= start ? NO_CANDLES : readCandles(body, start, end);
}

const common = ({ securityId, segment, instrument }: ChartSubject) => ({
  securityId,
  exchangeSegment: segment,
  instrument,
});

const bounds = ({ from, to }: ChartSubject) => ({ fromDate: from, toDate: addDays(to, 1) });

const datesBetween = ({ from, to }: ChartSubject): number => (atIst(to, '00:00') - atIst(from, '00:00')) / DAY_MS + 1;

function checkDates({ from, to }: ChartSubject): void {
  parseTradingDate(from);
  parseTradingDate(to);
  if (from > to) throw failure('bad_request', `${from} to ${to} is no range of dates.`);
}
