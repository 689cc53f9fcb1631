import { atIst, type EpochMs, MINUTE_MS, type SessionCalendar, type TradingDate } from '@rtp/core';
import { BarTable } from '../day/bar-table.ts';
import { identify } from '../day/identities.ts';
import type { UniverseRow } from '../day/prepared-day.ts';
import { calendarWindows, type IstWindow } from '../day/session-windows.ts';
import type { Day } from '../day/write-day.ts';
import { hashText, mixSeeds, Random } from '../random.ts';
import { onTick } from './price-tick.ts';
import { shareBars } from './share-bars.ts';

export interface GeneratedDayOptions {
  /** Shares to generate; the index NIFTY comes on top. */
  readonly symbols: number;
  readonly seed: number;
  readonly date: TradingDate;
  readonly calendar: SessionCalendar;
  readonly universe: ReadonlyMap<string, UniverseRow>;
}

/** Used where the calendar knows no session on the date. */
const USUAL_WINDOWS: readonly IstWindow[] = [['09:15', '15:30']];
const AUCTION_SHARES_END = '15:15';
const INDEX = 'NIFTY';
const INDEX_TICK = 0.05;
const MINUTE_VOLATILITY = 0.000_35;

/** A seeded trading day: the universe's first shares, then synthetic ones, and NIFTY at every minute. */
export function generateDay(options: GeneratedDayOptions): Day {
  const { seed, date, calendar } = options;
  const known = calendarWindows(calendar, date);
  const windows = known.length > 0 ? known : USUAL_WINDOWS;
  const minutes = windows.flatMap((window) => minutesOf(date, window));
  const symbols = chooseSymbols(options.symbols, options.universe);
  const auctionStart = isFullDay(windows) ? atIst(date, AUCTION_SHARES_END) : Number.POSITIVE_INFINITY;
  const closingAuctionSymbols = Number.isFinite(auctionStart)
    ? symbols.filter((symbol) => calendar.isClosingAuctionShare(symbol, date)).sort()
    : [];
  const inAuction = new Set(closingAuctionSymbols);
  const daySeed = mixSeeds(seed, hashText(date));
  const bars = new BarTable();
  const marketReturns = addIndex(bars, daySeed, minutes);
  const beforeAuction = minutes.filter((ts) => ts < auctionStart);
  for (const symbol of symbols) {
    const traded = inAuction.has(symbol) ? beforeAuction : minutes;
    for (const { ts, bar } of shareBars(symbol, daySeed, traded, marketReturns)) bars.add(symbol, ts, bar);
  }
  return {
    date,
    source: 'generated',
    name: 'generated day',
    windows,
    closingAuctionSymbols,
    provenance: `generated: ${options.symbols} shares, seed ${seed}`,
    universe: identify(symbols, options.universe),
    bars,
  };
}

function chooseSymbols(count: number, universe: ReadonlyMap<string, UniverseRow>): readonly string[] {
  const symbols = [...universe.keys()].slice(0, count);
  for (let number = 1; symbols.length < count; number += 1) {
    const symbol = `SIM${String(number).padStart(4, '0')}`;
    if (!universe.has(symbol)) symbols.push(symbol);
  }
  return symbols;
}

function addIndex(bars: BarTable, daySeed: number, minutes: readonly EpochMs[]): Float64Array {
  const random = new Random(mixSeeds(daySeed, hashText(INDEX)));
  const returns = new Float64Array(minutes.length);
  let last = onTick(24_000 + random.next() * 3_000, INDEX_TICK);
  for (const [index, ts] of minutes.entries()) {
    const change = random.normal() * MINUTE_VOLATILITY;
    returns[index] = change;
    const open = onTick(last * (1 + random.normal() * MINUTE_VOLATILITY * 0.1), INDEX_TICK);
    const close = onTick(open * (1 + change), INDEX_TICK);
    const wick = open * MINUTE_VOLATILITY * 0.4;
    const high = onTick(Math.max(open, close) + random.exponential() * wick, INDEX_TICK);
    const low = onTick(Math.min(open, close) - random.exponential() * wick, INDEX_TICK);
    bars.add(INDEX, ts, { open, high, low, close, volume: 0 });
    last = close;
  }
  return returns;
}

function minutesOf(date: TradingDate, [open, close]: IstWindow): readonly EpochMs[] {
  const first = atIst(date, open);
  return Array.from({ length: (atIst(date, close) - first) / MINUTE_MS }, (_, index) => first + index * MINUTE_MS);
}

/** The exchange holds a closing auction only after a full session. */
function isFullDay(windows: readonly IstWindow[]): boolean {
  return windows.length === 1 && windows[0]?.[0] === '09:15' && windows[0][1] === '15:30';
}
