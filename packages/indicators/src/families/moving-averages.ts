/** Averages of the close that follow it. */
import { ema, rma } from '../graph/averages.ts';
import { midprice } from '../graph/channel.ts';
import { ago, calc, close, volume } from '../graph/node.ts';
import { highest, lowest, sma, wma } from '../graph/windows.ts';
import { type ColumnSpec, defineFamily } from '../registry/define.ts';
import { hilbertAverages } from './cycle-averages.ts';
import { alma, hma, kama, mcginley, superSmoother, t3, trima, volumeWeighted } from './moving-averages-filters.ts';

/** `<prefix>_<n>` for each period. */
function byPeriod(
  prefix: string,
  periods: readonly number[],
  spec: (n: number) => ColumnSpec,
): Record<string, ColumnSpec> {
  return Object.fromEntries(periods.map((n) => [`${prefix}_${n}`, { parameters: { n }, ...spec(n) }]));
}

const e1 = ema(close, 20);
const e2 = ema(e1, 20);
const e3 = ema(e2, 20);

export const movingAverages = defineFamily('moving_averages', {
  ...byPeriod('sma', [5, 10, 20, 50, 100, 200], (n) => ({
    node: sma(close, n),
    unit: 'price',
    meaning: `Simple moving average of ${n} closes`,
    formula: 'mean of the last n closes; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'SMA',
    tradingSignals: '= SMA',
    storage: 'minute',
  })),
  ...byPeriod('ema', [9, 12, 20, 26, 50, 100, 200], (n) => ({
    node: ema(close, n),
    unit: 'price',
    meaning: `Exponential moving average of ${n} closes`,
    formula: 'k = 2/(n+1); e at bar n-1 = mean of closes 0..n-1, then e += (close - e) k',
    origin: 'TA-Lib',
    talib: 'EMA',
    tradingSignals: '~ EMA',
    storage: 'minute',
  })),
  wma_20: {
    node: wma(close, 20),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Linearly weighted moving average of 20 closes',
    formula: 'sum of the last n closes times 1..n, the newest times n, divided by n(n+1)/2; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'WMA',
    tradingSignals: '= WMA',
  },
  dema_20: {
    node: calc('2 * $e1 - $e2', { e1, e2 }),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Double exponential moving average: less lag than one EMA of the same period',
    formula:
      '2 e1 - e2; e1 = EMA n of close, e2 = EMA n of e1, each with k = 2/(n+1) and seeded with the mean of the first n values of what it averages; first at bar 2(n-1)',
    origin: 'TA-Lib',
    talib: 'DEMA',
    tradingSignals: '~ DEMA',
    storage: 'minute',
  },
  tema_20: {
    node: calc('3 * ($e1 - $e2) + $e3', { e1, e2, e3 }),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Triple exponential moving average: less lag still',
    formula: '3 e1 - 3 e2 + e3; e1 and e2 as in dema_20, e3 = EMA n of e2, seeded alike; first at bar 3(n-1)',
    origin: 'TA-Lib',
    talib: 'TEMA',
    tradingSignals: '~ TEMA',
    storage: 'minute',
  },
  trima_20: {
    node: trima(close, 20),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Triangular moving average: the middle of the window weighs most',
    formula: 'even n: SMA n/2+1 of SMA n/2 of close; odd n: SMA (n+1)/2 of SMA (n+1)/2; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'TRIMA',
    tradingSignals: '= TRIMA',
  },
  kama_10: {
    node: kama(close, 10, 2, 30),
    parameters: { n: 10, fast: 2, slow: 30 },
    unit: 'price',
    meaning: "Kaufman's adaptive moving average: fast on a straight way, slow in noise",
    formula:
      'net = close - close[n ago], path = sum of the last n abs(close - close[1 ago]); er = abs(net)/path, but 1 where path <= net or path is 0; sc = (er (2/(fast+1) - 2/(slow+1)) + 2/(slow+1))^2; k starts as the close of bar n-1; from bar n on, the first value, k += sc (close - k)',
    origin: 'TA-Lib',
    talib: 'KAMA',
    tradingSignals: '= KAMA',
    storage: 'minute',
  },
  t3_5: {
    node: t3(close, 5, 0.7),
    parameters: { n: 5, v: 0.7 },
    unit: 'price',
    meaning: "Tillson's T3: smooth, with little lag",
    formula:
      'e1 = EMA n of close, e2 = EMA n of e1, ... e6, each seeded with the mean of its first n inputs; T3 = c1 e6 + c2 e5 + c3 e4 + c4 e3, c1 = -v^3, c2 = 3(v^2 + v^3), c3 = -6v^2 - 3(v + v^3), c4 = 1 + 3v + v^3 + 3v^2; first at bar 6(n-1)',
    origin: 'TA-Lib',
    talib: 'T3',
    tradingSignals: '~ T3',
    storage: 'minute',
  },
  hma_20: {
    node: hma(close, 20),
    parameters: { n: 20 },
    unit: 'price',
    meaning: "Hull's moving average: weighted averages set against each other to lose their lag",
    formula:
      'WMA 4 of (2 WMA 10 of close - WMA 20 of close); periods n/2, n, and sqrt(n) rounded down; first at bar 22',
    origin: 'composed',
    talib: 'WMA',
    tradingSignals: '= HMA',
    storage: 'minute',
  },
  vwma_20: {
    node: volumeWeighted(close, volume, 20),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Average of 20 closes weighted by their volume',
    formula:
      'sum(close volume)/sum(volume) over the last n bars; no volume in them: their mean close; first at bar n-1',
    origin: 'composed',
    talib: 'SUM+SMA',
    tradingSignals: '= VWMA',
    storage: 'minute',
  },
  ...hilbertAverages,
  midpoint_14: {
    node: calc('($top + $bottom) / 2', { top: highest(close, 14), bottom: lowest(close, 14) }),
    parameters: { n: 14 },
    unit: 'price',
    meaning: 'Middle between the highest and the lowest of 14 closes',
    formula: '(highest close + lowest close)/2 of the last n bars; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'MIDPOINT',
  },
  midprice_14: {
    node: midprice(14),
    parameters: { n: 14 },
    unit: 'price',
    meaning: 'Middle of the range of 14 bars',
    formula: '(highest high + lowest low)/2 of the last n bars; first at bar n-1',
    origin: 'TA-Lib',
    talib: 'MIDPRICE',
  },
  rma_14: {
    node: rma(close, 14),
    parameters: { n: 14 },
    unit: 'price',
    meaning: "Wilder's moving average of 14 closes",
    formula: 'r at bar n-1 = mean of closes 0..n-1, then r += (close - r)/n',
    origin: 'own',
    tradingSignals: '= WSMA',
  },
  zlema_20: {
    node: ema(calc('2 * $c - $before', { c: close, before: ago(close, 9) }), 20),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Zero-lag exponential moving average: of closes carried on by what they moved over the lag',
    formula:
      'lag = (n-1)/2 rounded down = 9; x = 2 close - close[lag ago], from bar lag; EMA n of x, k = 2/(n+1), seeded with the mean of the first n x: first at bar lag + n-1 = 28',
    origin: 'own',
    tradingSignals: '~ ZLEMA',
    storage: 'minute',
  },
  alma_20: {
    node: alma(close, 20, 0.85, 6),
    parameters: { n: 20, offset: 0.85, sigma: 6 },
    unit: 'price',
    meaning: "Arnaud Legoux's moving average: weights on a bell curve near the newest closes",
    formula:
      'weights exp(-(i - m)^2 / (2 s^2)), i = 0 for the oldest of the last n closes .. n-1 for the newest, m = offset (n-1) = 16.15 (not rounded), s = n/sigma; sum(weight close)/sum(weight); first at bar n-1',
    origin: 'own',
    tradingSignals: '= ALMA',
  },
  mcginley_14: {
    node: mcginley(close, 14),
    parameters: { n: 14 },
    unit: 'price',
    meaning: "McGinley's dynamic: an average that minds the speed of the market",
    formula:
      'm of bar 0 = its close, then m += (close - m)/max(1, 0.6 n (close/m)^4), so that a step never passes the close; where m was not above 0, m = close; shown from bar n-1',
    origin: 'own',
    tradingSignals: '= McGinleyDynamic',
  },
  supersmoother_10: {
    node: superSmoother(close, 10),
    parameters: { n: 10 },
    unit: 'price',
    meaning: "Ehlers' two-pole SuperSmoother: passes waves longer than 10 bars",
    formula:
      'a = exp(-sqrt(2) pi/n), c2 = 2a cos(sqrt(2) pi/n), c3 = -a^2, c1 = 1 - c2 - c3; f = c1 (close + close[1 ago])/2 + c2 f[1 ago] + c3 f[2 ago]; f of bar 0, and of the bar before it, = close of bar 0; angles in radians; shown from bar n-1',
    origin: 'own',
    tradingSignals: '~ SuperSmoother',
  },
});
