import { type MarketClock, type TradingDate, tradingDateOf } from '@rtp/core';
import { z } from 'zod';
import type { Counters } from '../counters.ts';
import type { ChartDistortion } from '../faults/chart-distortion.ts';
import type { Market } from '../market/market.ts';
import { type Answer, ERRORS, json, jsonText } from './answers.ts';
import { candlesBody, dailyCandles, groupCandles, minuteCandles, noCandles, type Publication } from './candles.ts';
import { dailyRange, intradayRange, readRangeEnd, type TimedToDate } from './chart-range.ts';
import type { SlidingSecond } from './sliding-second.ts';

const SEGMENTS = [
  'IDX_I',
  'NSE_EQ',
  'NSE_FNO',
  'NSE_CURRENCY',
  'BSE_EQ',
  'MCX_COMM',
  'BSE_CURRENCY',
  'BSE_FNO',
] as const;
const INSTRUMENTS = [
  'INDEX',
  'EQUITY',
  'FUTIDX',
  'OPTIDX',
  'FUTSTK',
  'OPTSTK',
  'FUTCUR',
  'OPTCUR',
  'FUTCOM',
  'OPTFUT',
] as const;
const INTERVALS = ['1', '5', '15', '25', '60'] as const;

/** The SDK sends numbers for texts and a `dhanClientId` on top; both are accepted. */
const textOrNumber = z.union([z.string().min(1), z.int().transform(String)]);
const bodySchema = z.object({
  securityId: textOrNumber,
  exchangeSegment: z.enum(SEGMENTS),
  instrument: z.enum(INSTRUMENTS),
  fromDate: z.string(),
  toDate: z.string(),
  oi: z.boolean().optional(),
  expiryCode: z.int().optional(),
});
/** Whom a call is about, whatever else it says. */
const namedSchema = bodySchema.pick({ securityId: true, exchangeSegment: true });
const intradaySchema = bodySchema.extend({ interval: textOrNumber.pipe(z.enum(INTERVALS)) });

export interface ChartDeps {
  readonly market: Market;
  readonly clock: MarketClock;
  readonly distortion: ChartDistortion;
  readonly counters: Counters;
  readonly limit: SlidingSecond;
  readonly callsPerDay: number;
  readonly publication: Publication;
  readonly timedToDate: TimedToDate;
}

/** `POST /v2/charts/intraday` and `/v2/charts/historical` (wire §4.1). */
export class Charts {
  private readonly deps: ChartDeps;
  private countedDate: TradingDate = '';

  constructor(deps: ChartDeps) {
    this.deps = deps;
  }

  intraday(body: unknown): Answer {
    return this.admit(body) ?? this.answerIntraday(body);
  }

  historical(body: unknown): Answer {
    return this.admit(body) ?? this.answerDaily(body);
  }

  /** Rate limits and faults; undefined when the call goes through. */
  private admit(body: unknown): Answer | undefined {
    const { counters, distortion, limit } = this.deps;
    this.countDay();
    counters.chartCalls += 1;
    counters.chartCallsToday += 1;
    if (!limit.admit() || counters.chartCallsToday > this.deps.callsPerDay) {
      counters.chartLimitBreaches += 1;
      counters.rateLimited += 1;
      return ERRORS.rateLimit;
    }
    const answer = distortion.answer(this.symbolOf(body));
    if (answer === ERRORS.rateLimit) counters.rateLimited += 1;
    return answer;
  }

  /** The count of a day starts anew with the date. */
  private countDay(): void {
    const date = tradingDateOf(this.deps.clock.now());
    if (date === this.countedDate) return;
    this.countedDate = date;
    this.deps.counters.chartCallsToday = 0;
  }

  private symbolOf(body: unknown): string | undefined {
    const named = namedSchema.safeParse(body);
    if (!named.success) return undefined;
    return this.deps.market.day.find(named.data.exchangeSegment, named.data.securityId)?.symbol;
  }

  private answerIntraday(body: unknown): Answer {
    const { market, clock, distortion } = this.deps;
    const parsed = intradaySchema.safeParse(body);
    if (!parsed.success) return ERRORS.missingFields;
    const request = parsed.data;
    if (!/^\d+$/.test(request.securityId)) return garbageId();
    const from = readRangeEnd(request.fromDate);
    const to = readRangeEnd(request.toDate);
    if (from === undefined || to === undefined) return ERRORS.missingFields;
    const now = clock.now();
    const range = intradayRange(from, to, tradingDateOf(now), this.deps.timedToDate);
    if (range === 'reversed') return ERRORS.badRange;
    if (range === 'too_long') return ERRORS.rangeTooLong;
    const instrument = market.day.find(request.exchangeSegment, request.securityId);
    if (instrument === undefined) return jsonText(candlesBody(noCandles(), request.oi === true));
    const publication = distortion.publication(instrument, this.deps.publication);
    const published = minuteCandles(market, instrument, range, now, publication);
    const minutes = distortion.minutes(instrument, published, range, now, publication.delayMs);
    const length = Number(request.interval);
    const candles = length === 1 ? minutes : groupCandles(market, minutes, length);
    return jsonText(candlesBody(distortion.prices(instrument, candles), request.oi === true));
  }

  private answerDaily(body: unknown): Answer {
    const { market, clock } = this.deps;
    const parsed = bodySchema.safeParse(body);
    if (!parsed.success) return ERRORS.missingFields;
    const request = parsed.data;
    if (!/^\d+$/.test(request.securityId)) return garbageId();
    const from = readRangeEnd(request.fromDate);
    const to = readRangeEnd(request.toDate);
    if (from === undefined || to === undefined) return ERRORS.missingFields;
    const range = dailyRange(from, to);
    if (typeof range === 'string') return ERRORS.badRange;
    const instrument = market.day.find(request.exchangeSegment, request.securityId);
    if (instrument === undefined) return jsonText(candlesBody(noCandles(), request.oi === true));
    const candles = dailyCandles(market, instrument, range, clock.now());
    if (candles.timestamp.length === 0) return ERRORS.noData;
    return jsonText(candlesBody(this.deps.distortion.prices(instrument, candles), request.oi === true));
  }
}

/** A security id that is not a number fails inside the broker. */
function garbageId(): Answer {
  return json(500, {
    errorCode: 'INTERNAL_SERVER_ERROR',
    httpStatus: 'INTERNAL_SERVER_ERROR',
    internalErrorCode: 'RS-9005',
    internalErrorMessage: 'Internal server error',
  });
}
