/** How much prices move, whichever way. */
import { ema, rma } from '../graph/averages.ts';
import { stddev } from '../graph/deviation.ts';
import { meanDeviation } from '../graph/mean-deviation.ts';
import { ago, calc, close, type Node } from '../graph/node.ts';
import { positiveSum } from '../graph/positive-sums.ts';
import { atr, range, trueRange } from '../graph/ranges.ts';
import { percentRank } from '../graph/rank.ts';
import { logReturn } from '../graph/returns.ts';
import { highest, sum, variance } from '../graph/windows.ts';
import { type ColumnSpec, defineFamily } from '../registry/define.ts';
import { annualisedVolatility } from './volatility-annualised.ts';

/** Mean of the range over its own mean, summed: grows when ranges widen. */
function massIndex(smoothing: number, n: number): Node {
  const once = ema(range, smoothing);
  return sum(calc('$twice > 0 ? $once / $twice : 1', { once, twice: ema(once, smoothing) }), n);
}

function chaikinVolatility(n: number): Node {
  const mean = ema(range, n);
  // A mean that has died away over thousands of bars without a range would make the quotient overflow.
  return calc('$before > 1e-12 * $c ? ($mean - $before) / $before * 100 : 0', { mean, before: ago(mean, n), c: close });
}

function ulcer(n: number): Node {
  const top = highest(close, n);
  const square = calc('$top > 0 ? ($c - $top) / $top * (($c - $top) / $top) : 0', { c: close, top });
  return calc(`100 * Math.sqrt($s * ${1 / n})`, { s: positiveSum(square, n) });
}

function relativeVolatility(spread: number, n: number): Node {
  const inputs = { sd: stddev(close, spread), c: close, before: ago(close, 1) };
  const up = rma(calc('$c > $before ? $sd : 0', inputs), n);
  const down = rma(calc('$c < $before ? $sd : 0', inputs), n);
  return calc('$up + $down > 0 ? 100 * $up / ($up + $down) : 50', { up, down });
}

function averageTrueRange(n: number): ColumnSpec {
  return {
    node: atr(n),
    unit: 'price_diff',
    meaning: `Average true range of ${n} bars`,
    formula: 'seeded at bar n with the mean of trange of bars 1..n, then atr += (trange - atr)/n',
    parameters: { n },
    origin: 'TA-Lib',
    talib: 'ATR',
    tradingSignals: '~ ATR',
  };
}

export const volatility = defineFamily('volatility', {
  trange: {
    node: trueRange,
    unit: 'price_diff',
    meaning: "True range: the bar's range, stretched to the previous close",
    formula: 'max(high, previous close) - min(low, previous close); the first bar has none',
    origin: 'TA-Lib',
    talib: 'TRANGE',
    tradingSignals: '= TR',
    storage: 'minute',
  },
  atr_10: averageTrueRange(10),
  atr_14: { ...averageTrueRange(14), storage: 'minute' },
  natr_14: {
    node: calc('$c !== 0 ? 100 * $atr / $c : 0', { atr: atr(14), c: close }),
    unit: 'percent',
    meaning: 'Average true range of 14 bars in percent of the close',
    formula: '100 atr_14/close; close 0: 0',
    parameters: { n: 14 },
    origin: 'TA-Lib',
    talib: 'NATR',
    tradingSignals: '~ NATR',
    storage: 'minute',
    decimals: 4,
  },
  stddev_20: {
    node: stddev(close, 20),
    unit: 'price_diff',
    meaning: 'Standard deviation of 20 closes',
    formula: 'square root of var_20; a variance under 1e-14 gives 0',
    parameters: { n: 20 },
    origin: 'TA-Lib',
    talib: 'STDDEV',
    tradingSignals: '= getStandardDeviation',
    storage: 'minute',
  },
  var_20: {
    node: variance(close, 20),
    unit: 'score',
    meaning: 'Variance of 20 closes, rupees squared',
    formula: 'mean of (close - mean)^2 over the last n closes (population: divided by n); n equal closes: 0',
    parameters: { n: 20 },
    origin: 'TA-Lib',
    talib: 'VAR',
    tradingSignals: '= getStandardDeviation (squared)',
    decimals: 4,
  },
  avgdev_20: {
    node: meanDeviation(close, 20),
    unit: 'price_diff',
    meaning: 'Mean distance of 20 closes from their mean',
    formula:
      'mean of abs(close - mean) over the last n closes, around the mean of the same n closes; n equal closes: 0',
    parameters: { n: 20 },
    origin: 'TA-Lib',
    talib: 'AVGDEV',
    tradingSignals: '= MAD',
  },
  mass_index_25: {
    node: massIndex(9, 25),
    unit: 'score',
    meaning: 'Mass index: widening (over 25) or narrowing (under 25) of the range, over 25 bars',
    formula:
      'e1 = EMA9(high - low), e2 = EMA9(e1), each seeded with the mean of its first 9 values; ' +
      'sum of the last 25 e1/e2; e2 = 0: that ratio is 1',
    parameters: { smoothing: 9, n: 25 },
    origin: 'composed',
    talib: 'EMA',
    tradingSignals: '~ MassIndex',
    decimals: 3,
  },
  chaikin_vol_10: {
    node: chaikinVolatility(10),
    unit: 'percent',
    meaning: 'Chaikin volatility: change of the mean range over 10 bars',
    formula: 'e = EMA10(high - low); 100 (e - e[10 bars ago])/e[10 bars ago]; e[10 bars ago] not above 1e-12 close: 0',
    parameters: { n: 10 },
    origin: 'composed',
    talib: 'EMA+ROC',
    tradingSignals: '~ CVI',
  },
  log_return: {
    node: logReturn,
    unit: 'ratio',
    meaning: 'Log return from the previous close',
    formula: 'ln(close / previous close); either of them not above 0: 0',
    origin: 'composed',
    talib: 'LN',
    storage: 'minute',
    decimals: 6,
  },
  ...annualisedVolatility,
  ulcer_14: {
    node: ulcer(14),
    unit: 'percent',
    meaning: 'Ulcer index: root mean square drawdown from the highest of 14 closes',
    formula:
      'd = 100 (close - m)/m, m = highest of the last n closes (this one included), for each bar its own; m = 0: d = 0; ' +
      'square root of the mean of the last n d^2. First at bar 2(n - 1)',
    parameters: { n: 14 },
    origin: 'own',
    tradingSignals: '≠ UlcerIndex',
    decimals: 3,
  },
  rvi_14: {
    node: relativeVolatility(10, 14),
    unit: 'percent',
    meaning: 'Relative volatility index: share of the volatility that came with rising closes',
    formula:
      'sd = population standard deviation of the last 10 closes; u = sd if the close is above the one before, else 0; ' +
      'd = sd if below, else 0; both smoothed by Wilder, n = 14: seeded with the mean of the first n (bars 9..22), ' +
      'then r += (x - r)/n; 100 U/(U + D); U + D = 0: 50',
    parameters: { spread: 10, n: 14 },
    origin: 'own',
    tradingSignals: '= RelativeVolatilityIndex',
  },
  atr_rank_100: {
    node: percentRank(atr(14), 100),
    unit: 'percent',
    meaning: 'Where atr_14 stands among its last 100 values, 0..99: the share of them that are below it',
    formula: 'number of the last n = 100 values of atr_14, this one included, that are below this one, times 100/n',
    parameters: { atr: 14, n: 100 },
    origin: 'own',
    storage: 'minute',
    decimals: 0,
  },
});
