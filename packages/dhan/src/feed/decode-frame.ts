import type {
  DepthLevel,
  DepthPacket,
  FeedPacketVisitor,
  FullPacket,
  MarketStatusPacket,
  OiPacket,
  PrevClosePacket,
  QuotePacket,
  TickerPacket,
  UnknownPacket,
} from './packets.ts';

/** What one frame held. */
export interface FrameTally {
  /** Packets of known codes. */
  readonly packets: number;
  /** Packets of other codes, passed over by their length field. */
  readonly unknown: number;
  /** Bytes at the end that were no whole packet. */
  readonly truncatedBytes: number;
  /** Known packets whose length field differs from their documented size. */
  readonly mismatched: number;
}

const HEADER_BYTES = 8;
const LEVEL_BYTES = 20;
const LEVELS = 5;
/** IST wall clock counted as UTC is this many seconds ahead (wire §7.4). */
const IST_OFFSET_SECONDS = 19_800;

/** Size of each known packet, by response code (wire §7.3); 0 for unknown codes. */
const SIZES = new Uint16Array(256);
for (const [code, size] of [
  [2, 16],
  [3, 112],
  [4, 50],
  [5, 12],
  [6, 16],
  [7, 8],
  [8, 162],
  [50, 10],
] as const)
  SIZES[code] = size;

const level = (): DepthLevel => ({ bidQty: 0, askQty: 0, bidOrders: 0, askOrders: 0, bidPrice: 0, askPrice: 0 });
const levels = (): DepthLevel[] => Array.from({ length: LEVELS }, level);
const header = { segmentCode: 0, securityId: 0 };
const traded = { ...header, ltp: 0, ltt: 0, exchangeTimeMs: 0 };
const quoted = {
  ...traded,
  lastQty: 0,
  avgPrice: 0,
  volume: 0,
  totalSell: 0,
  totalBuy: 0,
  dayOpen: 0,
  dayClose: 0,
  dayHigh: 0,
  dayLow: 0,
};

// One packet of each type, refilled for every call: at 500 packets a second nothing is left to collect.
const ticker: TickerPacket = { ...traded };
const depth: DepthPacket = { ...header, ltp: 0, depth: levels() };
const quote: QuotePacket = { ...quoted };
const oi: OiPacket = { ...header, openInterest: 0 };
const prevClose: PrevClosePacket = { ...header, previousClose: 0, previousOpenInterest: 0 };
const marketStatus: MarketStatusPacket = { ...header };
const full: FullPacket = { ...quoted, openInterest: 0, openInterestHigh: 0, openInterestLow: 0, depth: levels() };
const unknown: UnknownPacket = { ...header, code: 0, length: 0 };

/**
 * Walks the packets of one WebSocket frame (wire §7.3): little-endian, several packets in a row, each passed
 * over by the known size of its code, or by its length field where the code is unknown. Stops at a tail that
 * holds no whole packet. Never throws for any bytes; what the visitor throws passes through.
 */
export function decodeFrame(frame: Uint8Array, visitor: FeedPacketVisitor): FrameTally {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const end = frame.byteLength;
  let at = 0;
  let packets = 0;
  let unknownPackets = 0;
  let mismatched = 0;
  while (end - at >= HEADER_BYTES) {
    const code = view.getUint8(at);
    const length = view.getUint16(at + 1, true);
    const known = SIZES[code] as number;
    const size = known === 0 ? length : known;
    if (size < HEADER_BYTES || size > end - at) break;
    if (known === 0) {
      unknownPackets += 1;
      if (visitor.unknown !== undefined) visitUnknown(view, at, code, length, visitor);
    } else {
      packets += 1;
      if (length !== known) mismatched += 1;
      visit(view, at, code, visitor);
    }
    at += size;
  }
  return { packets, unknown: unknownPackets, truncatedBytes: end - at, mismatched };
}

