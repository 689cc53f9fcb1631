import { atIst, DAY_MS, type EpochMs, MINUTE_MS, type Ohlcv, type TradingDate, tradingDateOf } from '@rtp/core';
import { applyTrade, stateBeforeOpen, tellRow } from '../market/instrument-state.ts';
import type { Market } from '../market/market.ts';
import { barAt, type MarketDay, type MarketInstrument } from '../market/market-day.ts';
import { adjusted } from '../market/splits.ts';
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
 * The minutes of `range` published by `now`: a minute appears whole `delayMs` after its end; the day's minute in
 * progress appears with the trades so far, once the minute before it is out. Dates before a split that has taken
 * place are adjusted to it.
 */
export function minuteCandles(
  market: Market,
  instrument: MarketInstrument,
  range: BarRange,
  now: EpochMs,
  publication: Publication,
): Candles {
  const candles = noCandles();
  const today = tradingDateOf(now);
  for (const date of market.datesBetween(tradingDateOf(range.fromMs), tradingDateOf(Math.min(range.toMs, now)))) {
    addSession(candles, market, instrument, date, {
      range,
      now,
      publication,
      shares: market.sharesSince(instrument, date, today),
    });
  }
  return candles;
}

function addSession(
  candles: Candles,
  market: Market,
  instrument: MarketInstrument,
  date: TradingDate,
  asked: { range: BarRange; now: EpochMs; publication: Publication; shares: number },
): void {
  const { range, now, publication, shares } = asked;
  const { day } = market;
  const current = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const session = market.session(instrument, date);
  const isToday = date === day.date;
  for (let row = session.firstRow; row < session.endRow; row += 1) {
    const ts = session.bars.ts[row] as number;
    if (ts < range.fromMs) continue;
    if (ts > range.toMs || ts > now) break;
    if (ts < current) {
      if (ts + MINUTE_MS + publication.delayMs > now) break;
      const isShown =
        market.hasTrades(instrument, session, row) ||
        (publication.noTradeMinutes === 'flat' && !market.isHalted(instrument, ts));
      if (isShown) push(candles, ts, adjusted(barAt(session.bars, row), shares));
    } else if (isToday && current + publication.delayMs <= now) {
      const forming = formingBar(day, instrument, row, now);
      if (forming !== undefined) push(candles, ts, adjusted(forming, shares));
    }
  }
}

/** Longer candles from minutes, counted from the opening of the window they lie in. */
export function groupCandles(market: Market, minutes: Candles, lengthMinutes: number): Candles {
  const grouped = noCandles();
  const lengthS = lengthMinutes * 60;
  let opens: readonly number[] = [];
  let endOfDate = Number.NEGATIVE_INFINITY;
  for (const [index, ts] of minutes.timestamp.entries()) {
    if (ts >= endOfDate) {
      const date = tradingDateOf(ts * 1_000);
      opens = market.windowOpens(date).map((open) => open / 1_000);
      endOfDate = (atIst(date, '00:00') + DAY_MS) / 1_000;
    }
    const base = opens.findLast((open) => open <= ts) ?? 0;
    const start = base + Math.floor((ts - base) / lengthS) * lengthS;
    const bar = at(minutes, index);
    if (grouped.timestamp.at(-1) === start) merge(grouped, bar);
    else push(grouped, start * 1_000, bar);
  }
  return grouped;
}

/** The daily candles of `range`. A session's own is not published on its day, but the next morning (wire §4.1). */
export function dailyCandles(market: Market, instrument: MarketInstrument, range: BarRange, now: EpochMs): Candles {
  const candles = noCandles();
  const today = tradingDateOf(now);
  for (const date of market.datesBetween(tradingDateOf(range.fromMs), tradingDateOf(range.toMs))) {
    if (date >= today) break;
    const candle = market.sessionCandle(instrument, date);
    if (candle === undefined) continue;
    push(candles, candle.ts, adjusted(candle, market.sharesSince(instrument, date, today)));
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
