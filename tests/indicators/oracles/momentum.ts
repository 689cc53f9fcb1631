import type { Series } from '../support/series.ts';
import { fisher, fisherBefore, laguerreRsi, schaff, streaks, tdSetup } from './momentum-recursive.ts';
import {
  ago,
  change,
  combine,
  from,
  mean,
  minus,
  perBar,
  plus,
  rollingMax,
  rollingMin,
  rollingSum,
  sum,
  times,
  windows,
} from './support/arrays.ts';
import { ema, sma, smoothed, wma } from './support/averages.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { closes, highestHigh, highs, lowestLow, lows, median, opens, trueRange, typical } from './support/prices.ts';

const ratio = (value: number, divisor: number): number => (divisor === 0 ? 0 : value / divisor);
const divide = (values: Values, divisors: Values): Values => combine(values, divisors, ratio);

/** Wilder means of rises and falls; in this order of operations, so that the last bits are TA-Lib's too. */
function gainsAndLosses(values: Values, n: number): readonly (readonly [gain: number, loss: number])[] {
  const moves = change(values);
  const means = (sign: number): Values => {
    const parts = moves.map((move) => Math.max(sign * move, 0));
    let last = Number.NaN;
    return parts.map((part, bar) => {
      if (bar === n) last = mean(parts.slice(1, n + 1));
      else if (bar > n) last = (last * (n - 1) + part) / n;
      return last;
    });
  };
  const losses = means(-1);
  return means(1).map((gain, bar) => [gain, losses[bar]!]);
}

const rsi = (values: Values, n: number): Values =>
  gainsAndLosses(values, n).map(([gain, loss]) => (gain + loss < 1e-14 ? 0 : 100 * (gain / (gain + loss))));

const roc = (values: Values, n: number): Values =>
  combine(values, ago(values, n), (value, before) => (before === 0 ? 0 : 100 * (value / before - 1)));

/** 0..100: where values lie between the ends of the last n bars. */
const stochastic = (values: Values, top: Values, bottom: Values): Values =>
  values.map((value, bar) => 100 * ratio(value - bottom[bar]!, top[bar]! - bottom[bar]!));

const rawK = (bars: Series): Values => stochastic(closes(bars), highestHigh(bars, 14), lowestLow(bars, 14));

function stochasticRsi(bars: Series): Values {
  const strength = rsi(closes(bars), 14);
  return stochastic(strength, rollingMax(strength, 14), rollingMin(strength, 14));
}

/** EMA12 - EMA26, the fast one seeded with closes 14..25. */
const macd = (bars: Series): Values => minus(ema(from(14, closes(bars)), 12), ema(closes(bars), 26));
const macdSignal = (bars: Series): Values => ema(macd(bars), 9);

const apo = (bars: Series): Values => minus(ema(closes(bars), 12), ema(closes(bars), 26));
const ppo = (bars: Series): Values => times(divide(apo(bars), ema(closes(bars), 26)), 100);

function trix(bars: Series): Values {
  const triple = ema(ema(ema(closes(bars), 15), 15), 15);
  return roc(triple, 1);
}

function trueStrength(bars: Series): Values {
  const moves = change(closes(bars));
  const twice = (values: Values): Values => ema(ema(values, 25), 13);
  return times(divide(twice(moves), twice(moves.map(Math.abs))), 100);
}

function ultimate(bars: Series): Values {
  const low = combine(lows(bars), ago(closes(bars), 1), Math.min);
  const pressure = minus(closes(bars), low);
  const term = (n: number): Values => divide(rollingSum(pressure, n), rollingSum(trueRange(bars), n));
  const [short, middle, long] = [term(7), term(14), term(28)];
  return perBar(bars.length, (bar) => (100 * (4 * short[bar]! + 2 * middle[bar]! + long[bar]!)) / 7);
}

const cci = (bars: Series): Values =>
  windows(typical(bars), 20, (window) => {
    const price = window.at(-1)!;
    const middle = mean(window);
    const spread = mean(window.map((value) => Math.abs(value - middle)));
    return spread <= 1e-12 * price ? 0 : (price - middle) / (0.015 * spread);
  });

function kst(bars: Series): Values {
  const close = closes(bars);
  const parts = [
    sma(roc(close, 10), 10),
    times(sma(roc(close, 15), 10), 2),
    times(sma(roc(close, 20), 10), 3),
    times(sma(roc(close, 30), 15), 4),
  ];
  return parts.reduce(plus);
}

const pmo = (bars: Series): Values => smoothed(times(smoothed(roc(closes(bars), 1), 35, 2 / 35), 10), 20, 2 / 20);

const awesome = (bars: Series): Values => minus(sma(median(bars), 5), sma(median(bars), 34));

/** Mean of the last four values, the middle two counted twice. */
const symmetric = (values: Values): Values => windows(values, 4, ([d, c, b, a]) => (a! + 2 * b! + 2 * c! + d!) / 6);

const vigor = (bars: Series): Values =>
  divide(
    rollingSum(symmetric(minus(closes(bars), opens(bars))), 10),
    rollingSum(symmetric(minus(highs(bars), lows(bars))), 10),
  );

function waveTrend(bars: Series): Values {
  const price = typical(bars);
  // Every distance on a scale of its own that starts at this bar's price: the rounding of prices decides nothing.
  const distance = price.map(
    (now, bar) =>
      -ema(
        price.slice(0, bar + 1).map((one) => one - now),
        10,
      )[bar]!,
  );
  const spread = ema(distance.map(Math.abs), 10);
  const channel = perBar(bars.length, (bar) =>
    spread[bar]! <= 1e-9 * (price[bar]! - distance[bar]!) ? 0 : distance[bar]! / (0.015 * spread[bar]!),
  );
  return ema(channel, 21);
}

