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

/** Puts the packet of the subscriber's mode into its frame. `capacity`: packets of the frame, if it begins one. */
export function sendState(slot: FeedSlot, { writer, mode }: Subscriber, capacity: number): void {
  const { instrument, state } = slot;
  const at = writer.reserve(capacity);
  if (mode === 'quote') {
    const buying = buyQuantityOf(instrument, state);
    writer.commit(writeQuote(writer.view, at, instrument, state, buying, sellQuantityOf(instrument, state)));
  } else if (mode === 'full') {
    writer.commit(writeFull(writer.view, at, instrument, state, orderBook(instrument, state)));
  } else {
    writer.commit(writeTicker(writer.view, at, instrument, state));
  }
}
