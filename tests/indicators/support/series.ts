/** Bars for tests: random, but made from a seed; and odd ones. */
import { BAR_FIELDS, type BarArrays, type BarField } from '@rtp/indicators';

export type Series = { readonly length: number } & { readonly [Field in BarField]: Float64Array };

export interface SeriesOptions {
  readonly seed: number;
  readonly length: number;
  readonly price?: number;
  readonly tick?: number;
  /** Typical move of a bar, as a share of the price. */
  readonly volatility?: number;
  /** Shares of bars that do not move at all, and without volume. */
  readonly flat?: number;
  readonly quiet?: number;
  readonly volume?: number;
  /** Bars of a session; sessions open with a gap. */
  readonly sessionBars?: number;
  /** Share of minutes that have no bar. */
  readonly absent?: number;
}

/** A random walk on a tick grid, with gaps between sessions, flat stretches and bars without volume. */
export function randomSeries(options: SeriesOptions): Series {
  const { seed, length, price = 850, tick = 0.05, volatility = 0.0006, flat = 0.05, quiet = 0.03 } = options;
  const { volume = 5_000, sessionBars = 375, absent = 0.02 } = options;
  const random = generator(seed);
  const series = emptySeries(length);
  const round = (value: number): number => Math.max(1, Math.round(value / tick)) * tick;
  let last = round(price);
  let bench = 24_000;
  let minute = 0;
  let session = 0;
  let flatLeft = 0;
  for (let bar = 0; bar < length; bar += 1) {
    while (random() < absent && minute < sessionBars - 1) minute += 1;
    if (minute >= sessionBars) {
      minute = 0;
      session += 1;
      last = round(last * (1 + (random() - 0.5) * 20 * volatility));
    }
    if (flatLeft === 0 && random() < flat / 20) flatLeft = Math.floor(random() * 40);
    const isFlat = flatLeft > 0;
    if (isFlat) flatLeft -= 1;
    const move = (): number => (isFlat ? 0 : (random() + random() + random() - 1.5) * 2 * volatility * last);
    const open = random() < 0.3 ? round(last + move() * 0.3) : last;
    const close = round(open + move());
    series.open[bar] = open;
    series.close[bar] = close;
    series.high[bar] = round(Math.max(open, close) + Math.abs(move()) * 0.5);
    series.low[bar] = round(Math.min(open, close) - Math.abs(move()) * 0.5);
    series.volume[bar] = random() < quiet ? 0 : Math.floor(volume * random() ** 2 * 3);
    bench *= 1 + (random() - 0.5) * 0.0004;
    series.bench[bar] = bench;
    series.session[bar] = session;
    series.minuteOfDay[bar] = 555 + minute;
    series.minuteOfSession[bar] = minute;
    series.tick[bar] = tick;
    last = close;
    minute += 1;
  }
  return series;
}

/** Bars that are all alike. */
export function constantSeries(length: number, price: number, volume: number): Series {
  const series = emptySeries(length);
  for (const name of ['open', 'high', 'low', 'close'] as const) series[name].fill(price);
  series.volume.fill(volume);
  series.bench.fill(24_000);
  series.tick.fill(0.05);
  for (let bar = 0; bar < length; bar += 1) {
    series.session[bar] = Math.floor(bar / 375);
    series.minuteOfDay[bar] = 555 + (bar % 375);
    series.minuteOfSession[bar] = bar % 375;
  }
  return series;
}

/** A copy with some fields replaced. */
export function withFields(series: Series, fields: Partial<Record<BarField, Float64Array>>): Series {
  return { ...series, ...fields };
}

export function scaled(values: Float64Array, factor: number): Float64Array {
  return values.map((value) => value * factor);
}

/** The bars from `from` up to `to`. */
export function part(series: BarArrays, from: number, to: number): BarArrays {
  const fields = BAR_FIELDS.map((name) => [name, series[name]?.subarray(from, to)] as const);
  return { length: to - from, ...Object.fromEntries(fields) };
}

export function emptySeries(length: number): Series {
  return {
    length,
    ...(Object.fromEntries(BAR_FIELDS.map((name) => [name, new Float64Array(length)])) as Omit<Series, 'length'>),
  };
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
