import { describe, expect, it } from '@jest/globals';
import { indicatorColumns } from '@rtp/indicators';
import { GOLDEN_SERIES, goldenBars, goldenColumns, goldenProblem } from './support/golden.ts';
import { barByBar, type Columns, inBulk, rewritten } from './support/three-ways.ts';

const ours = new Set(indicatorColumns.map((column) => column.name));
const WAYS = { 'in bulk': inBulk, 'bar by bar': barByBar, 'with the forming bar rewritten': rewritten };

describe.each(GOLDEN_SERIES)('on the golden series %s', (series) => {
  const names = goldenColumns(series).filter((name) => ours.has(name));

  describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('%s', (way) => {
    let columns: Columns;
    const values = (name: string): Float64Array => {
      columns ??= WAYS[way](names, goldenBars(series));
      return columns.get(name)!;
    };

    it.each(names)("%s equals TA-Lib's", (name) => {
      expect(goldenProblem(series, name, values(name))).toBeNull();
    });
  });
});

it('every column that comes from TA-Lib has golden answers', () => {
  const answered = new Set(GOLDEN_SERIES.flatMap(goldenColumns));
  const withoutAnswer = indicatorColumns.filter(({ origin, name }) => origin !== 'own' && !answered.has(name));
  expect(withoutAnswer.map(({ name }) => name)).toEqual([]);
});
