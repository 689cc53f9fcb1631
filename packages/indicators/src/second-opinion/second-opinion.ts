/**
 * What trading-signals, a library of other authors, says a column's values are. An entry of its own: nothing else of
 * this package loads that library.
 */
import type { BarArrays } from '../engine/bar-arrays.ts';
import { indicatorColumn } from '../registry/registry.ts';
import { adapters, otherDefinitions } from './adapters.ts';
import { type Feed, runFeed } from './feed.ts';

export type { Feed, OpinionBar } from './feed.ts';

export interface Opinion {
  /** Class of trading-signals, or its function. */
  readonly className: string;
  /**
   * `equal`: to 1e-9 of the column's largest value on every bar on which both have a value. `equal_but_flat`: so too, but
   * for windows in which nothing moves and what follows from them. `other_seed`: to 1e-6 of the largest value from bar
   * `settles` on.
   */
  readonly agreement: 'equal' | 'equal_but_flat' | 'other_seed';
  /** 0 unless the seed is another one. */
  readonly settles: number;
  /** A fresh instance. */
  readonly start: () => Feed;
  /** The values of a fresh instance over `bars`; NaN where it has none. Errors: a price or the volume is absent. */
  readonly run: (bars: BarArrays) => Float64Array;
}

const SETTLES = 250;

/** Null where the library has nothing that can be compared. */
export function secondOpinion(column: string): Opinion | null {
  const adapter = adapters.get(column);
  const agreement = indicatorColumn(column)?.tradingSignals?.agreement;
  if (adapter === undefined) return null;
  if (agreement !== 'equal' && agreement !== 'equal_but_flat' && agreement !== 'other_seed') return null;
  const { className, start, settles = SETTLES } = adapter;
  return {
    className,
    agreement,
    settles: agreement === 'other_seed' ? settles : 0,
    start,
    run: (bars) => runFeed(start(), bars),
  };
}

/** In what the library's class of that name differs; null for all other columns. */
export function otherDefinition(column: string): string | null {
  return otherDefinitions[column] ?? null;
}
