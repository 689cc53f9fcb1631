import { indicatorColumns } from '@rtp/indicators';
import type { Series } from '../support/series.ts';
import { inBulk } from '../support/three-ways.ts';
import { from, perBar, sum } from './support/arrays.ts';
import { oncePerSeries } from './support/once.ts';
import type { Oracles, Values } from './support/oracle.ts';

const patterns = indicatorColumns
  .filter(({ family, origin }) => family === 'candles' && origin === 'TA-Lib')
  .map(({ name }) => name);

const shown = oncePerSeries((bars) => [...inBulk(patterns, bars).values()]);

/** How many patterns show this sign on each bar. */
function count(bars: Series, sign: 1 | -1): Values {
  const columns = shown(bars);
  return from(
    15,
    perBar(bars.length, (bar) => sum(columns.map((values) => Number(sign * values[bar]! > 0)))),
  );
}

export const candles: Oracles = {
  cdl_bull: (bars) => count(bars, 1),
  cdl_bear: (bars) => count(bars, -1),
};
