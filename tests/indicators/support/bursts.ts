import { generator, randomSeries, type Series } from './series.ts';

/** A walk that rests in narrow bars and leaves them in bursts of a few bars with volume: what makes zones. */
export function burstSeries(seed: number, length: number, price = 850): Series {
  const series = randomSeries({ seed, length, price, flat: 0.02 });
  const random = generator(seed + 1);
  const tick = 0.05;
  const onGrid = (value: number): number => Math.max(1, Math.round(value / tick)) * tick;
  let burst = 0;
  let last = onGrid(price);
  for (let bar = 0; bar < length; bar += 1) {
    if (burst !== 0) burst -= Math.sign(burst);
    else if (random() < 0.08) burst = random() < 0.5 ? 3 : -3;
    const unit = 0.0006 * last;
    const width = burst === 0 && random() < 0.7 ? 0.2 : 1;
    const close = onGrid(last + Math.sign(burst) * unit * (1 + 2 * random()) + (random() - 0.5) * 2 * width * unit);
    series.open[bar] = last;
    series.close[bar] = close;
    series.high[bar] = onGrid(Math.max(last, close) + random() * width * unit);
    series.low[bar] = onGrid(Math.min(last, close) - random() * width * unit);
    series.volume[bar] = Math.floor(1_000 * (burst === 0 ? 0.5 + random() : 3 + 3 * random()));
    last = random() < 0.002 ? onGrid(close * (1 + (random() - 0.5) * 0.02)) : close;
  }
  return series;
}

/** Bars by hand: open, high, low, close, volume. */
export function seriesOf(bars: readonly (readonly [number, number, number, number, number])[]): Series {
  const series = randomSeries({ seed: 1, length: bars.length });
  for (const [bar, values] of bars.entries()) {
    for (const [index, name] of (['open', 'high', 'low', 'close', 'volume'] as const).entries()) {
      series[name][bar] = values[index]!;
    }
  }
  return series;
}
