/** A second, slow way to a column, straight from its formula. NaN: no value. */
import type { Series } from '../../support/series.ts';

export type Values = readonly number[];
export type Oracle = (bars: Series) => Values;

/** Oracles by the name of their column. */
export type Oracles = Readonly<Record<string, Oracle>>;

/** Bars of a column on which rounding alone decides: they are not compared. */
export interface Undecided {
  readonly column: string;
  readonly reason: string;
  /** More of them, over all series, is a mistake in one of the two ways. */
  readonly most: number;
  /** Whether each bar is undecided. */
  at(bars: Series): readonly boolean[];
}
