import { generator, randomSeries, type Series } from './series.ts';

/**
 * A price that rests, leaves with volume and comes back, without, to just beyond where it rested, many times to the
 * same side: its zones lie like stairs, and one made of bars with long shadows may reach over several others.
 */
export function stairSeries(seed: number, length: number, price = 850, tick = 0.05): Series {
  const series = randomSeries({ seed, length, price, tick, flat: 0, quiet: 0 });
  const random = generator(seed + 1);
  const unit = 0.001 * price;
  const onGrid = (value: number): number => Math.max(1, Math.round(value / tick)) * tick;
  const between = (from: number, to: number): number => from + random() * (to - from);
  let last = onGrid(price);
  let direction = 1;
  let bar = 0;
  const add = (close: number, shadow: number, volume: number): void => {
    if (bar === length) return;
    const edge = onGrid(close) - direction * random() * shadow;
    series.open[bar] = last;
    series.close[bar] = onGrid(close);
    series.high[bar] = onGrid(Math.max(last, close, edge));
    series.low[bar] = onGrid(Math.min(last, close, edge));
    series.volume[bar] = Math.floor(volume);
    last = series.close[bar]!;
    bar += 1;
  };
  while (bar < length) {
    if (random() < 0.1) direction = -direction;
    const rest = last;
    const shadow = (random() < 0.3 ? 0.7 : 0.05) * unit;
    for (let left = 3; left > 0; left -= 1) add(rest + between(-0.05, 0.05) * unit, shadow, between(500, 1_000));
    for (let left = 2; left > 0; left -= 1) {
      add(last + direction * between(1, 2.5) * unit, 0.3 * unit, between(3_000, 6_000));
    }
    const end = rest + direction * between(0, 0.4) * unit;
    for (let left = Math.floor(between(2, 7)); left > 0; left -= 1) {
      add(last + (end - last) / left, 0.1 * unit, between(200, 1_500));
    }
  }
  return series;
}
