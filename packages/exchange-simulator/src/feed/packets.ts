/**
 * Packets of the live market feed, little-endian, encoded into a frame at an offset (wire §7.3). The header's length
 * includes the header.
 */
import { averagePrice, type InstrumentState } from '../market/instrument-state.ts';
import { type MarketSegment, SEGMENT_BYTES } from '../market/market-day.ts';
import type { BookLevel, OrderBook } from '../market/order-book.ts';

/** Bytes of each packet. */
export const PACKET_BYTES = Object.freeze({ ticker: 16, quote: 50, prevClose: 16, full: 162, disconnect: 10 });
/** Bytes of the header that every packet begins with. */
export const HEADER_BYTES = 8;
/** Response code of each packet. */
export const PACKET_CODES = Object.freeze({ ticker: 2, quote: 4, prevClose: 6, full: 8, disconnect: 50 });

/** Reasons of a disconnect packet. */
export const DISCONNECT_REASONS = Object.freeze({ tooManyConnections: 805, noDataPlan: 806, tokenInvalid: 809 });

/** What a subscription asks for. */
export type FeedMode = 'ticker' | 'quote' | 'full';

const U16 = 0xffff;
const U32 = 0xffff_ffff;

/** What a packet says about whom. */
export interface PacketSubject {
  readonly segment: MarketSegment;
  readonly securityId: number;
  readonly previousClose: number;
}

function writeHeader(view: DataView, at: number, packet: keyof typeof PACKET_BYTES, subject: PacketSubject): void {
  view.setUint8(at, PACKET_CODES[packet]);
  view.setUint16(at + 1, PACKET_BYTES[packet], true);
  view.setUint8(at + 3, SEGMENT_BYTES[subject.segment]);
  view.setUint32(at + 4, subject.securityId, true);
}

/** Writes a ticker packet; returns its bytes, as all writers do. */
export function writeTicker(view: DataView, at: number, subject: PacketSubject, state: InstrumentState): number {
  writeHeader(view, at, 'ticker', subject);
  view.setFloat32(at + 8, state.lastPrice, true);
  view.setUint32(at + 12, state.lastTradeTime, true);
  return PACKET_BYTES.ticker;
}

/** Writes a quote packet. */
export function writeQuote(
  view: DataView,
  at: number,
  subject: PacketSubject,
  state: InstrumentState,
  buyQuantity: number,
  sellQuantity: number,
): number {
  writeHeader(view, at, 'quote', subject);
  writeTrading(view, at, state, buyQuantity, sellQuantity);
  writeDayPrices(view, at + 34, subject, state);
  return PACKET_BYTES.quote;
}

/** Writes a full packet: quote, open interest (0) and five levels of the book. */
export function writeFull(
  view: DataView,
  at: number,
  subject: PacketSubject,
  state: InstrumentState,
  book: OrderBook,
): number {
  writeHeader(view, at, 'full', subject);
  writeTrading(view, at, state, book.buyQuantity, book.sellQuantity);
  for (let offset = 34; offset < 46; offset += 4) view.setUint32(at + offset, 0, true);
  writeDayPrices(view, at + 46, subject, state);
  for (const [index, bid] of book.buy.entries()) {
    writeLevel(view, at + 62 + index * 20, bid, book.sell[index] as BookLevel);
  }
  return PACKET_BYTES.full;
}

/** Bytes 8 to 33 of a quote and a full packet. */
function writeTrading(
  view: DataView,
  at: number,
  state: InstrumentState,
  buyQuantity: number,
  sellQuantity: number,
): void {
  view.setFloat32(at + 8, state.lastPrice, true);
  // Two bytes on the wire: a larger last trade wraps.
  view.setUint16(at + 12, state.lastQuantity & U16, true);
  view.setUint32(at + 14, state.lastTradeTime, true);
  view.setFloat32(at + 18, averagePrice(state), true);
  view.setUint32(at + 22, Math.min(state.volume, U32), true);
  view.setUint32(at + 26, sellQuantity, true);
  view.setUint32(at + 30, buyQuantity, true);
}

/** Day open, close, high, low; in session "close" is the previous session's. */
function writeDayPrices(view: DataView, at: number, subject: PacketSubject, state: InstrumentState): void {
  view.setFloat32(at, state.open, true);
  view.setFloat32(at + 4, subject.previousClose, true);
  view.setFloat32(at + 8, state.high, true);
  view.setFloat32(at + 12, state.low, true);
}

/** Writes one book level: bid beside ask. */
function writeLevel(view: DataView, at: number, bid: BookLevel, ask: BookLevel): void {
  view.setUint32(at, bid.quantity, true);
  view.setUint32(at + 4, ask.quantity, true);
  view.setUint16(at + 8, bid.orders, true);
  view.setUint16(at + 10, ask.orders, true);
  view.setFloat32(at + 12, bid.price, true);
  view.setFloat32(at + 16, ask.price, true);
}

/** Writes the previous close, with an open interest of 0. */
export function writePrevClose(view: DataView, at: number, subject: PacketSubject): number {
  writeHeader(view, at, 'prevClose', subject);
  view.setFloat32(at + 8, subject.previousClose, true);
  view.setUint32(at + 12, 0, true);
  return PACKET_BYTES.prevClose;
}

/** The packet that says why the broker closes the socket. */
export function disconnectPacket(reason: number): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES.disconnect);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  writeHeader(view, 0, 'disconnect', { segment: 'IDX_I', securityId: 0, previousClose: 0 });
  view.setUint16(8, reason, true);
  return packet;
}
