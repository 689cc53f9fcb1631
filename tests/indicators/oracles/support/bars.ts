/** The bars on which both ways must agree: of different character, over several sessions. */
import { goldenBars } from '../../support/golden.ts';
import { realBars } from '../../support/real.ts';
import { randomSeries, type Series, withFields } from '../../support/series.ts';

export const ORACLE_BARS: Readonly<Record<string, Series>> = {
  golden: goldenBars('dev'),
  real: realBars('RELIANCE-2026-04'),
  cheap: randomSeries({ seed: 101, length: 1_300, price: 7.35, volatility: 0.003 }),
  dear: randomSeries({ seed: 102, length: 1_300, price: 146_000, volume: 3 }),
  sleepy: randomSeries({ seed: 103, length: 1_300, price: 99.95, volatility: 0.0002, flat: 0.6, quiet: 0.5 }),
  wild: randomSeries({ seed: 104, length: 1_300, price: 2_431.5, volatility: 0.02, flat: 0, volume: 4e7 }),
  'locked at a price limit': locked(
    randomSeries({ seed: 270, length: 1_300, sessionBars: 300, volatility: 0.01 }),
    400,
    300,
  ),
  'with extremes': withExtremes(randomSeries({ seed: 9, length: 1_200 })),
  'with a slow start': slowlyStarted(randomSeries({ seed: 106, length: 500, sessionBars: 120 })),
  'with many minutes absent': randomSeries({ seed: 105, length: 1_300, sessionBars: 60, absent: 0.5 }),
};

/** From a bar on all trades are at its close for a while, as in a stock at its price limit. */
function locked(bars: Series, at: number, count: number): Series {
  const { open, high, low, close } = bars;
  const lock = (values: Float64Array): Float64Array => values.slice().fill(close[at]!, at + 1, at + 1 + count);
  return withFields(bars, { open: lock(open), high: lock(high), low: lock(low), close: lock(close) });
}

/** A freak trade, a split without adjustment, blocks of a billion times the volume: they leave windows again. */
function withExtremes(bars: Series): Series {
  const { open, high, low, close, volume } = bars;
  const priceFactor = (bar: number): number => (bar === 300 ? 30 : bar >= 700 ? 0.1 : 1);
  const move = (values: Float64Array): Float64Array => values.map((value, bar) => value * priceFactor(bar));
  return withFields(bars, {
    open: move(open),
    high: move(high),
    low: move(low),
    close: move(close),
    volume: volume.map((value, bar) => (bar % 211 === 37 ? 5e12 : value)),
  });
}

/** One bar in the first session, and no volume for a while, as in a stock newly listed. */
function slowlyStarted(bars: Series): Series {
  return withFields(bars, {
    session: bars.session.map((session, bar) => (bar === 0 ? session - 1 : session)),
    volume: bars.volume.map((value, bar) => (bar < 80 ? 0 : value)),
  });
}
