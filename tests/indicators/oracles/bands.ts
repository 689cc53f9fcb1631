import type { Series } from '../support/series.ts';
import { ago, change, combine, perBar, variance, windows } from './support/arrays.ts';
import { ema, sma } from './support/averages.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { atr, closes, highestHigh, highs, lowestLow, lows, median, midprice } from './support/prices.ts';
import { regressionLine } from './support/regression.ts';

const deviation = (bars: Series): Values =>
  windows(closes(bars), 20, (window) => (variance(window) < 1e-14 ? 0 : Math.sqrt(variance(window))));

const bollinger = (bars: Series, k: number): Values =>
  combine(sma(closes(bars), 20), deviation(bars), (middle, sd) => middle + k * sd);

const keltner = (bars: Series, n: number, k: number): Values =>
  combine(ema(closes(bars), 20), atr(bars, n), (middle, range) => middle + k * range);

/** The band `sign` 4 (high - low)/(high + low) beyond the end of each bar, averaged. */
function acceleration(bars: Series, ends: Values, sign: number): Values {
  const { high, low } = bars;
  const band = ends.map((end, bar) => {
    const total = high[bar]! + low[bar]!;
    return total === 0 ? end : end * (1 + (sign * 4 * (high[bar]! - low[bar]!)) / total);
  });
  return sma(band, 20);
}

function squeezeOn(bars: Series): Values {
  const [bbUpper, bbLower] = [bollinger(bars, 2), bollinger(bars, -2)];
  const [upper, lower] = [keltner(bars, 20, 1.5), keltner(bars, 20, -1.5)];
  return closes(bars).map((close, bar) => {
    if (Number.isNaN(upper[bar]!)) return Number.NaN;
    const margin = 1e-12 * close;
    return upper[bar]! - bbUpper[bar]! > margin && bbLower[bar]! - lower[bar]! > margin ? 1 : 0;
  });
}

function squeezeMomentum(bars: Series): Values {
  const middle = combine(midprice(bars, 20), sma(closes(bars), 20), (a, b) => (a + b) / 2);
  const distance = combine(closes(bars), middle, (close, level) => close - level);
  return windows(distance, 20, (window) => {
    const { start, slope } = regressionLine(window);
    return start + slope * 19;
  });
}

/** The stop on every bar. */
function parabolic(bars: Series): Values {
  const { length, high, low } = bars;
  let isLong = !(low[0]! - low[1]! > Math.max(0, high[1]! - high[0]!));
  let stop = isLong ? low[0]! : high[0]!;
  let peak = isLong ? high[1]! : low[1]!;
  let factor = 0.02;
  return perBar(length, (bar) => {
    if (bar === 0) return Number.NaN;
    const before = bar === 1 ? 1 : bar - 1;
    const highest = Math.max(high[bar]!, high[before]!);
    const lowest = Math.min(low[bar]!, low[before]!);
    const isTurned = isLong ? low[bar]! <= stop : high[bar]! >= stop;
    let value = stop;
    if (isTurned) {
      value = isLong ? Math.max(peak, highest) : Math.min(peak, lowest);
      isLong = !isLong;
      peak = isLong ? high[bar]! : low[bar]!;
      factor = 0.02;
    } else if (isLong ? high[bar]! > peak : low[bar]! < peak) {
      peak = isLong ? high[bar]! : low[bar]!;
      factor = Math.min(factor + 0.02, 0.2);
    }
    const next = value + factor * (peak - value);
    stop = isLong ? Math.min(next, lowest) : Math.max(next, highest);
    return value;
  });
}

