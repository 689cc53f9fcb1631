import type { EpochMs } from '@rtp/core';
import type { InstrumentState } from '../market/instrument-state.ts';
import type { MarketInstrument } from '../market/market-day.ts';
import { buyQuantityOf, orderBook, sellQuantityOf } from '../market/order-book.ts';
import { mixSeeds } from '../random.ts';
import type { FrameWriter } from './frame-writer.ts';
import { type FeedMode, writeFull, writeQuote, writeTicker } from './packets.ts';

/** One subscription of one socket. */
export interface Subscriber {
  readonly writer: FrameWriter;
  readonly mode: FeedMode;
}

/** One instrument that somebody is subscribed to, and where the feed stands with it. */
export interface FeedSlot {
  readonly instrument: MarketInstrument;
  /** When its conflation windows end, milliseconds after the minute's start modulo the window. */
  readonly phaseMs: number;
  readonly state: InstrumentState;
  /** The state was worked out as of this instant; trades up to it are in. */
  readonly openedAt: EpochMs;
  readonly subscribers: Subscriber[];
  /** Its trades of the minute in progress: place in the trade slots, how many, the next one not applied. */
  readonly place: number;
  count: number;
  next: number;
  /** First row of the day that is not loaded. */
  row: number;
}

/** When in its second the exchange's snapshot of an instrument leaves: spread over instruments, fixed for each. */
export function phaseOf(instrument: MarketInstrument, conflationMs: number): number {
  return mixSeeds(instrument.seed, 2) % conflationMs;
}

/** Writes the packet of a mode; returns its bytes. */
export function writeState(view: DataView, at: number, { instrument, state }: FeedSlot, mode: FeedMode): number {
  if (mode === 'quote') {
    const buying = buyQuantityOf(instrument, state);
    return writeQuote(view, at, instrument, state, buying, sellQuantityOf(instrument, state));
  }
  if (mode === 'full') return writeFull(view, at, instrument, state, orderBook(instrument, state));
  return writeTicker(view, at, instrument, state);
}
