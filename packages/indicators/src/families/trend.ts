/** Direction of a trend and its strength. */
import { ema } from '../graph/averages.ts';
import { highestHigh, lowestLow } from '../graph/channel.ts';
import { ago, calc, close, high, kernel, low } from '../graph/node.ts';
import { path, positiveSum } from '../graph/positive-sums.ts';
import { trueRange } from '../graph/ranges.ts';
import { regression } from '../graph/regression.ts';
import { barsSince } from '../graph/windows.ts';
import { defineFamily } from '../registry/define.ts';
import { directional } from './trend-directional.ts';

const sinceHigh = barsSince(highestHigh(15), high, 15);
const sinceLow = barsSince(lowestLow(15), low, 15);
const PER_BAR = 100 / 14;

const vortexMoves = kernel({
  name: 'vortexMoves',
  inputs: { h: high, l: low },
  history: { h: 1, l: 1 },
  outputs: { plus: 1, minus: 1 },
  code: `
    if (n > 0) {
      $plus = Math.abs($h - $l[1]);
      $minus = Math.abs($l - $h[1]);
    }`,
});
const ranges = positiveSum(trueRange, 14);

const slope = regression(close, 14).slope;

export const trend = defineFamily('trend', {
  ...directional,
  aroon_up_14: {
    node: calc(`${PER_BAR} * (14 - $since)`, { since: sinceHigh }),
    parameters: { n: 14 },
    unit: 'percent',
    meaning: 'How recent the highest high is: 100 on this bar, 0 14 bars ago',
    formula: '100 (n - bars since the highest high of the last n+1 bars)/n; of equal highs the newest',
    origin: 'TA-Lib',
    talib: 'AROON',
    tradingSignals: '= Aroon',
    storage: 'minute',
  },
  aroon_down_14: {
    node: calc(`${PER_BAR} * (14 - $since)`, { since: sinceLow }),
    parameters: { n: 14 },
    unit: 'percent',
    meaning: 'How recent the lowest low is: 100 on this bar, 0 14 bars ago',
    formula: '100 (n - bars since the lowest low of the last n+1 bars)/n; of equal lows the newest',
    origin: 'TA-Lib',
    talib: 'AROON',
    tradingSignals: '= Aroon',
    storage: 'minute',
  },
  aroonosc_14: {
    node: calc(`${PER_BAR} * ($sinceLow - $sinceHigh)`, { sinceLow, sinceHigh }),
    parameters: { n: 14 },
    unit: 'percent',
    meaning: 'Aroon up less Aroon down',
    formula: 'aroon_up_14 - aroon_down_14',
    origin: 'TA-Lib',
    talib: 'AROONOSC',
    tradingSignals: '= Aroon (subtract)',
  },
  vortex_plus_14: {
    node: calc('$ranges > 0 ? $moves / $ranges : 0', { ranges, moves: positiveSum(vortexMoves.plus, 14) }),
    parameters: { n: 14 },
    unit: 'ratio',
    meaning: 'Vortex, upward: ways from low to next high, in true ranges',
    formula: 'sum of abs(high - low before) over the last n bars / sum of their true ranges; no range: 0',
    origin: 'composed',
    talib: 'SUM+TRANGE',
    tradingSignals: '= VortexIndicator',
    storage: 'minute',
  },
  vortex_minus_14: {
    node: calc('$ranges > 0 ? $moves / $ranges : 0', { ranges, moves: positiveSum(vortexMoves.minus, 14) }),
    parameters: { n: 14 },
    unit: 'ratio',
    meaning: 'Vortex, downward: ways from high to next low, in true ranges',
    formula: 'sum of abs(low - high before) over the last n bars / sum of their true ranges; no range: 0',
    origin: 'composed',
    talib: 'SUM+TRANGE',
    tradingSignals: '= VortexIndicator',
    storage: 'minute',
  },
  choppiness_14: {
    node: calc(`$top > $bottom ? ${100 / Math.log(14)} * Math.log($ranges / ($top - $bottom)) : 100`, {
      top: highestHigh(14),
      bottom: lowestLow(14),
      ranges,
    }),
    parameters: { n: 14 },
    unit: 'percent',
    meaning: 'Choppiness: 0 a straight way, 100 much movement that leads nowhere',
    formula:
      '100 log10(sum of the last n true ranges / (highest high - lowest low of the last n bars))/log10 n; no range: 100; over 100 where a gap lies before the window',
    origin: 'composed',
    talib: 'SUM+TRANGE+MAX+MIN',
    tradingSignals: '≠ CHOP',
    storage: 'minute',
  },
  er_10: {
    node: calc('$way > 0 ? Math.abs($c - $before) / $way : 0', {
      c: close,
      before: ago(close, 10),
      way: path(close, 10),
    }),
    parameters: { n: 10 },
    unit: 'ratio',
    meaning: "Kaufman's efficiency ratio: how straight the way of 10 bars was, 0..1",
    formula: 'abs(close - close of n bars ago)/sum of the last n absolute changes of the close; no change: 0',
    origin: 'composed',
    talib: 'MOM+SUM',
    tradingSignals: '≠ ER',
    storage: 'minute',
  },
  linreg_slope_14: {
    node: slope,
    parameters: { n: 14 },
    unit: 'price_diff',
    meaning: 'Slope of the regression line through 14 closes, rupees a bar',
    formula: 'slope of the line of least squares through the last n closes, bars counted 0..n-1',
    origin: 'TA-Lib',
    talib: 'LINEARREG_SLOPE',
    tradingSignals: '= LinearRegression',
    storage: 'minute',
    decimals: 3,
  },
  linreg_angle_14: {
    node: calc(`${180 / Math.PI} * Math.atan($slope)`, { slope }),
    parameters: { n: 14 },
    unit: 'score',
    meaning: 'Angle of the regression line through 14 closes, degrees',
    formula: 'arc tangent of linreg_slope_14, in degrees',
    origin: 'TA-Lib',
    talib: 'LINEARREG_ANGLE',
  },
  ma_stack: {
    node: calc(
      '$fast - $middle > 1e-12 * $c && $middle - $slow > 1e-12 * $c ? 1 : $middle - $fast > 1e-12 * $c && $slow - $middle > 1e-12 * $c ? -1 : 0',
      { c: close, fast: ema(close, 9), middle: ema(close, 20), slow: ema(close, 50) },
    ),
    parameters: { fast: 9, middle: 20, slow: 50 },
    unit: 'flag',
    meaning: 'Order of three exponential averages: 1 rising, -1 falling, 0 mixed',
    formula:
      '1 if ema_9 > ema_20 > ema_50, -1 if ema_9 < ema_20 < ema_50, else 0; differences up to 1e-12 of the close count as none',
    origin: 'own',
    storage: 'minute',
  },
});
