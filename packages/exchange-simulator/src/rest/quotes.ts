import { type EpochMs, IST_OFFSET_MS, type MarketClock } from '@rtp/core';
import { z } from 'zod';
import type { Counters } from '../counters.ts';
import type { FaultSchedule } from '../faults/fault-schedule.ts';
import { invalidPrice } from '../faults/invalid-price.ts';
import { averagePrice, type InstrumentState, StateReader } from '../market/instrument-state.ts';
import { type MarketDay, type MarketInstrument, SEGMENT_BYTES } from '../market/market-day.ts';
import { orderBook } from '../market/order-book.ts';
import { UNITS_PER_RUPEE } from '../tape/price-grid.ts';
import { type Answer, ERRORS, jsonText } from './answers.ts';
import type { SlidingSecond } from './sliding-second.ts';

/** Instruments one call may ask for. */
const MAX_INSTRUMENTS = 1_000;
/** Part of the previous close that a price may move in a day. */
const CIRCUIT = 0.2;

const SEGMENT_NAMES = new Set([
  ...Object.keys(SEGMENT_BYTES),
  'NSE_FNO',
  'NSE_CURRENCY',
  'BSE_EQ',
  'MCX_COMM',
  'BSE_CURRENCY',
  'BSE_FNO',
]);

/** Segment to ids; the SDK adds a text (`dhanClientId`), which is ignored. */
const bodySchema = z.record(z.string(), z.union([z.array(z.int().min(0)), z.string()]));

/** Stands for NaN until the answer is text: JSON has no such number, Java's writers print the bare word. */
const NAN = '__NaN__';
const NAN_TEXT = JSON.stringify(NAN);

export type QuoteKind = 'ltp' | 'ohlc' | 'quote';

export interface QuoteDeps {
  readonly day: MarketDay;
  readonly clock: MarketClock;
  readonly faults: FaultSchedule;
  readonly counters: Counters;
  readonly limit: SlidingSecond;
}

/** `POST /v2/marketfeed/ltp`, `/ohlc` and `/quote` (wire §5). */
export class Quotes {
  private readonly deps: QuoteDeps;
  private readonly reader: StateReader;
  /** Reads the past for stale quotes: each reader goes forward only. */
  private readonly staleReader: StateReader;

  constructor(deps: QuoteDeps) {
    this.deps = deps;
    this.reader = new StateReader(deps.day);
    this.staleReader = new StateReader(deps.day);
  }

  answer(kind: QuoteKind, body: unknown): Answer {
    const { counters, faults, limit, clock, day } = this.deps;
    counters.quoteCalls += 1;
    const isTooFast = !limit.admit();
    if (isTooFast) counters.quoteLimitBreaches += 1;
    if (isTooFast || faults.strike('quotes_429') !== undefined) {
      counters.rateLimited += 1;
      return ERRORS.quoteRateLimit;
    }
    if (faults.strike('quotes_500') !== undefined) return ERRORS.quoteServerError;
    const parsed = bodySchema.safeParse(body);
    if (!parsed.success) return ERRORS.quoteInvalid;
    const asked = Object.entries(parsed.data).filter((entry): entry is [string, number[]] => Array.isArray(entry[1]));
    if (asked.length === 0 || asked.some(([segment]) => !SEGMENT_NAMES.has(segment))) return ERRORS.quoteInvalid;
    if (asked.reduce((total, [, ids]) => total + ids.length, 0) > MAX_INSTRUMENTS) return ERRORS.quoteTooMany;
    const now = clock.now();
    const data: Record<string, Record<string, unknown>> = {};
    for (const [segment, ids] of asked) {
      const quotes: Record<string, unknown> = {};
      for (const id of ids) {
        const instrument = day.find(segment, id);
        if (instrument === undefined || faults.strike('quotes_empty', instrument.symbol) !== undefined) continue;
        quotes[id] = this.quote(kind, instrument, now);
      }
      data[segment] = quotes;
    }
    return jsonText(JSON.stringify({ data, status: 'success' }).replaceAll(NAN_TEXT, 'NaN'));
  }

  private quote(kind: QuoteKind, instrument: MarketInstrument, now: EpochMs): Record<string, unknown> {
    const stale = this.deps.faults.strike('quotes_stale', instrument.symbol);
    const state =
      stale === undefined ? this.reader.at(instrument, now) : this.staleReader.at(instrument, now - stale.fault.lagMs);
    return { ...this.fields(kind, instrument, state), ...this.invalidPrice(instrument) };
  }

  private invalidPrice({ symbol }: MarketInstrument): { readonly last_price?: number | string } {
    const invalid = this.deps.faults.strike('quotes_invalid_prices', symbol);
    if (invalid === undefined) return {};
    const { random, fault } = invalid;
    const price = invalidPrice(fault.kinds[random.below(fault.kinds.length)] as (typeof fault.kinds)[number]);
    return { last_price: Number.isNaN(price) ? NAN : price };
  }

  private fields(kind: QuoteKind, instrument: MarketInstrument, state: InstrumentState): Record<string, unknown> {
    if (kind === 'ltp') return { last_price: state.lastPrice };
    const ohlc = { open: state.open, close: instrument.previousClose, high: state.high, low: state.low };
    if (kind === 'ohlc') return { last_price: state.lastPrice, ohlc };
    const book = orderBook(instrument, state);
    return {
      average_price: averagePrice(state),
      buy_quantity: book.buyQuantity,
      sell_quantity: book.sellQuantity,
      depth: { buy: book.buy, sell: book.sell },
      last_price: state.lastPrice,
      last_quantity: state.lastQuantity,
      last_trade_time: wallTime(state.lastTradeTime),
      lower_circuit_limit: circuitLimit(instrument, 1 - CIRCUIT),
      upper_circuit_limit: circuitLimit(instrument, 1 + CIRCUIT),
      net_change: Math.round((state.lastPrice - instrument.previousClose) * 100) / 100,
      ohlc,
      oi: 0,
      oi_day_high: 0,
      oi_day_low: 0,
      volume: state.volume,
    };
  }
}

function circuitLimit(instrument: MarketInstrument, factor: number): number {
  const steps = Math.round((instrument.previousClose * factor * UNITS_PER_RUPEE) / instrument.step);
  return (steps * instrument.step) / UNITS_PER_RUPEE;
}

/** `DD/MM/YYYY HH:mm:ss`, IST, from IST wall-clock seconds. */
function wallTime(seconds: number): string {
  return istDateTime(seconds * 1_000 - IST_OFFSET_MS);
}

/** `DD/MM/YYYY HH:mm:ss`, IST. */
export function istDateTime(instant: EpochMs): string {
  const iso = new Date(instant + IST_OFFSET_MS).toISOString();
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`;
}
