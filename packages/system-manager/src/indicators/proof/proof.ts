/** What a proof of a date's indicators found. The shape is what `--json` prints and the data directory keeps. */
import type { EpochMs, TradingDate } from '@rtp/core';

export const PROOF_VERSION = 1;

/** One column against what was recomputed. */
export interface ColumnProof {
  readonly column: string;
  /** Values compared: both are numbers. */
  readonly values: number;
  /** Values further away than the bound, and places where only one of the two has a value. */
  readonly wrong: number;
  /**
   * The largest difference for its bound, in quanta of a stored column, as a part of the largest value of others; null
   * when only nulls were compared.
   */
  readonly worst: number | null;
  /** Where it is; a place where only one of the two has a value comes first. */
  readonly at: { readonly symbol: string; readonly time: EpochMs } | null;
  readonly found: number | null;
  readonly expected: number | null;
}

/** Several columns against what was recomputed. */
export interface ColumnsProof {
  readonly symbols: number;
  readonly values: number;
  readonly wrong: number;
  /** Those that are wrong first, then by their largest difference. */
  readonly columns: readonly ColumnProof[];
}

export interface IndicatorProof {
  readonly version: typeof PROOF_VERSION;
  readonly date: TradingDate;
  /** Generation of the seal; null while the date is open. */
  readonly generation: number | null;
  readonly verdict: 'proved' | 'failed';
  /** One line for people. */
  readonly summary: string;
  /** Every instrument of the date was looked at. */
  readonly whole: boolean;
  readonly symbols: number;
  /** Whole bars of the date, and rows of stored indicators. */
  readonly bars: number;
  readonly rows: number;
  /** Whole bars without a row; rows without a whole bar, or there twice. */
  readonly missing: number;
  readonly surplus: number;
  /** Stored columns, of every symbol. */
  readonly stored: ColumnsProof;
  /** Columns computed when they are read, of a sample. */
  readonly read: ColumnsProof;
  /** Another library's values, of a sample; differences relative to the column's largest value. */
  readonly opinion: ColumnsProof;
  /** Real seconds it took. */
  readonly seconds: number;
}
