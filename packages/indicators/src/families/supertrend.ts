/** Supertrend: a stop of average true ranges round the middle of the bar that follows the trend. */
import { close, high, kernel, low } from '../graph/node.ts';
import { atr } from '../graph/ranges.ts';
import type { ColumnSpec } from '../registry/define.ts';

const FACTOR = 3;

const { value, side } = kernel({
  name: 'supertrend',
  parameters: [FACTOR],
  inputs: { h: high, l: low, c: close, atr: atr(10) },
  history: { c: 1 },
  state: { upper: 0, lower: 0, way: 0 },
  outputs: { value: 0, side: 0 },
  code: `
    if (n >= FIRST) {
      const middle = ($h + $l) * 0.5;
      const above = middle + ${FACTOR} * $atr;
      const below = middle - ${FACTOR} * $atr;
      if (n === FIRST) {
        $upper = above;
        $lower = below;
        $way = $c >= middle ? 1 : -1;
      } else {
        const before = $c[1];
        if (above < $upper || before > $upper) $upper = above;
        if (below > $lower || before < $lower) $lower = below;
        if ($way > 0 ? $c < $lower : $c > $upper) $way = -$way;
      }
      $value = $way > 0 ? $lower : $upper;
      $side = $way;
    }`,
});

export const supertrend: Readonly<Record<string, ColumnSpec>> = {
  supertrend_10_3: {
    node: value,
    parameters: { n: 10, k: FACTOR },
    unit: 'price',
    meaning: 'Supertrend: the trailing stop of the trend, below the price in a rise, above it in a fall',
    formula:
      'm = (high + low)/2, a = ATRn (Wilder, seeded with the mean of bars 1..n). Upper band: m + k a if that is lower than the last upper band or the previous close was above the last upper band, else the last upper band. ' +
      'Lower band: m - k a if that is higher than the last lower band or the previous close was below the last lower band, else the last lower band. ' +
      'First bar: both bands as computed, side 1 if close >= m, else -1. Then a side of 1 turns to -1 if close < lower band (of this bar), a side of -1 to 1 if close > upper band (where a jump ends a quiet stretch the close may be beyond both). Value: the lower band while side is 1, else the upper',
    origin: 'own',
    tradingSignals: '~ SuperTrend',
    storage: 'minute',
  },
  supertrend_side: {
    node: side,
    parameters: { n: 10, k: FACTOR },
    unit: 'flag',
    meaning: 'Side of the supertrend: 1 rising, -1 falling',
    formula: 'side as defined by supertrend_10_3',
    origin: 'own',
    tradingSignals: '~ SuperTrend',
    storage: 'minute',
  },
};
