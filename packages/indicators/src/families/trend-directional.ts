/** Wilder's directional movement: one set of sums behind all of its columns. */
import { wilderSum } from '../graph/averages.ts';
import { ago, calc, high, kernel, low, type Node } from '../graph/node.ts';
import { trueRange } from '../graph/ranges.ts';
import type { ColumnSpec } from '../registry/define.ts';

const N = 14;

const moves = kernel({
  name: 'directionalMoves',
  inputs: { h: high, l: low },
  history: { h: 1, l: 1 },
  outputs: { plus: 1, minus: 1 },
  code: `
    if (n > 0) {
      const up = $h - $h[1];
      const down = $l[1] - $l;
      $plus = up > 0 && up > down ? up : 0;
      $minus = down > 0 && down > up ? down : 0;
    }`,
});
const plusMovement = wilderSum(moves.plus, N);
const minusMovement = wilderSum(moves.minus, N);

// TA-Lib's first answer is one bar after the sums are seeded; a sum under 1e-14 counts as 0.
const indicators = kernel({
  name: 'directionalIndicators',
  inputs: { p: plusMovement, m: minusMovement, ranges: wilderSum(trueRange, N) },
  outputs: { plus: 1, minus: 1 },
  code: `
    if (n > FIRST) {
      const scale = $ranges < 1e-14 ? 0 : 100 / $ranges;
      $plus = $p * scale;
      $minus = $m * scale;
    }`,
});

const index = directionalIndex(indicators.plus, indicators.minus);

function directionalIndex(plus: Node, minus: Node): { readonly dx: Node; readonly adx: Node } {
  const seed = plus.first + N - 1;
  return kernel({
    name: 'directionalIndex',
    parameters: [N],
    inputs: { plus, minus },
    state: { last: 0, mean: 0 },
    outputs: { dx: 0, adx: N - 1 },
    code: `
      if (n >= FIRST) {
        const both = $plus + $minus;
        if (both >= 1e-14) {
          $last = 100 * Math.abs($plus - $minus) / both;
          $mean += n > ${seed} ? ($last - $mean) * ${1 / N} : $last;
        }
        $dx = $last;
        if (n === ${seed}) $mean *= ${1 / N};
        if (n >= ${seed}) $adx = $mean;
      }`,
  });
}

const parameters = { n: N };

export const directional: Readonly<Record<string, ColumnSpec>> = {
  adx_14: {
    node: index.adx,
    parameters,
    unit: 'percent',
    meaning: 'Average directional index: strength of the trend, whichever way',
    formula:
      'mean of dx over its first n bars n..2n-1, then Wilder: adx += (dx - adx)/n. A bar on which +di + -di < 1e-14 adds 0 to the first mean and later leaves adx as it was',
    origin: 'TA-Lib',
    talib: 'ADX',
    tradingSignals: '≠ ADX',
    storage: 'minute',
  },
  adxr_14: {
    node: calc('($adx + $before) / 2', { adx: index.adx, before: ago(index.adx, N - 1) }),
    parameters,
    unit: 'percent',
    meaning: 'Average directional index, averaged with its value of 13 bars ago',
    formula: '(adx + adx of n-1 bars ago)/2',
    origin: 'TA-Lib',
    talib: 'ADXR',
    tradingSignals: '≠ ADXR',
  },
  dx_14: {
    node: index.dx,
    parameters,
    unit: 'percent',
    meaning: 'Directional index: how one-sided the movement is, 0 both ways alike, 100 all one way',
    formula: '100 abs(+di - -di)/(+di + -di); where +di + -di < 1e-14 the last value again, 0 if there was none',
    origin: 'TA-Lib',
    talib: 'DX',
    tradingSignals: '≠ DX',
  },
  plus_di_14: {
    node: indicators.plus,
    parameters,
    unit: 'percent',
    meaning: 'Share of upward movement in the true range',
    formula:
      '100 plus_dm/tr, tr = Wilder sum of true ranges, made like plus_dm: TR of bars 1..n-1 added up, then tr = tr - tr/n + TR; from bar n; tr < 1e-14: 0',
    origin: 'TA-Lib',
    talib: 'PLUS_DI',
    tradingSignals: '≠ ADX',
    storage: 'minute',
  },
  minus_di_14: {
    node: indicators.minus,
    parameters,
    unit: 'percent',
    meaning: 'Share of downward movement in the true range',
    formula: '100 minus_dm/tr, tr as in plus_di_14; from bar n; tr < 1e-14: 0',
    origin: 'TA-Lib',
    talib: 'MINUS_DI',
    tradingSignals: '≠ ADX',
    storage: 'minute',
  },
  plus_dm_14: {
    node: plusMovement,
    parameters,
    unit: 'price_diff',
    meaning: 'Upward directional movement, summed the way Wilder does',
    formula:
      'move = high - high before, if that is > 0 and > low before - low, else 0; the moves of bars 1..n-1 added up, then dm = dm - dm/n + move',
    origin: 'TA-Lib',
    talib: 'PLUS_DM',
  },
  minus_dm_14: {
    node: minusMovement,
    parameters,
    unit: 'price_diff',
    meaning: 'Downward directional movement, summed the way Wilder does',
    formula:
      'move = low before - low, if that is > 0 and > high - high before, else 0; the moves of bars 1..n-1 added up, then dm = dm - dm/n + move',
    origin: 'TA-Lib',
    talib: 'MINUS_DM',
  },
};
