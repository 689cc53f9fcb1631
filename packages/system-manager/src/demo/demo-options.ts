import type { IstTime, TradingDate } from '@rtp/core';

/** What `rtp demo` was asked for. */
export interface DemoOptions {
  /** Recorded day to replay: CSV, compressed CSV or Parquet. */
  readonly bars?: string;
  readonly date?: TradingDate;
  /** Generates a day of this many symbols instead. */
  readonly symbols?: number;
  readonly seed?: number;
  /** Narrow the session to `[from, to)`. */
  readonly from?: IstTime;
  readonly to?: IstTime;
  /** Market seconds per real second. */
  readonly speed: number;
  /** End after the seal with a summary. */
  readonly untilClose?: boolean;
  /** Forget what an earlier run of this day stored. */
  readonly fresh?: boolean;
  readonly dataDir?: string;
  readonly apiPort?: number;
  readonly dataPort?: number;
  readonly config?: string;
}

/** The day that comes with RTP and is shown when nothing else is asked for. */
export const DEFAULT_DATE: TradingDate = '2016-09-30';
/** The date of a generated day when none is asked for. */
export const GENERATED_DATE: TradingDate = '2026-11-20';