function visit(view: DataView, at: number, code: number, visitor: FeedPacketVisitor): void {
  switch (code) {
    case 4:
      if (visitor.quote === undefined) return;
      readQuoteStart(view, at, quote);
      readDay(view, at + 34, quote);
      visitor.quote(quote);
      return;
    case 2:
      if (visitor.ticker === undefined) return;
      readHeader(view, at, ticker);
      ticker.ltp = view.getFloat32(at + 8, true);
      readTime(view.getUint32(at + 12, true), ticker);
      visitor.ticker(ticker);
      return;
    case 8:
      if (visitor.full === undefined) return;
      readQuoteStart(view, at, full);
      full.openInterest = view.getUint32(at + 34, true);
      full.openInterestHigh = view.getUint32(at + 38, true);
      full.openInterestLow = view.getUint32(at + 42, true);
      readDay(view, at + 46, full);
      readLevels(view, at + 62, full.depth);
      visitor.full(full);
      return;
    case 3:
      if (visitor.depth === undefined) return;
      readHeader(view, at, depth);
      depth.ltp = view.getFloat32(at + 8, true);
      readLevels(view, at + 12, depth.depth);
      visitor.depth(depth);
      return;
    case 5:
      if (visitor.oi === undefined) return;
      readHeader(view, at, oi);
      oi.openInterest = view.getUint32(at + 8, true);
      visitor.oi(oi);
      return;
    case 6:
      if (visitor.prevClose === undefined) return;
      readHeader(view, at, prevClose);
      prevClose.previousClose = view.getFloat32(at + 8, true);
      prevClose.previousOpenInterest = view.getUint32(at + 12, true);
      visitor.prevClose(prevClose);
      return;
    case 7:
      if (visitor.marketStatus === undefined) return;
      readHeader(view, at, marketStatus);
      visitor.marketStatus(marketStatus);
      return;
    default:
      visitor.disconnect?.(view.getUint16(at + 8, true));
  }
}

function visitUnknown(view: DataView, at: number, code: number, length: number, visitor: FeedPacketVisitor): void {
  readHeader(view, at, unknown);
  unknown.code = code;
  unknown.length = length;
  visitor.unknown?.(unknown);
}

function readHeader(view: DataView, at: number, into: { segmentCode: number; securityId: number }): void {
  into.segmentCode = view.getUint8(at + 3);
  into.securityId = view.getUint32(at + 4, true);
}

function readTime(ltt: number, into: { ltt: number; exchangeTimeMs: number }): void {
  into.ltt = ltt;
  into.exchangeTimeMs = ltt === 0 ? 0 : (ltt - IST_OFFSET_SECONDS) * 1_000;
}

/** The part that Quote and Full share: offsets 0 to 34. */
function readQuoteStart(view: DataView, at: number, into: QuotePacket): void {
  readHeader(view, at, into);
  into.ltp = view.getFloat32(at + 8, true);
  into.lastQty = view.getUint16(at + 12, true);
  readTime(view.getUint32(at + 14, true), into);
  into.avgPrice = view.getFloat32(at + 18, true);
  into.volume = view.getUint32(at + 22, true);
  into.totalSell = view.getUint32(at + 26, true);
  into.totalBuy = view.getUint32(at + 30, true);
}

function readDay(view: DataView, at: number, into: QuotePacket): void {
  into.dayOpen = view.getFloat32(at, true);
  into.dayClose = view.getFloat32(at + 4, true);
  into.dayHigh = view.getFloat32(at + 8, true);
  into.dayLow = view.getFloat32(at + 12, true);
}

function readLevels(view: DataView, start: number, into: readonly DepthLevel[]): void {
  let at = start;
  for (const each of into) {
    each.bidQty = view.getUint32(at, true);
    each.askQty = view.getUint32(at + 4, true);
    each.bidOrders = view.getUint16(at + 8, true);
    each.askOrders = view.getUint16(at + 10, true);
    each.bidPrice = view.getFloat32(at + 12, true);
    each.askPrice = view.getFloat32(at + 16, true);
    at += LEVEL_BYTES;
  }
}
