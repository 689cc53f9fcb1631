/**
 * Packets of the live feed (wire §7.3). Prices are 32-bit floats as they came: round with `roundPaise` or
 * `roundToTick`. Quantities are shares.
 */

/** `ltt` seconds are IST wall clock counted as if UTC (wire §7.4); 0 when the instrument never traded. */
interface Header {
  /** Exchange segment byte (wire §3): 0 indices, 1 NSE cash. */
  segmentCode: number;
  securityId: number;
}

interface Traded extends Header {
  ltp: number;
  /** As on the wire: 19,800 s ahead of real time. */
  ltt: number;
  /** Instant of the last trade, epoch ms; 0 when `ltt` is 0. */
  exchangeTimeMs: number;
}

export interface TickerPacket extends Traded {}

export interface QuotePacket extends Traded {
  /** u16 on the wire, may wrap: never sum it. */
  lastQty: number;
  avgPrice: number;
  /** Cumulative shares of the day; a decrease is a reset. */
  volume: number;
  totalSell: number;
  totalBuy: number;
  dayOpen: number;
  /** The previous close during the session. */
  dayClose: number;
  dayHigh: number;
  dayLow: number;
}

export interface DepthLevel {
  bidQty: number;
  askQty: number;
  bidOrders: number;
  askOrders: number;
  bidPrice: number;
  askPrice: number;
}

export interface FullPacket extends QuotePacket {
  openInterest: number;
  openInterestHigh: number;
  openInterestLow: number;
  /** Five levels, best first. */
  readonly depth: readonly DepthLevel[];
}

export interface DepthPacket extends Header {
  ltp: number;
  readonly depth: readonly DepthLevel[];
}

export interface OiPacket extends Header {
  openInterest: number;
}

export interface PrevClosePacket extends Header {
  previousClose: number;
  previousOpenInterest: number;
}

export interface MarketStatusPacket extends Header {}

export interface UnknownPacket extends Header {
  code: number;
  length: number;
}

/** Called once per packet. The packet object is reused by the next call: copy what must stay. */
export interface FeedPacketVisitor {
  ticker?(packet: TickerPacket): void;
  depth?(packet: DepthPacket): void;
  quote?(packet: QuotePacket): void;
  full?(packet: FullPacket): void;
  oi?(packet: OiPacket): void;
  prevClose?(packet: PrevClosePacket): void;
  marketStatus?(packet: MarketStatusPacket): void;
  /** `reason` is a data code of wire §6.3, 805 to 810. */
  disconnect?(reason: number): void;
  unknown?(packet: UnknownPacket): void;
}
