import type { IndicatorColumn } from '@rtp/indicators';
import type { Series } from '../../support/series.ts';
import type { Undecided } from './oracle.ts';

/** Of the largest value of the column, and of the price where a column of prices is 0 but for rounding. */
const TOLERANCE = 1e-9;
const FLOOR = 1e-12;

// Jest looks a global name up anew on every use, which takes longer than the comparison.
const { abs } = Math;
const { isNaN: isMissing } = Number;

/** Where a column and its oracle part, or null. */
export function difference(
  { name, unit }: IndicatorColumn,
  bars: Series,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  exceptions: readonly Undecided[] = [],
): string | null {
  if (got.length !== want.length) return `${want.length} values for ${got.length} bars`;
  const undecided = exceptions.filter(({ column }) => column === name).map(({ at }) => at(bars));
  const floor = unit === 'price' || unit === 'price_diff' ? FLOOR * largest(bars.close) : 0;
  const tolerance = Math.max(TOLERANCE * largest(want), floor);
  if (tolerance === Infinity) return 'the oracle has an infinite value';
  const wrong: number[] = [];
  for (let bar = 0; bar < got.length; bar += 1) {
    if (undecided.some((bars) => bars[bar])) continue;
    const isSame = isMissing(want[bar]) ? isMissing(got[bar]) : abs(got[bar]! - want[bar]!) <= tolerance;
    if (!isSame) wrong.push(bar);
  }
  const first = wrong[0];
  if (first === undefined) return null;
  return `${wrong.length} bars, the first ${first}: ${got[first]}, the oracle says ${want[first]}`;
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let bar = 0; bar < values.length; bar += 1) {
    if (abs(values[bar]!) > most) most = abs(values[bar]!);
  }
  return most;
}
