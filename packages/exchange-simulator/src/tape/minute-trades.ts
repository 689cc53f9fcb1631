import type { Ohlcv } from '@rtp/core';
import { mixSeeds, Random } from '../random.ts';
import { UNITS_PER_RUPEE } from './price-grid.ts';
import { MAX_TRADES, type TradeSlots } from './trade-slots.ts';

/** Taken once: where modules run in a sandbox, as under Jest, each look-up of a global costs more than the arithmetic. */
const { floor, max, min, round, sqrt } = Math;

/** What decides the trades of a minute besides its bar. */
export interface TradeSeed {
  /** Hash of the symbol. */
  readonly instrumentSeed: number;
  /** Minutes since the epoch. */
  readonly minuteIndex: number;
  /** Price step in 1/10,000 rupee. */
  readonly step: number;
  /** An index is told in values without shares, also when its bar has no volume. */
  readonly isIndex: boolean;
}

const LIQUID_TRADES = 40;
const LIQUID_SPREAD = 21;
const MINUTE_MS = 60_000;

const random = new Random(0);
const path = new Float64Array(4);

/**
 * Tells one recorded bar as trades: the first at its open, the last at its close, its high and low touched in
 * between, shares adding up to its volume; aggregating them gives the bar back, value for value. The same bar of the
 * same instrument is always told the same way. A liquid minute has 40 to 60 trades, a thin one fewer, and never more
 * than shares, except that the path open-high-low-close is always told: where the bar has fewer shares than that
 * path has prices, the last prices come with quantity 0.
 *
 * Writes into `slots` from `base` and returns the number of trades, 0 for a minute without volume.
 */
export function tellMinute(bar: Ohlcv, seed: TradeSeed, slots: TradeSlots, base: number): number {
  if (bar.volume === 0 && !seed.isIndex) return 0;
  random.reseed(mixSeeds(seed.instrumentSeed, seed.minuteIndex));
  const pathLength = choosePath(bar);
  const count = seed.isIndex ? LIQUID_TRADES + random.below(LIQUID_SPREAD) : tradeCount(bar.volume, pathLength);
  writePrices(bar, seed.step, pathLength, count, slots.price, base);
  writeQuantities(seed.isIndex ? 0 : bar.volume, count, slots.quantity, base);
  writeOffsets(count, slots.offsetMs, base);
  return count;
}

/** Fills `path` with the prices that must be seen, in order, and returns how many there are. */
function choosePath({ open, high, low, close }: Ohlcv): number {
  const highFirst = random.next() < (close < open ? 0.7 : 0.3);
  let length = 0;
  path[length++] = open;
  for (let turn = 0; turn < 2; turn += 1) {
    const extreme = highFirst === (turn === 0) ? high : low;
    if (extreme !== open && extreme !== close) path[length++] = extreme;
  }
  if (close !== path[length - 1]) path[length++] = close;
  return length;
}

function tradeCount(volume: number, pathLength: number): number {
  const liquid = LIQUID_TRADES + random.below(LIQUID_SPREAD);
  return max(pathLength, min(liquid, floor(sqrt(volume)), MAX_TRADES));
}

/** The path's prices at random places, a wandering line between each two of them, all on the price step. */
function writePrices(
  { low, high }: Ohlcv,
  step: number,
  pathLength: number,
  count: number,
  prices: Float64Array,
  base: number,
): void {
  prices[base] = path[0] as number;
  if (pathLength === 1) {
    prices.fill(path[0] as number, base, base + count);
    return;
  }
  const lowUnits = round(low * UNITS_PER_RUPEE);
  const range = high - low;
  let at = base;
  for (let leg = 1; leg < pathLength; leg += 1) {
    const legsLeft = pathLength - leg;
    const end = leg === pathLength - 1 ? base + count - 1 : legEnd(at, base + count - 1, legsLeft);
    const from = path[leg - 1] as number;
    const to = path[leg] as number;
    for (let index = at + 1; index < end; index += 1) {
      const straight = from + ((to - from) * (index - at)) / (end - at);
      const wandered = straight + (random.next() - 0.5) * range * 0.4;
      const steps = round((wandered * UNITS_PER_RUPEE - lowUnits) / step);
      const price = (lowUnits + steps * step) / UNITS_PER_RUPEE;
      prices[index] = min(high, max(low, price));
    }
    prices[end] = to;
    at = end;
  }
}

/** Where a leg that starts at `at` ends: later legs keep at least one trade each. */
function legEnd(at: number, last: number, legsLeft: number): number {
  const free = last - at - legsLeft;
  const share = free / legsLeft;
  return at + 1 + min(free, floor(random.next() * share * 2));
}

function writeQuantities(volume: number, count: number, quantities: Float64Array, base: number): void {
  if (volume < count) {
    for (let index = 0; index < count; index += 1) quantities[base + index] = index < volume ? 1 : 0;
    return;
  }
  let total = 0;
  for (let index = base; index < base + count; index += 1) {
    const weight = random.exponential();
    quantities[index] = weight;
    total += weight;
  }
  const spare = volume - count;
  let left = spare;
  for (let index = base; index < base + count; index += 1) {
    const extra = min(left, floor((spare * (quantities[index] as number)) / total));
    quantities[index] = 1 + extra;
    left -= extra;
  }
  const lucky = base + random.below(count);
  quantities[lucky] = (quantities[lucky] as number) + left;
}

/** Ascending times of a Poisson process conditioned on `count` arrivals within the minute. */
function writeOffsets(count: number, offsets: Uint16Array, base: number): void {
  let total = 0;
  for (let index = 0; index <= count; index += 1) {
    const gap = random.exponential();
    total += gap;
    if (index < count) gaps[index] = total;
  }
  for (let index = 0; index < count; index += 1) {
    offsets[base + index] = min(MINUTE_MS - 1, floor((MINUTE_MS * (gaps[index] as number)) / total));
  }
}

const gaps = new Float64Array(MAX_TRADES);
