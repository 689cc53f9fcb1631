import type { BarSource, BarState, EpochMs, InstrumentClass, Segment, Timeframe, TradingDate } from '@rtp/core';
import type { DayCoverage } from './contract.ts';
import type { IndicatorTable } from './indicator-data.ts';

/** A symbol that has been stored, as its newest listing names it. */
export interface SymbolInfo {
  readonly symbol: string;
  readonly instrumentId: number;
  readonly segment: Segment;
  readonly class: InstrumentClass;
  readonly isin: string;
  readonly trackedFrom: TradingDate;
}

/** One bar of any timeframe. */
export interface MarketBar {
  readonly symbol: string;
  /** Start of the bar's bucket. */
  readonly time: EpochMs;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Above one minute: the weakest of the minutes it was made of. */
  readonly source: BarSource;
  /** Above one minute: the least final of the minutes it was made of. */
  readonly state: BarState;
  /** Above one minute: the highest of the minutes it was made of. */
  readonly revision: number;
  /** Its source did not see the whole minute. Above one minute: some minute it was made of. */
  readonly partial: boolean;
  /** When the values became known. Above one minute: the newest of the minutes it was made of. */
  readonly knownAt: EpochMs;
}

/** Reads stored market data, whether the system runs (through its store) or not (through the catalogue). */
export interface MarketDataReader {
  /** Where the answers come from. */
  readonly via: 'store' | 'catalogue';
  /** Every symbol ever stored, ascending. */
  getAvailableSymbols(): Promise<readonly SymbolInfo[]>;
  /**
   * Bars of `symbol` from the start of `from` to the end of `to`, both IST dates and inclusive, ascending. Buckets
   * start at each session window's open; `1D` is made of minutes and is not the exchange's own close.
   * Errors: RTP_SYMBOL_UNKNOWN, RTP_DAY_UNKNOWN (nothing is stored for any day of the range), RTP_QUERY_INVALID.
   */
  getMarketData(
    symbol: string,
    timeframe: Timeframe,
    from: TradingDate,
    to: TradingDate,
  ): Promise<readonly MarketBar[]>;
  /**
   * Indicators of `symbol` from the start of `from` to the end of `to`: one row for each bar that has a whole minute.
   * `columns` names columns or families; without any, the columns that are stored with the minute.
   * Errors: as `getMarketData`; RTP_INDICATOR_UNKNOWN; RTP_QUERY_INVALID also for more values than one answer holds.
   */
  loadIndicators(
    symbol: string,
    timeframe: Timeframe,
    from: TradingDate,
    to: TradingDate,
    columns?: readonly string[],
  ): Promise<IndicatorTable>;
  /** Errors: RTP_DAY_UNKNOWN. */
  getCoverage(date: TradingDate): Promise<DayCoverage>;
  close(): Promise<void>;
}
