import type { EpochMs, Segment } from '@rtp/core';

/** Which of the three snapshot calls; each carries more than the one before. */
export type QuoteKind = 'ltp' | 'ohlc' | 'quote';

/** A snapshot of one instrument. What the kind of call does not carry is 0 (null for the trade time). */
export interface QuoteRow {
  readonly segment: Segment;
  readonly securityId: string;
  /** Rupees, always above 0. */
  readonly lastPrice: number;
  /** Instant of the last trade; null when it never traded or the kind does not say. */
  readonly lastTradeTime: EpochMs | null;
  readonly lastQuantity: number;
  /** Cumulative shares of the day. */
  readonly volume: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly previousClose: number;
  /** The day's volume-weighted average price. */
  readonly averagePrice: number;
  readonly buyQuantity: number;
  readonly sellQuantity: number;
}
