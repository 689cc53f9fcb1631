import type { Series } from '../support/series.ts';
import { ago, change, combine, from, mean, minus, perBar, rollingSum, windows } from './support/arrays.ts';
import { ema, wilderSum } from './support/averages.ts';
import type { Oracles, Values } from './support/oracle.ts';
import { closes, highestHigh, highs, lowestLow, lows, trueRange } from './support/prices.ts';
import { regressionLine } from './support/regression.ts';

const N = 14;

/** Moves of one end of the bar that count: positive, and larger than those of the other end. */
function directionalMoves(bars: Series, end: 'up' | 'down'): Values {
  const up = change(highs(bars));
  const down = change(lows(bars)).map((move) => -move);
  const [moves, others] = end === 'up' ? [up, down] : [down, up];
  return combine(moves, others, (move, other) => {
    if (Number.isNaN(move)) return Number.NaN;
    return move > 0 && move > other ? move : 0;
  });
}

const dm = (bars: Series, end: 'up' | 'down'): Values => wilderSum(directionalMoves(bars, end), N);

const di = (bars: Series, end: 'up' | 'down'): Values =>
  from(
    N,
    combine(dm(bars, end), wilderSum(trueRange(bars), N), (move, range) => (range < 1e-14 ? 0 : (100 * move) / range)),
  );

/** NaN also where both are 0. */
function freshDx(bars: Series): Values {
  return combine(di(bars, 'up'), di(bars, 'down'), (up, down) =>
    up + down < 1e-14 ? Number.NaN : (100 * Math.abs(up - down)) / (up + down),
  );
}

function dx(bars: Series): Values {
  let last = 0;
  return freshDx(bars).map((value, bar) => {
    if (bar < N) return Number.NaN;
    if (!Number.isNaN(value)) last = value;
    return last;
  });
}

function adx(bars: Series): Values {
  const fresh = freshDx(bars);
  let last = Number.NaN;
  return fresh.map((value, bar) => {
    if (bar === 2 * N - 1) last = mean(fresh.slice(N, 2 * N).map((one) => (Number.isNaN(one) ? 0 : one)));
    else if (bar >= 2 * N && !Number.isNaN(value)) last = (last * (N - 1) + value) / N;
    return last;
  });
}

/** Bars since the newest of the extremes of the last n + 1 values, as 100 down to 0. */
const aroon = (values: Values, extreme: (...values: number[]) => number): Values =>
  windows(values, N + 1, (window) => (100 * window.lastIndexOf(extreme(...window))) / N);

function vortex(bars: Series, ends: Values, others: Values): Values {
  const moves = combine(ends, ago(others, 1), (end, before) => Math.abs(end - before));
  return combine(rollingSum(moves, N), rollingSum(trueRange(bars), N), (move, range) =>
    range === 0 ? 0 : move / range,
  );
}

function choppiness(bars: Series): Values {
  const [high, low] = [highestHigh(bars, N), lowestLow(bars, N)];
  return rollingSum(trueRange(bars), N).map((total, bar) => {
    const range = high[bar]! - low[bar]!;
    if (Number.isNaN(total)) return Number.NaN;
    return range === 0 ? 100 : (100 * Math.log10(total / range)) / Math.log10(N);
  });
}

function efficiency(bars: Series): Values {
  const path = rollingSum(change(closes(bars)).map(Math.abs), 10);
  return combine(change(closes(bars), 10), path, (net, total) => (total === 0 ? 0 : Math.abs(net) / total));
}

const slope = (bars: Series): Values => windows(closes(bars), N, (window) => regressionLine(window).slope);

function stack(bars: Series): Values {
  const close = closes(bars);
  const [fast, middle, slow] = [ema(close, 9), ema(close, 20), ema(close, 50)];
  return perBar(bars.length, (bar) => {
    const margin = 1e-12 * close[bar]!;
    const [first, second] = [fast[bar]! - middle[bar]!, middle[bar]! - slow[bar]!];
    if (Number.isNaN(second)) return Number.NaN;
    if (first > margin && second > margin) return 1;
    return first < -margin && second < -margin ? -1 : 0;
  });
}

export const trend: Oracles = {
  adx_14: adx,
  adxr_14: (bars) => combine(adx(bars), ago(adx(bars), N - 1), (now, before) => (now + before) / 2),
  dx_14: dx,
  plus_di_14: (bars) => di(bars, 'up'),
  minus_di_14: (bars) => di(bars, 'down'),
  plus_dm_14: (bars) => dm(bars, 'up'),
  minus_dm_14: (bars) => dm(bars, 'down'),
  aroon_up_14: (bars) => aroon(highs(bars), Math.max),
  aroon_down_14: (bars) => aroon(lows(bars), Math.min),
  aroonosc_14: (bars) => minus(aroon(highs(bars), Math.max), aroon(lows(bars), Math.min)),
  vortex_plus_14: (bars) => vortex(bars, highs(bars), lows(bars)),
  vortex_minus_14: (bars) => vortex(bars, lows(bars), highs(bars)),
  choppiness_14: choppiness,
  er_10: efficiency,
  linreg_slope_14: slope,
  linreg_angle_14: (bars) => slope(bars).map((value) => (Math.atan(value) * 180) / Math.PI),
  ma_stack: stack,
};
