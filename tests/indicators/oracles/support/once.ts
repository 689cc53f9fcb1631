import type { Series } from '../../support/series.ts';

/** One replay for all the columns that are read from it. */
export function oncePerSeries<T>(replay: (bars: Series) => T): (bars: Series) => T {
  const made = new WeakMap<Series, T>();
  return (bars) => {
    if (!made.has(bars)) made.set(bars, replay(bars));
    return made.get(bars)!;
  };
}
