import type { BarColumn } from './bar-fields.ts';

/** What each row of the output begins with, before the indicators. */
export interface OutputLayout {
  /** Whether rows name their series. */
  readonly hasSymbol: boolean;
  /** Bars' own columns that are repeated. */
  readonly bars: readonly (BarColumn & ('open' | 'high' | 'low' | 'close' | 'volume'))[];
  readonly columns: readonly string[];
}

/** Some rows of one series. Arrays are valid during the call and hold at least `length` numbers. */
export interface OutputBlock {
  readonly symbol: string;
  readonly length: number;
  /** Epoch ms. */
  readonly times: Float64Array;
  /** In the order of the layout's `bars`. */
  readonly bars: readonly Float64Array[];
  /** In the order of the layout's `columns`; NaN where there is no value. */
  readonly values: readonly Float64Array[];
}

/** Takes computed rows, series by series in order. */
export interface ValueWriter {
  write(block: OutputBlock): Promise<void>;
  /** All rows have been written. */
  end(): Promise<void>;
}
