/** Every column of our own against a second implementation, made from its formula alone: oracles/. */
import { describe, expect, it } from '@jest/globals';
import { type Family, type IndicatorColumn, indicatorColumn, indicatorColumns } from '@rtp/indicators';
import { bands } from './oracles/bands.ts';
import { candles } from './oracles/candles.ts';
import { dayLevels } from './oracles/day_levels.ts';
import { levels } from './oracles/levels.ts';
import { momentum } from './oracles/momentum.ts';
import { movingAverages } from './oracles/moving_averages.ts';
import { session } from './oracles/session.ts';
import { statistics } from './oracles/statistics.ts';
import { ORACLE_BARS } from './oracles/support/bars.ts';
import type { Oracles, Undecided } from './oracles/support/oracle.ts';
import { transforms } from './oracles/transforms.ts';
import { trend } from './oracles/trend.ts';
import { volatility } from './oracles/volatility.ts';
import { volume } from './oracles/volume.ts';
import { zones } from './oracles/zones.ts';
import type { Series } from './support/series.ts';
import { type Columns, inBulk } from './support/three-ways.ts';

const ORACLES: Partial<Readonly<Record<Family, Oracles>>> = {
  moving_averages: movingAverages,
  bands,
  trend,
  momentum,
  volatility,
  volume,
  session,
  day_levels: dayLevels,
  statistics,
  transforms,
  candles,
  levels,
  zones,
};
const UNDECIDED: readonly Undecided[] = [];

/** Families whose oracles are still to be written. */
const PENDING: ReadonlySet<Family> = new Set();

/** Of the largest value of the column, and of the price where a column of prices is 0 but for rounding. */
const TOLERANCE = 1e-9;
const FLOOR = 1e-12;

// Jest looks a global name up anew on every use, which takes longer than the comparison.
const { abs } = Math;
const { isNaN: isMissing } = Number;

const names = Object.values(ORACLES).flatMap((oracles) => Object.keys(oracles));

describe.each(Object.entries(ORACLE_BARS))('on bars: %s', (_, bars) => {
  let columns: Columns;
  const values = (name: string): Float64Array => {
    columns ??= inBulk(names, bars);
    return columns.get(name)!;
  };

  describe.each(Object.entries(ORACLES))('%s', (_, oracles) => {
    it.each(Object.entries(oracles))('%s is what its formula says', (name, oracle) => {
      expect(difference(indicatorColumn(name)!, bars, values(name), oracle(bars))).toBeNull();
    });
  });
});

describe('the oracles', () => {
  it.each(Object.entries(ORACLES))('of %s are for columns of that family', (family, oracles) => {
    const foreign = Object.keys(oracles).filter((name) => indicatorColumn(name)?.family !== family);
    expect(foreign).toEqual([]);
  });

  it('leave out no column without a counterpart in TA-Lib', () => {
    const missing = indicatorColumns.filter(
      ({ name, family, origin }) => origin === 'own' && !PENDING.has(family) && !names.includes(name),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(Object.keys(ORACLES).filter((family) => PENDING.has(family as Family))).toEqual([]);
  });

  it('leave few bars undecided', () => {
    for (const { column, at, most } of UNDECIDED) {
      const count = Object.values(ORACLE_BARS).flatMap((bars) => at(bars).filter(Boolean)).length;
      expect({ column, isFew: count > 0 && count <= most, count }).toMatchObject({ isFew: true });
    }
  });
});

/** Where a column and its oracle part, or null. */
function difference(
  { name, unit }: IndicatorColumn,
  bars: Series,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
): string | null {
  if (got.length !== want.length) return `${want.length} values for ${got.length} bars`;
  const undecided = UNDECIDED.filter(({ column }) => column === name).map(({ at }) => at(bars));
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
