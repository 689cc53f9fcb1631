/** Momentum whose value depends on the value of the bar before. */
import type { Series } from '../support/series.ts';
import { ago, firstKnown, from, highest, lowest, perBar, windows } from './support/arrays.ts';
import { ema } from './support/averages.ts';
import type { Values } from './support/oracle.ts';
import { closes, median } from './support/prices.ts';

export function fisher(bars: Series): Values {
  const place = windows(median(bars), 10, (window) => {
    const range = highest(window) - lowest(window);
    return range === 0 ? 0 : (window.at(-1)! - lowest(window)) / range - 0.5;
  });
  let smooth = 0;
  let value = 0;
  return place.map((x) => {
    if (Number.isNaN(x)) return Number.NaN;
    smooth = 0.66 * x + 0.67 * smooth;
    if (smooth > 0.99) smooth = 0.999;
    if (smooth < -0.99) smooth = -0.999;
    value = 0.5 * Math.log((1 + smooth) / (1 - smooth)) + 0.5 * value;
    return value;
  });
}

export const fisherBefore = (bars: Series): Values => ago(fisher(bars), 1).map((value, bar) => (bar === 9 ? 0 : value));

/** Place within the last ten values; without a range the place before, at first 50. */
function smoothPlace(values: Values, leastRange: Values): Values {
  const start = firstKnown(values) + 9;
  let place = 50;
  let smooth = Number.NaN;
  return values.map((value, bar) => {
    if (bar < start) return Number.NaN;
    const window = values.slice(bar - 9, bar + 1);
    const range = highest(window) - lowest(window);
    if (range > leastRange[bar]!) place = (100 * (value - lowest(window))) / range;
    smooth = bar === start ? place : smooth + 0.5 * (place - smooth);
    return smooth;
  });
}

export function schaff(bars: Series): Values {
  const close = closes(bars);
  const slow = ema(close, 50);
  const line = ema(close, 23).map((fast, bar) => fast - slow[bar]!);
  const first = smoothPlace(
    line,
    slow.map((price) => 1e-9 * price),
  );
  return smoothPlace(
    first,
    first.map(() => 1e-9),
  );
}

/** Bars in a row on which the value rose, or fell as a negative number. */
export function streaks(values: Values): Values {
  return values.map((_, bar) => {
    const direction = (at: number): number => (at === 0 ? 0 : Math.sign(values[at]! - values[at - 1]!));
    let length = 0;
    while (direction(bar) !== 0 && direction(bar - length) === direction(bar)) length += 1;
    return direction(bar) * length;
  });
}

/** On each bar the four lines of the whole series, as distances from this bar's close. */
export function laguerreRsi(bars: Series): Values {
  const close = closes(bars);
  let last = 0.5;
  const values = close.map((price, bar) => {
    let lines = new Array<number>(4).fill(close[0]! - price);
    for (const other of close.slice(1, bar + 1)) {
      const [b0, b1, b2, b3] = lines as [number, number, number, number];
      const l0 = 0.5 * (other - price) + 0.5 * b0;
      const l1 = -0.5 * l0 + b0 + 0.5 * b1;
      const l2 = -0.5 * l1 + b1 + 0.5 * b2;
      const l3 = -0.5 * l2 + b2 + 0.5 * b3;
      lines = [l0, l1, l2, l3];
    }
    let [up, down] = [0, 0];
    for (const index of [0, 1, 2]) {
      const step = lines[index]! - lines[index + 1]!;
      if (step > 0) up += step;
      else down -= step;
    }
    if (up + down > 1e-9 * price) last = up / (up + down);
    return last;
  });
  return from(3, values);
}

export function tdSetup(bars: Series): Values {
  const { close } = bars;
  let count = 0;
  return perBar(bars.length, (bar) => {
    if (bar < 4) return Number.NaN;
    const side = Math.sign(close[bar]! - close[bar - 4]!);
    const isContinued = side === Math.sign(count) && Math.abs(count) < 9;
    count = isContinued ? count + side : side;
    return count;
  });
}