/** Value and side of the supertrend. */
function supertrend(bars: Series): { value: Values; side: Values } {
  const { close } = bars;
  const middle = median(bars);
  const range = atr(bars, 10);
  const upper: number[] = [];
  const lower: number[] = [];
  const side: number[] = [];
  for (let bar = 0; bar < bars.length; bar += 1) {
    const rawUpper = middle[bar]! + 3 * range[bar]!;
    const rawLower = middle[bar]! - 3 * range[bar]!;
    if (bar < 10) {
      upper.push(Number.NaN);
      lower.push(Number.NaN);
      side.push(Number.NaN);
      continue;
    }
    if (bar === 10) {
      upper.push(rawUpper);
      lower.push(rawLower);
      side.push(close[bar]! >= middle[bar]! ? 1 : -1);
    } else {
      const lastClose = close[bar - 1]!;
      const [lastUpper, lastLower] = [upper[bar - 1]!, lower[bar - 1]!];
      upper.push(rawUpper < lastUpper || lastClose > lastUpper ? rawUpper : lastUpper);
      lower.push(rawLower > lastLower || lastClose < lastLower ? rawLower : lastLower);
      side.push(side[bar - 1]!);
    }
    const isBeyond = side[bar] === 1 ? close[bar]! < lower[bar]! : close[bar]! > upper[bar]!;
    if (isBeyond) side[bar] = -side[bar]!;
  }
  return { value: side.map((now, bar) => (now === -1 ? upper[bar]! : lower[bar]!)), side };
}

const spanA = (bars: Series): Values => combine(midprice(bars, 9), midprice(bars, 26), (a, b) => (a + b) / 2);

const chandelier =
  (extreme: (bars: Series, n: number) => Values, k: number): Oracle =>
  (bars) =>
    combine(extreme(bars, 22), atr(bars, 22), (end, range) => end + k * range);

export const bands: Oracles = {
  bb_upper_20: (bars) => bollinger(bars, 2),
  bb_middle_20: (bars) => sma(closes(bars), 20),
  bb_lower_20: (bars) => bollinger(bars, -2),
  bb_width_20: (bars) => combine(sma(closes(bars), 20), deviation(bars), (middle, sd) => (4 * sd) / middle),
  bb_percent_b_20: (bars) => {
    const lower = bollinger(bars, -2);
    const sd = deviation(bars);
    return closes(bars).map((close, bar) => (sd[bar] === 0 ? 0.5 : (close - lower[bar]!) / (4 * sd[bar]!)));
  },
  acc_upper_20: (bars) => acceleration(bars, highs(bars), 1),
  acc_middle_20: (bars) => sma(closes(bars), 20),
  acc_lower_20: (bars) => acceleration(bars, lows(bars), -1),
  donchian_upper_20: (bars) => highestHigh(bars, 20),
  donchian_middle_20: (bars) => midprice(bars, 20),
  donchian_lower_20: (bars) => lowestLow(bars, 20),
  keltner_upper_20: (bars) => keltner(bars, 10, 2),
  keltner_middle_20: (bars) => ema(closes(bars), 20),
  keltner_lower_20: (bars) => keltner(bars, 10, -2),
  squeeze_on: squeezeOn,
  squeeze_momentum: squeezeMomentum,
  chandelier_long_22: chandelier(highestHigh, -3),
  chandelier_short_22: chandelier(lowestLow, 3),
  sar: parabolic,
  sar_side: (bars) =>
    combine(parabolic(bars), closes(bars), (stop, close) => (Number.isNaN(stop) ? Number.NaN : stop < close ? 1 : -1)),
  supertrend_10_3: (bars) => supertrend(bars).value,
  supertrend_side: (bars) => supertrend(bars).side,
  ichimoku_tenkan_9: (bars) => midprice(bars, 9),
  ichimoku_kijun_26: (bars) => midprice(bars, 26),
  ichimoku_span_b_52: (bars) => midprice(bars, 52),
  ichimoku_span_a: spanA,
  ichimoku_cloud_a: (bars) => ago(spanA(bars), 26),
  ichimoku_cloud_b: (bars) => ago(midprice(bars, 52), 26),
  ichimoku_chikou: (bars) => change(closes(bars), 26),
};
