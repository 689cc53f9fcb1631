import type { Series } from '../support/series.ts';
import {
  ago,
  change,
  combine,
  isFlat,
  mean,
  minus,
  perBar,
  rollingSum,
  sum,
  variance,
  windows,
} from './support/arrays.ts';
import { ema, sma } from './support/averages.ts';
import type { Oracles, Values } from './support/oracle.ts';
import { closes, highs, lows, median, typical, volumes } from './support/prices.ts';
import { sinceOpening } from './support/sessions.ts';

/** Sum of all values so far. */
const total = (values: Values): Values => values.map((_, bar) => sum(values.slice(0, bar + 1)));

const ratio = (a: Values, b: Values): Values => combine(a, b, (one, other) => (other === 0 ? 0 : one / other));

const balance = ({ length, close, volume }: Series): Values =>
  total(perBar(length, (bar) => volume[bar]! * (bar === 0 ? 1 : Math.sign(close[bar]! - close[bar - 1]!))));

const delta = ({ length, high, low, close, volume }: Series): Values =>
  perBar(length, (bar) => {
    const range = high[bar]! - low[bar]!;
    return range === 0 ? 0 : ((2 * close[bar]! - high[bar]! - low[bar]!) / range) * volume[bar]!;
  });

/** An average that starts as the first value. */
function fromFirst(values: Values, n: number): Values {
  let last = values[0]!;
  return values.map((value) => {
    last += ((value - last) * 2) / (n + 1);
    return last;
  });
}

function moneyFlow(bars: Series): Values {
  const price = typical(bars);
  const flow = combine(price, volumes(bars), (tp, volume) => tp * volume);
  const direction = change(price).map(Math.sign);
  return windows(
    combine(flow, direction, (value, sign) => value * sign),
    14,
    (window) => {
      const up = sum(window.filter((value) => value > 0));
      const all = sum(window.map(Math.abs));
      return all < 1 ? 0 : (100 * up) / all;
    },
  );
}

function zscore(volume: Values): Values {
  return windows(volume, 20, (window) => {
    const newest = window.at(-1)!;
    return isFlat(window) ? 0 : (newest - mean(window)) / Math.sqrt(variance(window));
  });
}

function oscillator(bars: Series): Values {
  const volume = volumes(bars);
  return combine(ema(volume, 12), ema(volume, 26), (fast, slow) => (slow === 0 ? 0 : (100 * (fast - slow)) / slow));
}

function easeOfMovement(bars: Series): Values {
  const moves = change(median(bars));
  const terms = moves.map((move, bar) => {
    const volume = bars.volume[bar]!;
    if (bar === 0) return Number.NaN;
    return volume === 0 ? 0 : (move * (bars.high[bar]! - bars.low[bar]!)) / (volume / 10_000);
  });
  return sma(terms, 14);
}

function klinger(bars: Series): Values {
  const price = typical(bars);
  const range = minus(highs(bars), lows(bars));
  let trend = 0;
  let span = 0;
  const force = perBar(bars.length, (bar) => {
    if (bar === 0) return Number.NaN;
    const moved = price[bar]! - price[bar - 1]!;
    const direction = Math.abs(moved) <= 1e-12 * price[bar]! ? 0 : Math.sign(moved);
    if (direction !== 0 && direction !== trend) {
      trend = direction;
      span = range[bar - 1]!;
    }
    span += range[bar]!;
    if (span === 0) return 0;
    return (trend === 0 ? 1 : trend) * 100 * bars.volume[bar]! * Math.abs((2 * range[bar]!) / span - 1);
  });
  return minus(ema(force, 34), ema(force, 55));
}

/** 1000, moved with the close on the bars that count. */
function volumeIndex({ length, close, volume }: Series, counts: (volume: number, before: number) => boolean): Values {
  let index = 1000;
  return perBar(length, (bar) => {
    const [before, now] = [close[bar - 1]!, close[bar]!];
    if (bar > 0 && before !== 0 && now !== 0 && counts(volume[bar]!, volume[bar - 1]!)) index *= now / before;
    return index;
  });
}

function trend({ length, close, volume }: Series): Values {
  let value = 0;
  return perBar(length, (bar) => {
    if (bar === 0) return Number.NaN;
    const before = close[bar - 1]!;
    if (before !== 0) value += (volume[bar]! * (close[bar]! - before)) / before;
    return value;
  });
}

function williams({ length, high, low, close }: Series): Values {
  let value = 0;
  return perBar(length, (bar) => {
    if (bar === 0) return Number.NaN;
    const [before, now] = [close[bar - 1]!, close[bar]!];
    if (now > before) value += now - Math.min(low[bar]!, before);
    if (now < before) value += now - Math.max(high[bar]!, before);
    return value;
  });
}

function ofMinute({ length, session, minuteOfDay, volume }: Series): Values {
  const known = [...new Set(minuteOfDay)].slice(0, 512);
  return perBar(length, (bar) => {
    const now = session[bar]!;
    const lastOf = new Map<number, number>();
    for (let other = 0; other < bar; other += 1) {
      if (minuteOfDay[other] === minuteOfDay[bar]) lastOf.set(session[other]!, volume[other]!);
    }
    const isAgain = lastOf.delete(now);
    const before = [...lastOf.values()].slice(isAgain ? -9 : -10);
    if (before.length === 0 || !known.includes(minuteOfDay[bar]!)) return Number.NaN;
    return mean(before) === 0 ? 0 : volume[bar]! / mean(before);
  });
}

export const volume: Oracles = {
  obv: balance,
  ad: (bars) => total(delta(bars)),
  adosc_3_10: (bars) => {
    const line = total(delta(bars));
    return minus(fromFirst(line, 3), fromFirst(line, 10)).map((value, bar) => (bar < 9 ? Number.NaN : value));
  },
  mfi_14: moneyFlow,
  cmf_20: (bars) => ratio(rollingSum(delta(bars), 20), rollingSum(volumes(bars), 20)),
  force_13: (bars) =>
    ema(
      combine(change(closes(bars)), volumes(bars), (move, volume) => move * volume),
      13,
    ),
  vol_sma_20: (bars) => sma(volumes(bars), 20),
  vol_sum_20: (bars) => rollingSum(volumes(bars), 20),
  rvol_20: (bars) => ratio(volumes(bars), sma(volumes(bars), 20)),
  vol_zscore_20: (bars) => zscore(volumes(bars)),
  vroc_14: (bars) => ratio(change(volumes(bars), 14), ago(volumes(bars), 14)).map((share) => 100 * share),
  pvo_12_26: oscillator,
  pvo_signal_9: (bars) => ema(oscillator(bars), 9),
  pvo_hist: (bars) => minus(oscillator(bars), ema(oscillator(bars), 9)),
  emv_14: easeOfMovement,
  kvo_34_55: klinger,
  kvo_signal_13: (bars) => ema(klinger(bars), 13),
  nvi: (bars) => volumeIndex(bars, (now, before) => now < before),
  pvi: (bars) => volumeIndex(bars, (now, before) => now > before),
  pvt: trend,
  wad: williams,
  mfi_bw: (bars) => ratio(minus(highs(bars), lows(bars)), volumes(bars)),
  clv_delta: delta,
  session_delta: (bars) => {
    const deltas = delta(bars);
    return sinceOpening(bars, (soFar) => sum(soFar.map((bar) => deltas[bar]!)));
  },
  rvol_tod: ofMinute,
};
