import type { Series } from '../support/series.ts';
import {
  ago,
  combine,
  isFlat,
  mean,
  numbers,
  perBar,
  rollingMax,
  rollingMin,
  sum,
  variance,
  windows,
} from './support/arrays.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { closes } from './support/prices.ts';
import { regressionLine } from './support/regression.ts';
import { logReturns } from './support/returns.ts';

const deviations = (values: Values): Values => values.map((value) => value - mean(values));

const product = (a: Values, b: Values): number => sum(a.map((value, index) => value * b[index]!));

function correlation(a: Values, b: Values): number {
  if (isFlat(a) || isFlat(b)) return 0;
  const [x, y] = [deviations(a), deviations(b)];
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}

/** `value` of the last n of both, on every bar where all of them are known. */
const pairs = (a: Values, b: Values, n: number, value: (a: Values, b: Values) => number): Values =>
  perBar(a.length, (bar) => {
    const [from, to] = [Math.max(0, bar - n + 1), bar + 1];
    const [one, other] = [a.slice(from, to), b.slice(from, to)];
    return one.length < n || [...one, ...other].some(Number.isNaN) ? Number.NaN : value(one, other);
  });

const returns = (values: Values): Values =>
  combine(values, ago(values, 1), (now, before) => (before === 0 ? 0 : now / before - 1));

function beta(bars: Series): Values {
  const n = 30;
  return pairs(returns(closes(bars)), returns(numbers(bars.bench)), n, (own, index) => {
    const [x, y] = [deviations(own), deviations(index)];
    return n * product(y, y) < 1e-14 ? 0 : product(x, y) / product(y, y);
  });
}

/** Of standardised returns, to the power of `order`; 0 where returns do not differ. */
const moment =
  (order: number, normal: number): Oracle =>
  (bars) =>
    windows(logReturns(bars), 20, (window) =>
      variance(window) < 1e-24
        ? 0
        : mean(deviations(window).map((value) => value ** order)) / variance(window) ** (order / 2) - normal,
    );

const line =
  (x: number): Oracle =>
  (bars) =>
    windows(closes(bars), 14, (window) => {
      const { start, slope } = regressionLine(window);
      return start + slope * x;
    });

export const statistics: Oracles = {
  linreg_14: line(13),
  linreg_intercept_14: line(0),
  tsf_14: line(14),
  r2_14: (bars) => windows(closes(bars), 14, (window) => correlation(window, [...window.keys()]) ** 2),
  max_20: (bars) => rollingMax(closes(bars), 20),
  min_20: (bars) => rollingMin(closes(bars), 20),
  zscore_20: (bars) =>
    windows(closes(bars), 20, (window) =>
      variance(window) < 1e-14 ? 0 : (window.at(-1)! - mean(window)) / Math.sqrt(variance(window)),
    ),
  correl_bench_30: (bars) => pairs(closes(bars), numbers(bars.bench), 30, correlation),
  beta_bench_30: beta,
  skew_20: moment(3, 0),
  kurt_20: moment(4, 3),
  pct_rank_100: (bars) =>
    windows(closes(bars), 100, (window) => window.filter((close) => close < window.at(-1)!).length),
  autocorr_1_30: (bars) =>
    windows(logReturns(bars), 30, (window) => {
      const d = deviations(window);
      return product(d, d) < 30 * 1e-24 ? 0 : product(d.slice(1), d.slice(0, -1)) / product(d, d);
    }),
};
