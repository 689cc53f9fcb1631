/** What statistics say of the last closes and returns. */
import { stddev } from '../graph/deviation.ts';
import { bench, calc, close } from '../graph/node.ts';
import { percentRank } from '../graph/rank.ts';
import { regression } from '../graph/regression.ts';
import { logReturn } from '../graph/returns.ts';
import { highest, lowest, sma, variance } from '../graph/windows.ts';
import { defineFamily } from '../registry/define.ts';
import { beta, correlation } from './statistics-bench.ts';
import { autocorrelation, shape } from './statistics-moments.ts';

const line = regression(close, 14);
const returns = shape(logReturn, 20);

export const statistics = defineFamily('statistics', {
  linreg_14: {
    node: line.end,
    parameters: { n: 14 },
    unit: 'price',
    meaning: 'End of the regression line through 14 closes',
    formula:
      'line of least squares through the last n closes at x = 0 (oldest) .. n-1 (newest), its value at n-1; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'LINEARREG',
    tradingSignals: '= intercept + 13 * slope',
    storage: 'minute',
  },
  linreg_intercept_14: {
    node: line.intercept,
    parameters: { n: 14 },
    unit: 'price',
    meaning: 'Start of the regression line through 14 closes',
    formula: 'line as in linreg_14, its value at x = 0, the oldest bar; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'LINEARREG_INTERCEPT',
    tradingSignals: '= LinearRegression',
  },
  tsf_14: {
    node: calc('$end + $slope', { end: line.end, slope: line.slope }),
    parameters: { n: 14 },
    unit: 'price',
    meaning: 'Time series forecast: the regression line one bar ahead',
    formula: 'line as in linreg_14, its value at x = n; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'TSF',
    tradingSignals: '= LinearRegression.prediction',
  },
  r2_14: {
    node: calc(`$v > 0 ? Math.min(1, $slope * $slope * ${(14 ** 2 - 1) / 12} / $v) : 0`, {
      slope: line.slope,
      v: variance(close, 14),
    }),
    parameters: { n: 14 },
    unit: 'ratio',
    meaning: 'Share of the variance of 14 closes that their regression line explains',
    formula:
      'square of the correlation of the last n closes with time = slope^2 (n^2 - 1)/12 / population variance, at most 1; all closes equal: 0; first at bar n-1',
    origin: 'own',
    storage: 'minute',
  },
  max_20: {
    node: highest(close, 20),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Highest of 20 closes',
    formula: 'highest of the last n closes; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'MAX',
  },
  min_20: {
    node: lowest(close, 20),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Lowest of 20 closes',
    formula: 'lowest of the last n closes; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'MIN',
  },
  zscore_20: {
    node: calc('$sd > 0 ? ($c - $mean) / $sd : 0', { c: close, mean: sma(close, 20), sd: stddev(close, 20) }),
    parameters: { n: 20 },
    unit: 'ratio',
    meaning: 'Distance of the close from the mean of 20, in standard deviations',
    formula:
      '(close - SMA n)/sd, sd = population standard deviation of the last n closes; a variance under 1e-14: 0; first at bar n-1',
    origin: 'composed',
    talib: 'SMA+STDDEV',
    storage: 'minute',
  },
  correl_bench_30: {
    node: correlation(close, bench, 30),
    parameters: { n: 30 },
    unit: 'ratio',
    meaning: 'Correlation with the benchmark index over 30 bars',
    formula:
      "Pearson's correlation of close and bench over the last n bars; one of the two does not move in them: 0; null until the last n bars all have a bench",
    origin: 'TA-Lib',
    talib: 'CORREL',
  },
  beta_bench_30: {
    node: beta(close, bench, 30),
    parameters: { n: 30 },
    unit: 'ratio',
    meaning: 'Beta against the benchmark index, of 30 one-bar returns',
    formula:
      'with returns value/value[1 ago] - 1: covariance of the last n returns of close and bench over the variance of those of bench; n^2 times that variance (population) under 1e-14: 0; a return from 0 counts 0; null until the last n+1 bars all have a bench',
    origin: 'TA-Lib',
    talib: 'BETA',
  },
  skew_20: {
    node: returns.skewness,
    parameters: { n: 20 },
    unit: 'ratio',
    meaning: 'Skewness of 20 log returns: above 0, the large ones are gains',
    formula:
      'r = ln(close/close[1 ago]), from bar 1; over the last n r, around their mean, divided by n: m3/m2^1.5; m2 under 1e-24: 0; first at bar n',
    origin: 'own',
  },
  kurt_20: {
    node: returns.kurtosis,
    parameters: { n: 20 },
    unit: 'ratio',
    meaning: 'Excess kurtosis of 20 log returns: above 0, a few large ones and many small',
    formula: 'r and moments as in skew_20: m4/m2^2 - 3; m2 under 1e-24: 0; first at bar n',
    origin: 'own',
  },
  pct_rank_100: {
    node: percentRank(close, 100),
    parameters: { n: 100 },
    unit: 'percent',
    meaning: 'Percent of the last 100 closes that lie below this one',
    formula: '100 (number of the last n closes, this one included, that are less than this one)/n; first at bar n-1',
    origin: 'own',
    storage: 'minute',
  },
  autocorr_1_30: {
    node: autocorrelation(logReturn, 30),
    parameters: { lag: 1, n: 30 },
    unit: 'ratio',
    meaning: 'Autocorrelation of log returns: above 0 moves go on, below 0 they are taken back',
    formula:
      'r = ln(close/close[1 ago]), from bar 1; d = r - mean of the last n r; sum over the newest n-1 of d d[1 ago], divided by the sum over all n of d^2; that sum under n 1e-24: 0; first at bar n',
    origin: 'own',
  },
});
