import type { TradingDate } from '@rtp/core';

/** Which stored indicators are computed again from the stored bars. */
export interface IndicatorUpdateRequest {
  /** Default: every instrument. */
  readonly symbols?: readonly string[];
  /** Default: the first stored date. */
  readonly from?: TradingDate;
  /** Writes every row, also those that are right. */
  readonly force: boolean;
}

/** How far an update has come. */
export interface IndicatorUpdateProgress {
  /** The date in work; null while the state at its start is made ready. */
  readonly date: TradingDate | null;
  /** Days of symbols done, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Rows written by the dates done. */
  readonly changed: number;
}

/** What an update did. */
export interface IndicatorUpdate {
  readonly dates: number;
  /** Days of symbols. */
  readonly total: number;
  /** Rows written. */
  readonly changed: number;
  /** Sealed dates that got their next generation. */
  readonly resealed: number;
}
