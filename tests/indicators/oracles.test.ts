/** Every column of our own against a second implementation, made from its formula alone: oracles/. */
import { describe, expect, it } from '@jest/globals';
import { type Family, IndicatorEngine, indicatorColumn, indicatorColumns } from '@rtp/indicators';
import { bands } from './oracles/bands.ts';
import { candles } from './oracles/candles.ts';
import { dayLevels } from './oracles/day_levels.ts';
import { levels } from './oracles/levels.ts';
import { momentum } from './oracles/momentum.ts';
import { movingAverages } from './oracles/moving_averages.ts';
import { session } from './oracles/session.ts';
import { statistics } from './oracles/statistics.ts';
import { ORACLE_BARS } from './oracles/support/bars.ts';
import { difference } from './oracles/support/difference.ts';
import type { Oracles, Undecided } from './oracles/support/oracle.ts';
import { transforms } from './oracles/transforms.ts';
import { trend } from './oracles/trend.ts';
import { volatility } from './oracles/volatility.ts';
import { volume } from './oracles/volume.ts';
import { zones } from './oracles/zones.ts';
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

const names = Object.values(ORACLES).flatMap((oracles) => Object.keys(oracles));

/** Compiled once for all bars. */
const engine = new IndicatorEngine(names, 1);

describe.each(Object.entries(ORACLE_BARS))('on bars: %s', (_, bars) => {
  let columns: Columns | undefined;
  const values = (name: string): Float64Array => {
    if (columns === undefined) {
      engine.reset(0);
      columns = inBulk(names, bars, engine);
    }
    return columns.get(name)!;
  };

  describe.each(Object.entries(ORACLES))('%s', (_, oracles) => {
    it.each(Object.entries(oracles))('%s is what its formula says', (name, oracle) => {
      expect(difference(indicatorColumn(name)!, bars, values(name), oracle(bars), UNDECIDED)).toBeNull();
    });
  });
});

describe('the oracles', () => {
  it.each(Object.entries(ORACLES))('of %s are for columns of that family', (family, oracles) => {
    const foreign = Object.keys(oracles).filter((name) => indicatorColumn(name)?.family !== family);
    expect(foreign).toEqual([]);
  });

  it('leave out no column without a counterpart in TA-Lib', () => {
    const missing = indicatorColumns.filter(({ name, origin }) => origin === 'own' && !names.includes(name));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('leave few bars undecided', () => {
    for (const { column, at, most } of UNDECIDED) {
      const count = Object.values(ORACLE_BARS).flatMap((bars) => at(bars).filter(Boolean)).length;
      expect({ column, isFew: count > 0 && count <= most, count }).toMatchObject({ isFew: true });
    }
  });
});
