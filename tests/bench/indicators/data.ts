import { BAR_FIELDS, BAR_WIDTH } from '@rtp/indicators';
import { randomSeries, type Series } from '../../indicators/support/series.ts';

/** Random walks of `bars` bars, each symbol's its own. */
export function market(symbols: number, bars: number): readonly Series[] {
  return Array.from({ length: symbols }, (_, symbol) =>
    randomSeries({ seed: symbol + 1, length: bars, price: 50 + ((symbol * 37) % 4_000) }),
  );
}

/** Bar `bar` of every series, as rows. */
export function rowsOf(all: readonly Series[], bar: number, into: Float64Array): void {
  for (const [row, series] of all.entries()) {
    for (const [at, field] of BAR_FIELDS.entries()) into[row * BAR_WIDTH + at] = series[field][bar]!;
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
