/** Price against its own mean or range. */
import { ema } from '../graph/averages.ts';
import { meanDeviation } from '../graph/mean-deviation.ts';
import { ago, calc, close, high, low, open } from '../graph/node.ts';
import { positiveSum } from '../graph/positive-sums.ts';
import { trueRange } from '../graph/ranges.ts';
import { sma } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';
import { median, typical } from './transforms.ts';

/** How far the bar has come up from its low, or from the close before where that is lower. */
const buyingPressure = calc('$c - Math.min($l, $before)', { c: close, l: low, before: ago(close, 1) });

const awesome = calc('$fast - $slow', { fast: sma(median, 5), slow: sma(median, 34) });
const ema13 = ema(close, 13);

export const oscillators: Readonly<Record<string, ColumnSpec>> = {
  cci_20: {
    node: calc('$d > 1e-12 * $p ? ($p - $m) / (0.015 * $d) : 0', {
      p: typical,
      m: sma(typical, 20),
      d: meanDeviation(typical, 20),
    }),
    unit: 'score',
    meaning: 'Commodity channel index of 20 bars: the typical price against its mean, in mean deviations',
    formula:
      'p = typprice; m = mean of the last n p, d = mean of abs(p - m) over the same n; (p - m)/(0.015 d); ' +
      'd <= 1e-12 p (no deviation but rounding): 0',
    parameters: { n: 20 },
    origin: 'TA-Lib',
    talib: 'CCI',
    tradingSignals: '=f CCI',
    storage: 'minute',
  },
  ultosc_7_14_28: {
    node: calc(
      '(($t7 > 0 ? 4 * $b7 / $t7 : 0) + ($t14 > 0 ? 2 * $b14 / $t14 : 0) + ($t28 > 0 ? $b28 / $t28 : 0)) * (100 / 7)',
      {
        b7: positiveSum(buyingPressure, 7),
        t7: positiveSum(trueRange, 7),
        b14: positiveSum(buyingPressure, 14),
        t14: positiveSum(trueRange, 14),
        b28: positiveSum(buyingPressure, 28),
        t28: positiveSum(trueRange, 28),
      },
    ),
    unit: 'percent',
    meaning: 'Ultimate oscillator: buying pressure over true range, of 7, 14 and 28 bars, the shortest heaviest',
    formula:
      'b = close - min(low, previous close), t = trange; r(n) = sum of the last n b/sum of the last n t, 0 where the ' +
      'latter is 0; 100 (4 r(7) + 2 r(14) + r(28))/7',
    parameters: { short: 7, middle: 14, long: 28 },
    origin: 'TA-Lib',
    talib: 'ULTOSC',
    tradingSignals: '=f UltimateOscillator',
    storage: 'minute',
  },
  bop: {
    node: calc('$h - $l < 1e-14 ? 0 : ($c - $o) / ($h - $l)', { o: open, h: high, l: low, c: close }),
    unit: 'ratio',
    meaning: 'Balance of power: the body over the range, -1..1',
    formula: '(close - open)/(high - low); a range under 1e-14: 0',
    origin: 'TA-Lib',
    talib: 'BOP',
    tradingSignals: '= BOP',
    storage: 'minute',
  },
};

export const averageOscillators: Readonly<Record<string, ColumnSpec>> = {
  ao_5_34: {
    node: awesome,
    unit: 'price_diff',
    meaning: 'Awesome oscillator: mean of 5 bar middles less mean of 34',
    formula: 'SMA5(medprice) - SMA34(medprice)',
    parameters: { fast: 5, slow: 34 },
    origin: 'composed',
    talib: 'SMA+MEDPRICE',
    tradingSignals: '= AO',
    storage: 'minute',
  },
  ac_5_34_5: {
    node: calc('$ao - $mean', { ao: awesome, mean: sma(awesome, 5) }),
    unit: 'price_diff',
    meaning: 'Accelerator oscillator: the awesome oscillator less its mean of 5',
    formula: 'ao_5_34 - SMA5(ao_5_34)',
    parameters: { fast: 5, slow: 34, n: 5 },
    origin: 'composed',
    talib: 'SMA+MEDPRICE',
    tradingSignals: '=f AC',
  },
  elder_bull_13: {
    node: calc('$h - $e', { h: high, e: ema13 }),
    unit: 'price_diff',
    meaning: 'Elder ray, bull power: the high above the EMA of 13 closes',
    formula: 'high - EMA13(close), seeded with the mean of the first n closes',
    parameters: { n: 13 },
    origin: 'composed',
    talib: 'EMA',
    tradingSignals: '~ ElderRay',
    storage: 'minute',
    decimals: 2,
  },
  elder_bear_13: {
    node: calc('$l - $e', { l: low, e: ema13 }),
    unit: 'price_diff',
    meaning: 'Elder ray, bear power: the low above the EMA of 13 closes, mostly negative',
    formula: 'low - EMA13(close), seeded with the mean of the first n closes',
    parameters: { n: 13 },
    origin: 'composed',
    talib: 'EMA',
    tradingSignals: '~ ElderRay',
    storage: 'minute',
    decimals: 2,
  },
  disparity_20: {
    node: calc('$mean === 0 ? 0 : 100 * ($c - $mean) / $mean', { c: close, mean: sma(close, 20) }),
    unit: 'percent',
    meaning: 'Disparity: by how many percent the close differs from the mean of 20 closes',
    formula: '100 (close - sma_20)/sma_20; divisor 0: 0',
    parameters: { n: 20 },
    origin: 'composed',
    talib: 'SMA',
    tradingSignals: '= DisparityIndex',
    decimals: 4,
  },
  qstick_14: {
    node: sma(calc('$c - $o', { c: close, o: open }), 14),
    unit: 'price_diff',
    meaning: 'Qstick: mean body of 14 bars, rises positive',
    formula: 'mean of close - open over the last n bars',
    parameters: { n: 14 },
    origin: 'composed',
    talib: 'SMA',
    tradingSignals: '= Qstick',
  },
};
