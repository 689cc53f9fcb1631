/** Where a value lies in its range of the last bars. */
import { highestHigh, lowestLow } from '../graph/channel.ts';
import { calc, close, type Node } from '../graph/node.ts';
import { shortMean } from '../graph/short-means.ts';
import { rsi } from '../graph/strength.ts';
import { highest, lowest } from '../graph/windows.ts';
import { withheld } from '../graph/withheld.ts';
import type { ColumnSpec } from '../registry/define.ts';

function place(x: Node, top: Node, bottom: Node): Node {
  return calc('$top > $bottom ? 100 * (($x - $bottom) / ($top - $bottom)) : 0', { x, top, bottom });
}

const raw = place(close, highestHigh(14), lowestLow(14));
const fastD = shortMean(raw, 3);
const slowD = shortMean(fastD, 3);
const slowK = withheld(fastD, slowD);

const strength = rsi(close, 14);
const strengthPlace = place(strength, highest(strength, 14), lowest(strength, 14));
const strengthD = shortMean(strengthPlace, 3);

export const stochastics: Readonly<Record<string, ColumnSpec>> = {
  stoch_k_14_3: {
    node: slowK,
    unit: 'percent',
    meaning: 'Slow stochastic %K: where the close lies in the range of 14 bars, mean of 3',
    formula:
      'mean of the last 3 of raw = 100 (close - lowest low)/(highest high - lowest low) of the last 14 bars, no range: ' +
      '0; no value before stoch_d_3 has one (bar 17)',
    parameters: { n: 14, smoothing: 3 },
    origin: 'TA-Lib',
    talib: 'STOCH',
    tradingSignals: '= StochasticOscillator',
    storage: 'minute',
  },
  stoch_d_3: {
    node: slowD,
    unit: 'percent',
    meaning: 'Slow stochastic %D: mean of 3 of stoch_k_14_3',
    formula: 'mean of the last n of stoch_k_14_3, counting those of bars 15 and 16 that it does not show',
    parameters: { n: 3 },
    origin: 'TA-Lib',
    talib: 'STOCH',
    tradingSignals: '= StochasticOscillator',
    storage: 'minute',
  },
  stoch_j: {
    node: calc('3 * $k - 2 * $d', { k: slowK, d: slowD }),
    unit: 'score',
    meaning: 'Stochastic %J: %K stretched away from %D',
    formula: '3 stoch_k_14_3 - 2 stoch_d_3; may leave 0..100',
    parameters: { n: 14, k: 3, d: 3 },
    origin: 'own',
    tradingSignals: '= StochasticOscillator',
  },
  stochf_k_14: {
    node: withheld(raw, fastD),
    unit: 'percent',
    meaning: 'Fast stochastic %K: where the close lies in the range of 14 bars',
    formula:
      '100 (close - lowest low)/(highest high - lowest low) of the last n bars; no range: 0; no value before ' +
      'stochf_d_3 has one (bar 15)',
    parameters: { n: 14 },
    origin: 'TA-Lib',
    talib: 'STOCHF',
  },
  stochf_d_3: {
    node: fastD,
    unit: 'percent',
    meaning: 'Fast stochastic %D: mean of 3 of stochf_k_14',
    formula: 'mean of the last n of stochf_k_14, counting those of bars 13 and 14 that it does not show',
    parameters: { n: 3 },
    origin: 'TA-Lib',
    talib: 'STOCHF',
  },
  stochrsi_k_14: {
    node: withheld(strengthPlace, strengthD),
    unit: 'percent',
    meaning: 'Stochastic RSI: where rsi_14 lies in its range of 14 bars',
    formula:
      '100 (r - lowest r)/(highest r - lowest r) over the last n values of r = rsi_14; no range: 0; no value before ' +
      'stochrsi_d_3 has one (bar 29). Where the close has not moved for n bars, r differs by rounding only, and the ' +
      "answer is that of TA-Lib's arithmetic: g = g (n-1), then + gain, then / n; r = 100 (g/(g + l))",
    parameters: { n: 14 },
    origin: 'TA-Lib',
    talib: 'STOCHRSI',
    tradingSignals: '=f StochasticRSI',
    storage: 'minute',
  },
  stochrsi_d_3: {
    node: strengthD,
    unit: 'percent',
    meaning: 'Mean of 3 of stochrsi_k_14',
    formula: 'mean of the last n of stochrsi_k_14, counting those of bars 27 and 28 that it does not show',
    parameters: { n: 3 },
    origin: 'TA-Lib',
    talib: 'STOCHRSI',
    tradingSignals: '=f StochasticRSI',
    storage: 'minute',
  },
  willr_14: {
    node: calc('$top > $bottom ? -100 * (($top - $c) / ($top - $bottom)) : 0', {
      c: close,
      top: highestHigh(14),
      bottom: lowestLow(14),
    }),
    unit: 'percent',
    meaning: 'Williams %R: how far the close lies under the top of the range of 14 bars, -100..0',
    formula: '-100 (highest high - close)/(highest high - lowest low) of the last n bars; no range: 0',
    parameters: { n: 14 },
    origin: 'TA-Lib',
    talib: 'WILLR',
    tradingSignals: '=f WilliamsR',
    storage: 'minute',
  },
};
