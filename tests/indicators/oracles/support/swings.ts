/** Swings by definition: a look at the five bars on either side. */
import type { Series } from '../../support/series.ts';
import type { Values } from './oracle.ts';
import { atr, highs, lows } from './prices.ts';

export interface Swing {
  readonly kind: 'high' | 'low';
  readonly at: number;
  /** The bar at whose close it became known. */
  readonly knownAt: number;
  readonly price: number;
}

const WING = 5;

/** atr_14 and rvol_20 exist from here on. */
const FIRST = 19;

/** In the order in which they became known; of the same bar the high comes first. */
export function swingsOf(bars: Series): readonly Swing[] {
  const [high, low, range] = [highs(bars), lows(bars), atr(bars, 14)];
  const swings: Swing[] = [];
  const counts = (kind: Swing['kind'], price: number, at: number): boolean => {
    const opposite = swings.findLast((swing) => swing.kind !== kind);
    return opposite === undefined || Math.abs(price - opposite.price) >= range[at]!;
  };
  for (let at = FIRST; at + WING < bars.length; at += 1) {
    const isHigh = isPeak(high, at) && counts('high', high[at]!, at);
    const isLow = isTrough(low, at) && counts('low', low[at]!, at);
    if (isHigh) swings.push({ kind: 'high', at, knownAt: at + WING, price: high[at]! });
    if (isLow) swings.push({ kind: 'low', at, knownAt: at + WING, price: low[at]! });
  }
  return swings;
}

function isPeak(high: Values, at: number): boolean {
  const [before, after] = wings(high, at);
  return before.every((other) => high[at]! > other) && after.every((other) => high[at]! >= other);
}

function isTrough(low: Values, at: number): boolean {
  const [before, after] = wings(low, at);
  return before.every((other) => low[at]! < other) && after.every((other) => low[at]! <= other);
}

const wings = (values: Values, at: number): readonly [Values, Values] => [
  values.slice(at - WING, at),
  values.slice(at + 1, at + WING + 1),
];
