import type { Segment, TradingDate } from '@rtp/core';

/** One instrument of the day's scrip master. */
export interface MasterRow {
  readonly exchange: 'NSE';
  readonly segment: Segment | 'NSE_FNO';
  /** Unique within the segment only. */
  readonly securityId: string;
  /** The share's ticker, the index's name, the future's trading symbol. */
  readonly symbol: string;
  readonly name: string;
  /** Empty where the file has none (compact layout, indices, futures). */
  readonly isin: string;
  /** `EQ`, `BE`, `BZ`; empty for an index or a future. */
  readonly series: string;
  readonly instrument: 'EQUITY' | 'INDEX' | 'FUTSTK';
  /** Smallest price step, paise. */
  readonly tickPaise: number;
  /** Futures only. */
  readonly underlyingSymbol: string | null;
  readonly underlyingSecurityId: string | null;
  readonly expiry: TradingDate | null;
}
