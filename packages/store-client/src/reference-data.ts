import type { EpochMs, Ohlcv, TradingDate } from '@rtp/core';

/** The exchange's own daily bar of an instrument: its close comes from the closing auction, its volume counts all of the day. */
export interface DailyOfficial extends Ohlcv {
  readonly instrumentId: number;
  readonly date: TradingDate;
  /** Market instant at which the values became known. */
  readonly knownAt: EpochMs;
}

/** A split, bonus or other change of the share basis. */
export interface Adjustment {
  readonly instrumentId: number;
  /** First date traded on the new basis. */
  readonly exDate: TradingDate;
  /** Prices before `exDate` times this are on the new basis. */
  readonly priceFactor: number;
  /** Volumes before `exDate` times this are on the new basis. */
  readonly volumeFactor: number;
  /** Market instant at which the factors became known. */
  readonly knownAt: EpochMs;
}
