import type { Series } from '../support/series.ts';
import { ago, combine, from, highest, lowest, minus, perBar, plus, sum, times, windows } from './support/arrays.ts';
import { ema, sma, wilder, wma } from './support/averages.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { closes, midprice, volumes } from './support/prices.ts';

/** EMAs of EMAs: the first, the second ... */
function chain(values: Values, n: number, count: number): readonly Values[] {
  const averages = [ema(values, n)];
  while (averages.length < count) averages.push(ema(averages.at(-1)!, n));
  return averages;
}

function doubled(bars: Series): Values {
  const [first, second] = chain(closes(bars), 20, 2) as [Values, Values];
  return minus(times(first, 2), second);
}

function tripled(bars: Series): Values {
  const [first, second, third] = chain(closes(bars), 20, 3) as [Values, Values, Values];
  return plus(times(minus(first, second), 3), third);
}

function tillson(bars: Series): Values {
  const v = 0.7;
  const averages = chain(closes(bars), 5, 6);
  const weights = [
    0,
    0,
    1 + 3 * v + v ** 3 + 3 * v ** 2,
    -6 * v ** 2 - 3 * (v + v ** 3),
    3 * (v ** 2 + v ** 3),
    -(v ** 3),
  ];
  return perBar(bars.length, (bar) => sum(averages.map((average, index) => weights[index]! * average[bar]!)));
}

function kaufman(bars: Series): Values {
  const n = 10;
  const [fast, slow] = [2 / (2 + 1), 2 / (30 + 1)];
  const close = closes(bars);
  let last = close[n - 1]!;
  return perBar(bars.length, (bar) => {
    if (bar < n) return Number.NaN;
    const net = close[bar]! - close[bar - n]!;
    let path = 0;
    for (let k = 0; k < n; k += 1) path += Math.abs(close[bar - k]! - close[bar - k - 1]!);
    const efficiency = path <= net || path === 0 ? 1 : Math.abs(net) / path;
    last += (efficiency * (fast - slow) + slow) ** 2 * (close[bar]! - last);
    return last;
  });
}

function hull(bars: Series): Values {
  const close = closes(bars);
  return wma(minus(times(wma(close, 10), 2), wma(close, 20)), 4);
}

function volumeWeighted(bars: Series): Values {
  const products = combine(closes(bars), volumes(bars), (close, volume) => close * volume);
  const volume = windows(volumes(bars), 20, sum);
  const plain = sma(closes(bars), 20);
  return windows(products, 20, sum).map((total, bar) => (volume[bar] === 0 ? plain[bar]! : total / volume[bar]!));
}

function zeroLag(bars: Series): Values {
  const close = closes(bars);
  return ema(minus(times(close, 2), ago(close, 9)), 20);
}

function legoux(bars: Series): Values {
  const n = 20;
  const weights = Array.from({ length: n }, (_, i) => Math.exp(-((i - 0.85 * (n - 1)) ** 2) / (2 * (n / 6) ** 2)));
  return windows(closes(bars), n, (window) => sum(window.map((close, i) => close * weights[i]!)) / sum(weights));
}

function mcginley(bars: Series): Values {
  let last = Number.NaN;
  const values = closes(bars).map((close, bar) => {
    if (bar === 0 || last <= 0) last = close;
    else last += (close - last) / Math.max(1, 0.6 * 14 * (close / last) ** 4);
    return last;
  });
  return from(13, values);
}

function superSmoother(bars: Series): Values {
  const angle = (Math.SQRT2 * Math.PI) / 10;
  const a = Math.exp(-angle);
  const c2 = 2 * a * Math.cos(angle);
  const c3 = -a * a;
  const close = closes(bars);
  const values: number[] = [];
  for (const [bar, now] of close.entries()) {
    const [first, second] = [values[bar - 1] ?? close[0]!, values[bar - 2] ?? close[0]!];
    values.push(bar === 0 ? now : ((1 - c2 - c3) * (now + close[bar - 1]!)) / 2 + c2 * first + c3 * second);
  }
  return from(9, values);
}

const simple =
  (n: number): Oracle =>
  (bars) =>
    sma(closes(bars), n);

const exponential =
  (n: number): Oracle =>
  (bars) =>
    ema(closes(bars), n);

export const movingAverages: Oracles = {
  sma_5: simple(5),
  sma_10: simple(10),
  sma_20: simple(20),
  sma_50: simple(50),
  sma_100: simple(100),
  sma_200: simple(200),
  ema_9: exponential(9),
  ema_12: exponential(12),
  ema_20: exponential(20),
  ema_26: exponential(26),
  ema_50: exponential(50),
  ema_100: exponential(100),
  ema_200: exponential(200),
  wma_20: (bars) => wma(closes(bars), 20),
  dema_20: doubled,
  tema_20: tripled,
  trima_20: (bars) => sma(sma(closes(bars), 10), 11),
  kama_10: kaufman,
  t3_5: tillson,
  hma_20: hull,
  vwma_20: volumeWeighted,
  midpoint_14: (bars) => windows(closes(bars), 14, (window) => (highest(window) + lowest(window)) / 2),
  midprice_14: (bars) => midprice(bars, 14),
  rma_14: (bars) => wilder(closes(bars), 14),
  zlema_20: zeroLag,
  alma_20: legoux,
  mcginley_14: mcginley,
  supersmoother_10: superSmoother,
};
