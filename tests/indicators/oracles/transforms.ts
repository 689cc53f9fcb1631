import type { Series } from '../support/series.ts';
import { perBar } from './support/arrays.ts';
import type { Oracles, Values } from './support/oracle.ts';
import { highs, lows, median, typical } from './support/prices.ts';

const average = ({ length, open, high, low, close }: Series): Values =>
  perBar(length, (bar) => (open[bar]! + high[bar]! + low[bar]! + close[bar]!) / 4);

function heikinAshiOpen(bars: Series): Values {
  const close = average(bars);
  let last = Number.NaN;
  return perBar(bars.length, (bar) => {
    last = bar === 0 ? (bars.open[0]! + bars.close[0]!) / 2 : (last + close[bar - 1]!) / 2;
    return last;
  });
}

export const transforms: Oracles = {
  avgprice: average,
  medprice: median,
  typprice: typical,
  wclprice: ({ length, high, low, close }) =>
    perBar(length, (bar) => (high[bar]! + low[bar]! + close[bar]! + close[bar]!) / 4),
  ibs: ({ length, high, low, close }) =>
    perBar(length, (bar) => (high[bar] === low[bar] ? 0.5 : (close[bar]! - low[bar]!) / (high[bar]! - low[bar]!))),
  ha_open: heikinAshiOpen,
  ha_high: (bars) => extremes(bars, highs(bars), Math.max),
  ha_low: (bars) => extremes(bars, lows(bars), Math.min),
  ha_close: average,
};

function extremes(bars: Series, ends: Values, extreme: (...values: number[]) => number): Values {
  const open = heikinAshiOpen(bars);
  const close = average(bars);
  return ends.map((end, bar) => extreme(end, open[bar]!, close[bar]!));
}