function deMarker(bars: Series): Values {
  const positive = (values: Values): Values => values.map((value) => Math.max(value, 0));
  const up = rollingSum(positive(change(highs(bars))), 14);
  const down = rollingSum(positive(times(change(lows(bars)), -1)), 14);
  return combine(up, down, (rise, fall) => (rise + fall === 0 ? 0.5 : rise / (rise + fall)));
}

function connors(bars: Series): Values {
  const close = closes(bars);
  const rank = windows(roc(close, 1), 101, (window) => {
    const now = window.at(-1)!;
    return window.slice(0, 100).filter((before) => before < now).length;
  });
  const streak = rsi(streaks(close), 2);
  return rsi(close, 3).map((strength, bar) => (strength + streak[bar]! + rank[bar]!) / 3);
}

const overBars =
  (value: (open: number, high: number, low: number, close: number) => number): Oracle =>
  ({ length, open, high, low, close }) =>
    perBar(length, (bar) => value(open[bar]!, high[bar]!, low[bar]!, close[bar]!));

export const momentum: Oracles = {
  rsi_7: (bars) => rsi(closes(bars), 7),
  rsi_14: (bars) => rsi(closes(bars), 14),
  cmo_14: (bars) =>
    gainsAndLosses(closes(bars), 14).map(([gain, loss]) =>
      gain + loss < 1e-14 ? 0 : (100 * (gain - loss)) / (gain + loss),
    ),
  imi_14: (bars) =>
    windows(minus(closes(bars), opens(bars)), 14, (bodies) => {
      const total = sum(bodies.map(Math.abs));
      return total === 0 ? 50 : (100 * sum(bodies.filter((body) => body > 0))) / total;
    }),
  mom_10: (bars) => change(closes(bars), 10),
  roc_10: (bars) => roc(closes(bars), 10),
  rocp_10: (bars) => divide(change(closes(bars), 10), ago(closes(bars), 10)),
  rocr_10: (bars) => divide(closes(bars), ago(closes(bars), 10)),
  macd_12_26: (bars) => from(33, macd(bars)),
  macd_signal_9: macdSignal,
  macd_hist: (bars) => minus(macd(bars), macdSignal(bars)),
  apo_12_26: apo,
  ppo_12_26: ppo,
  ppo_signal_9: (bars) => ema(ppo(bars), 9),
  ppo_hist: (bars) => minus(ppo(bars), ema(ppo(bars), 9)),
  stoch_k_14_3: (bars) => from(17, sma(rawK(bars), 3)),
  stoch_d_3: (bars) => sma(sma(rawK(bars), 3), 3),
  stoch_j: (bars) => combine(sma(rawK(bars), 3), sma(sma(rawK(bars), 3), 3), (k, d) => 3 * k - 2 * d),
  stochf_k_14: (bars) => from(15, rawK(bars)),
  stochf_d_3: (bars) => sma(rawK(bars), 3),
  stochrsi_k_14: (bars) => from(29, stochasticRsi(bars)),
  stochrsi_d_3: (bars) => sma(stochasticRsi(bars), 3),
  willr_14: (bars) => {
    const [top, bottom] = [highestHigh(bars, 14), lowestLow(bars, 14)];
    return closes(bars).map((close, bar) => -100 * ratio(top[bar]! - close, top[bar]! - bottom[bar]!));
  },
  cci_20: cci,
  ultosc_7_14_28: ultimate,
  bop: overBars((open, high, low, close) => (high - low < 1e-14 ? 0 : (close - open) / (high - low))),
  trix_15: trix,
  trix_signal_9: (bars) => ema(trix(bars), 9),
  tsi_25_13: trueStrength,
  dpo_20: (bars) => minus(closes(bars), ago(sma(closes(bars), 20), 11)),
  coppock_14_11_10: (bars) => wma(plus(roc(closes(bars), 14), roc(closes(bars), 11)), 10),
  kst,
  kst_signal_9: (bars) => sma(kst(bars), 9),
  pmo,
  pmo_signal_10: (bars) => ema(pmo(bars), 10),
  ao_5_34: awesome,
  ac_5_34_5: (bars) => minus(awesome(bars), sma(awesome(bars), 5)),
  elder_bull_13: (bars) => minus(highs(bars), ema(closes(bars), 13)),
  elder_bear_13: (bars) => minus(lows(bars), ema(closes(bars), 13)),
  disparity_20: (bars) => times(divide(minus(closes(bars), sma(closes(bars), 20)), sma(closes(bars), 20)), 100),
  qstick_14: (bars) => sma(minus(closes(bars), opens(bars)), 14),
  fisher_10: fisher,
  fisher_signal: fisherBefore,
  stc_23_50_10: schaff,
  crsi_3_2_100: connors,
  demarker_14: deMarker,
  psl_12: (bars) => {
    const rises = change(closes(bars)).map((move) => (Number.isNaN(move) ? move : Number(move > 0)));
    return times(rollingSum(rises, 12), 100 / 12);
  },
  lrsi: laguerreRsi,
  rvgi_10: vigor,
  rvgi_signal: (bars) => symmetric(vigor(bars)),
  wt1: waveTrend,
  wt2: (bars) => sma(waveTrend(bars), 4),
  td_setup: tdSetup,
};
