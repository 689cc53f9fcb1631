import type { Series } from '../support/series.ts';
import {
  ago,
  combine,
  highest,
  isFlat,
  mean,
  minus,
  perBar,
  plus,
  rollingSum,
  times,
  variance,
  windows,
} from './support/arrays.ts';
import { ema, sma, wilder } from './support/averages.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { atr, closes, highs, lows, opens, trueRange } from './support/prices.ts';
import { logRatios, logReturns } from './support/returns.ts';

const BARS_A_YEAR = 252 * 375;

const percentAYear = (variances: Values): Values => variances.map((value) => 100 * Math.sqrt(value * BARS_A_YEAR));

const sampleVariance = (values: Values): number => (variance(values) * values.length) / (values.length - 1);

const ranges = (bars: Series): Values => minus(highs(bars), lows(bars));

const standardDeviation = (bars: Series, n: number): Values =>
  windows(closes(bars), n, (window) => Math.sqrt(variance(window)));

function massIndex(bars: Series): Values {
  const once = ema(ranges(bars), 9);
  const ratio = combine(once, ema(once, 9), (first, second) => (second === 0 ? 1 : first / second));
  return rollingSum(ratio, 25);
}

function chaikin(bars: Series): Values {
  const average = ema(ranges(bars), 10);
  const before = ago(average, 10);
  return closes(bars).map((close, bar) =>
    before[bar]! <= 1e-12 * close ? 0 : (100 * (average[bar]! - before[bar]!)) / before[bar]!,
  );
}

/** Prices as the annualised columns count them: equal where the low is 0. */
function logs(bars: Series): Record<'highLow' | 'closeOpen' | 'rogersSatchell', Values> {
  const [open, high, low, close] = [opens(bars), highs(bars), lows(bars), closes(bars)];
  const highClose = logRatios(high, close);
  const highOpen = logRatios(high, open);
  const lowClose = logRatios(low, close);
  const lowOpen = logRatios(low, open);
  const whole = (values: Values): Values => values.map((value, bar) => (low[bar] === 0 ? 0 : value));
  const rogersSatchell = highClose.map((value, bar) => value * highOpen[bar]! + lowClose[bar]! * lowOpen[bar]!);
  return {
    highLow: whole(logRatios(high, low)),
    closeOpen: whole(logRatios(close, open)),
    rogersSatchell: whole(rogersSatchell),
  };
}

function parkinson(bars: Series): Values {
  const squares = logs(bars).highLow.map((value) => value ** 2);
  return percentAYear(times(sma(squares, 20), 1 / (4 * Math.LN2)));
}

function garmanKlass(bars: Series): Values {
  const { highLow, closeOpen } = logs(bars);
  const terms = combine(highLow, closeOpen, (range, body) => 0.5 * range ** 2 - (2 * Math.LN2 - 1) * body ** 2);
  return percentAYear(sma(terms, 20));
}

function yangZhang(bars: Series): Values {
  const n = 20;
  const k = 0.34 / (1.34 + (n + 1) / (n - 1));
  const { closeOpen, rogersSatchell } = logs(bars);
  const gaps = windows(logRatios(opens(bars), ago(closes(bars), 1)), n, sampleVariance);
  const bodies = windows(closeOpen, n, sampleVariance);
  return percentAYear(plus(gaps, plus(times(bodies, k), times(sma(rogersSatchell, n), 1 - k))));
}

function ulcer(bars: Series): Values {
  const drawdown = combine(closes(bars), windows(closes(bars), 14, highest), (close, top) =>
    top === 0 ? 0 : (100 * (close - top)) / top,
  );
  return windows(drawdown, 14, (window) => Math.sqrt(mean(window.map((value) => value ** 2))));
}

function relativeVolatility(bars: Series): Values {
  const { close } = bars;
  const sd = standardDeviation(bars, 10);
  const up = wilder(
    perBar(bars.length, (bar) => (close[bar]! > close[bar - 1]! ? sd[bar]! : 0 * sd[bar]!)),
    14,
  );
  const down = wilder(
    perBar(bars.length, (bar) => (close[bar]! < close[bar - 1]! ? sd[bar]! : 0 * sd[bar]!)),
    14,
  );
  return combine(up, down, (rising, falling) => (rising + falling === 0 ? 50 : (100 * rising) / (rising + falling)));
}

const averageRange =
  (n: number): Oracle =>
  (bars) =>
    atr(bars, n);

export const volatility: Oracles = {
  trange: trueRange,
  atr_10: averageRange(10),
  atr_14: averageRange(14),
  natr_14: (bars) => combine(atr(bars, 14), closes(bars), (range, close) => (100 * range) / close),
  stddev_20: (bars) => standardDeviation(bars, 20).map((sd) => (sd ** 2 < 1e-14 ? 0 : sd)),
  var_20: (bars) => windows(closes(bars), 20, (window) => (isFlat(window) ? 0 : variance(window))),
  avgdev_20: (bars) =>
    windows(closes(bars), 20, (window) => mean(window.map((close) => Math.abs(close - mean(window))))),
  mass_index_25: massIndex,
  chaikin_vol_10: chaikin,
  log_return: logReturns,
  hv_20: (bars) => percentAYear(windows(logReturns(bars), 20, sampleVariance)),
  parkinson_20: parkinson,
  garman_klass_20: garmanKlass,
  rogers_satchell_20: (bars) => percentAYear(sma(logs(bars).rogersSatchell, 20)),
  yang_zhang_20: yangZhang,
  ulcer_14: ulcer,
  rvi_14: relativeVolatility,
  atr_rank_100: (bars) =>
    windows(atr(bars, 14), 100, (window) => window.filter((range) => range < window.at(-1)!).length),
};
