/** Moving averages over whole arrays: docs/indicators.md, conventions. */
import { firstKnown, mean, sum, windows } from './arrays.ts';
import type { Values } from './oracle.ts';

export const sma = (values: Values, n: number): Values => windows(values, n, mean);

export const wma = (values: Values, n: number): Values =>
  windows(values, n, (window) => sum(window.map((value, index) => value * (index + 1))) / ((n * (n + 1)) / 2));

/** Seeded with the mean of the first `n` known values, then `s += (x - s) k`. */
export function smoothed(values: Values, n: number, k: number): Values {
  const seedBar = firstKnown(values) + n - 1;
  let last = Number.NaN;
  return values.map((value, bar) => {
    if (bar === seedBar) last = mean(values.slice(bar - n + 1, bar + 1));
    else if (bar > seedBar) last = value * k + last * (1 - k);
    return last;
  });
}

export const ema = (values: Values, n: number): Values => smoothed(values, n, 2 / (n + 1));
export const wilder = (values: Values, n: number): Values => smoothed(values, n, 1 / n);

/** The sum of the first `n - 1` known values, then `s = s - s/n + x`: TA-Lib's directional movement. */
export function wilderSum(values: Values, n: number): Values {
  const seedBar = firstKnown(values) + n - 2;
  let last = Number.NaN;
  return values.map((value, bar) => {
    if (bar === seedBar) last = sum(values.slice(bar - n + 2, bar + 1));
    else if (bar > seedBar) last = last - last / n + value;
    return last;
  });
}
