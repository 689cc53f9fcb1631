/** Series made of a bar's own prices. */
import type { Series } from '../../support/series.ts';
import { ago, numbers, perBar, rollingMax, rollingMin } from './arrays.ts';
import { wilder } from './averages.ts';
import type { Values } from './oracle.ts';

export const opens = (bars: Series): Values => numbers(bars.open);
export const highs = (bars: Series): Values => numbers(bars.high);
export const lows = (bars: Series): Values => numbers(bars.low);
export const closes = (bars: Series): Values => numbers(bars.close);
export const volumes = (bars: Series): Values => numbers(bars.volume);

export const median = ({ length, high, low }: Series): Values => perBar(length, (bar) => (high[bar]! + low[bar]!) / 2);

export const typical = ({ length, high, low, close }: Series): Values =>
  perBar(length, (bar) => (high[bar]! + low[bar]! + close[bar]!) / 3);

/** None on bar 0, which has no close before it. */
export function trueRange(bars: Series): Values {
  const { length, high, low } = bars;
  const before = ago(closes(bars), 1);
  return perBar(length, (bar) =>
    Math.max(high[bar]! - low[bar]!, Math.abs(high[bar]! - before[bar]!), Math.abs(low[bar]! - before[bar]!)),
  );
}

export const atr = (bars: Series, n: number): Values => wilder(trueRange(bars), n);

export const highestHigh = (bars: Series, n: number): Values => rollingMax(highs(bars), n);
export const lowestLow = (bars: Series, n: number): Values => rollingMin(lows(bars), n);

/** Middle of the range of the last `n` bars. */
export function midprice(bars: Series, n: number): Values {
  const low = lowestLow(bars, n);
  return highestHigh(bars, n).map((high, bar) => (high + low[bar]!) / 2);
}
