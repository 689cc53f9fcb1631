import { atIst, type EpochMs, MINUTE_MS, type Ohlcv, tradingDateOf } from '@rtp/core';
import { applyTrade, stateBeforeOpen, tellRow } from '../market/instrument-state.ts';
import type { MarketDay, MarketInstrument } from '../market/market-day.ts';
import { TradeSlots } from '../tape/trade-slots.ts';
import type { BarRange } from './chart-range.ts';
import { javaArray } from './java-number.ts';

/** Candles in columns, as charts answer them. Timestamps are starts, seconds of real UTC. */
export interface Candles {
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly volume: number[];
  readonly timestamp: number[];
}

export const noCandles = (): Candles => ({ open: [], high: [], low: [], close: [], volume: [], timestamp: [] });

/** How the simulated broker publishes minutes. */
export interface Publication {
  readonly delayMs: number;
  readonly noTradeMinutes: 'omit' | 'flat';
}

/**
 * The minutes of `range` published by `now`: a minute appears whole `delayMs` after its end; the minute in progress
 * appears with the trades so far, once the minute before it is out.
 */
export function minuteCandles(
  day: MarketDay,
  instrument: MarketInstrument,
  range: BarRange,
  now: EpochMs,
  publication: Publication,
): Candles {
  const candles = noCandles();
  const current = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  for (let row = day.rowFrom(instrument, range.fromMs); row < instrument.endRow; row += 1) {
    const ts = day.bars.ts[row] as number;
    if (ts > range.toMs || ts > now) break;
    if (ts < current) {
      if (ts + MINUTE_MS + publication.delayMs > now) break;
      if (day.hasTrades(instrument, row) || publication.noTradeMinutes === 'flat') push(candles, ts, day.bar(row));
    } else if (current + publication.delayMs <= now) {
      const forming = formingBar(day, instrument, row, now);
      if (forming !== undefined) push(candles, ts, forming);
    }
  }
  return candles;
}

/** Longer candles from minutes, counted from the opening of the window they lie in. */
export function groupCandles(day: MarketDay, minutes: Candles, lengthMinutes: number): Candles {
  const grouped = noCandles();
  const lengthS = lengthMinutes * 60;
  const opens = day.windowOpens.map((open) => open / 1_000);
  for (const [index, ts] of minutes.timestamp.entries()) {
    const base = opens.findLast((open) => open <= ts) ?? 0;
    const start = base + Math.floor((ts - base) / lengthS) * lengthS;
    const bar = at(minutes, index);
    if (grouped.timestamp.at(-1) === start) merge(grouped, bar);
    else push(grouped, start * 1_000, bar);
  }
  return grouped;
}

/** The day's candle from its minutes; none on the day itself: the broker publishes it the next morning. */
export function dailyCandles(day: MarketDay, instrument: MarketInstrument, range: BarRange, now: EpochMs): Candles {
  const candles = noCandles();
  const midnight = atIst(day.date, '00:00');
  if (midnight < range.fromMs || midnight > range.toMs || tradingDateOf(now) <= day.date) return candles;
  for (let row = instrument.firstRow; row < instrument.endRow; row += 1) {
    if (!day.hasTrades(instrument, row)) continue;
    if (candles.timestamp.length === 0) push(candles, midnight, day.bar(row));
    else merge(candles, day.bar(row));
  }
  return candles;
}

/** The body of a chart answer, numbers in the broker's style. */
export function candlesBody(candles: Candles, withOpenInterest: boolean): string {
  const { open, high, low, close, volume, timestamp } = candles;
  const parts = Object.entries({ open, high, low, close, volume, timestamp });
  if (withOpenInterest) parts.push(['open_interest', timestamp.map(() => 0)]);
  return `{${parts.map(([name, values]) => `"${name}":${javaArray(values)}`).join(',')}}`;
}

const scratch = new TradeSlots(1);

function formingBar(day: MarketDay, instrument: MarketInstrument, row: number, now: EpochMs): Ohlcv | undefined {
  const minute = day.bars.ts[row] as number;
  const count = tellRow(day, instrument, row, scratch, 0);
  const state = stateBeforeOpen(day, instrument);
  for (let index = 0; index < count && minute + (scratch.offsetMs[index] as number) <= now; index += 1) {
    applyTrade(state, minute, scratch.price[index] as number, scratch.quantity[index] as number);
  }
  if (state.open === 0) return undefined;
  const { open, high, low, lastPrice: close, volume } = state;
  return { open, high, low, close, volume };
}

function push(candles: Candles, ts: EpochMs, bar: Ohlcv): void {
  candles.open.push(bar.open);
  candles.high.push(bar.high);
  candles.low.push(bar.low);
  candles.close.push(bar.close);
  candles.volume.push(bar.volume);
  candles.timestamp.push(ts / 1_000);
}

function merge(candles: Candles, bar: Ohlcv): void {
  const last = candles.timestamp.length - 1;
  candles.high[last] = Math.max(candles.high[last] as number, bar.high);
  candles.low[last] = Math.min(candles.low[last] as number, bar.low);
  candles.close[last] = bar.close;
  candles.volume[last] = (candles.volume[last] as number) + bar.volume;
}

function at(candles: Candles, index: number): Ohlcv {
  return {
    open: candles.open[index] as number,
    high: candles.high[index] as number,
    low: candles.low[index] as number,
    close: candles.close[index] as number,
    volume: candles.volume[index] as number,
  };
}
