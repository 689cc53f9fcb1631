/** Whole-array arithmetic, the slow and obvious way. A value that is not there is NaN, and so is all that needs it. */
import type { Values } from './oracle.ts';

// Jest looks a global name up anew on every use, which takes longer than the arithmetic.
const NONE = Number.NaN;
const { isNaN: isMissing } = Number;

export const numbers = (values: Float64Array): Values => Array.from(values);

export const perBar = (count: number, value: (bar: number) => number): Values =>
  Array.from({ length: count }, (_, bar) => value(bar));

export const combine = (a: Values, b: Values, value: (a: number, b: number) => number): Values =>
  a.map((one, bar) => value(one, b[bar]!));

export const plus = (a: Values, b: Values): Values => combine(a, b, (one, other) => one + other);
export const minus = (a: Values, b: Values): Values => combine(a, b, (one, other) => one - other);
export const times = (a: Values, factor: number): Values => a.map((value) => value * factor);

/** The values of `n` bars ago. */
export const ago = (values: Values, n: number): Values => values.map((_, bar) => values[bar - n] ?? NONE);

/** Differences to `n` bars ago. */
export const change = (values: Values, n = 1): Values => minus(values, ago(values, n));

/** Without the values before bar `first`. */
export const from = (first: number, values: Values): Values => values.map((value, bar) => (bar < first ? NONE : value));

/** Index of the first value; the length where there is none. */
export function firstKnown(values: Values): number {
  const first = values.findIndex((value) => !isMissing(value));
  return first < 0 ? values.length : first;
}

export const sum = (values: Values): number => values.reduce((total, value) => total + value, 0);
export const mean = (values: Values): number => sum(values) / values.length;
export const highest = (values: Values): number => Math.max(...values);
export const lowest = (values: Values): number => Math.min(...values);

export const isFlat = (values: Values): boolean => values.every((value) => value === values[0]);

/** Mean of the squared distances from the mean: a sum of squares is not formed from large numbers. */
export function variance(values: Values): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

/** `value` of the last `n` values, oldest first, on every bar where all of them are known. */
export const windows = (values: Values, n: number, value: (window: Values) => number): Values =>
  values.map((_, bar) => {
    const window = bar < n - 1 ? [] : values.slice(bar - n + 1, bar + 1);
    return window.length === 0 || window.some(isMissing) ? NONE : value(window);
  });

export const rollingSum = (values: Values, n: number): Values => windows(values, n, sum);
export const rollingMax = (values: Values, n: number): Values => windows(values, n, highest);
export const rollingMin = (values: Values, n: number): Values => windows(values, n, lowest);
