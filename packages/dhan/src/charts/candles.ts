import type { EpochMs } from '@rtp/core';

/** Candles as parallel arrays of equal length, ascending by `ts`. */
export interface Candles {
  /** Candle start, epoch ms. */
  readonly ts: readonly EpochMs[];
  /** Rupees (index points for an index). */
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  /** Shares, whole; 0 for an index. */
  readonly volume: readonly number[];
}
