import { type MarketClock, tradingDateOf } from '@rtp/core';
import { z } from 'zod';
import type { Counters } from '../counters.ts';
import type { FaultSchedule } from '../faults/fault-schedule.ts';
import type { MarketDay } from '../market/market-day.ts';
import { type Answer, ERRORS, json, jsonText } from './answers.ts';
import { candlesBody, dailyCandles, groupCandles, minuteCandles, noCandles, type Publication } from './candles.ts';
import { dailyRange, intradayRange, readRangeEnd } from './chart-range.ts';
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
const intradaySchema = bodySchema.extend({ interval: textOrNumber.pipe(z.enum(INTERVALS)) });

export interface ChartDeps {
  readonly day: MarketDay;
  readonly clock: MarketClock;
  readonly faults: FaultSchedule;
  readonly counters: Counters;
  readonly limit: SlidingSecond;
  readonly publication: Publication;
}

/** `POST /v2/charts/intraday` and `/v2/charts/historical` (wire §4.1). */
export class Charts {
  private readonly deps: ChartDeps;

  constructor(deps: ChartDeps) {
    this.deps = deps;
  }

  intraday(body: unknown): Answer {
    return this.admit() ?? this.answerIntraday(body);
  }

  historical(body: unknown): Answer {
    return this.admit() ?? this.answerDaily(body);
  }

  /** Rate limit and faults; undefined when the call goes through. */
  private admit(): Answer | undefined {
    const { counters, faults, limit } = this.deps;
    counters.chartCalls += 1;
    if (!limit.admit() || faults.isActive('charts_429')) {
      counters.rateLimited += 1;
      return ERRORS.rateLimit;
    }
    if (faults.isActive('charts_500')) return ERRORS.serverError;
    if (faults.isActive('charts_empty')) return jsonText(candlesBody(noCandles(), false));
    return undefined;
  }

  private answerIntraday(body: unknown): Answer {
    const { day, clock, publication } = this.deps;
    const parsed = intradaySchema.safeParse(body);
    if (!parsed.success) return ERRORS.missingFields;
    const request = parsed.data;
    if (!/^\d+$/.test(request.securityId)) return garbageId();
    const from = readRangeEnd(request.fromDate);
    const to = readRangeEnd(request.toDate);
    if (from === undefined || to === undefined) return ERRORS.missingFields;
    const now = clock.now();
    const range = intradayRange(from, to, tradingDateOf(now));
    if (range === 'reversed') return ERRORS.badRange;
    if (range === 'too_long') return ERRORS.rangeTooLong;
    const instrument = day.find(request.exchangeSegment, request.securityId);
    if (instrument === undefined) return jsonText(candlesBody(noCandles(), request.oi === true));
    const minutes = minuteCandles(day, instrument, range, now, publication);
    const length = Number(request.interval);
    return jsonText(candlesBody(length === 1 ? minutes : groupCandles(day, minutes, length), request.oi === true));
  }

  private answerDaily(body: unknown): Answer {
    const { day, clock } = this.deps;
    const parsed = bodySchema.safeParse(body);
    if (!parsed.success) return ERRORS.missingFields;
    const request = parsed.data;
    if (!/^\d+$/.test(request.securityId)) return garbageId();
    const from = readRangeEnd(request.fromDate);
    const to = readRangeEnd(request.toDate);
    if (from === undefined || to === undefined) return ERRORS.missingFields;
    const range = dailyRange(from, to);
    if (typeof range === 'string') return ERRORS.badRange;
    const instrument = day.find(request.exchangeSegment, request.securityId);
    if (instrument === undefined) return jsonText(candlesBody(noCandles(), request.oi === true));
    const candles = dailyCandles(day, instrument, range, clock.now());
    if (candles.timestamp.length === 0) return ERRORS.noData;
    return jsonText(candlesBody(candles, request.oi === true));
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
