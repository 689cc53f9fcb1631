import type { FeedInstrument, FeedMode } from './feed-contract.ts';

/** Most instruments of one subscribe message (wire §7.1). */
const MESSAGE_INSTRUMENTS = 100;
/** Most instruments of one connection (wire §7.1). */
export const CONNECTION_INSTRUMENTS = 5_000;

/** The text that ends a connection politely (wire §7.2). */
export const DISCONNECT_MESSAGE = JSON.stringify({ RequestCode: 12 });

/** Subscribe messages in the order given (wire §7.2): ids are text here, unlike in the quote calls. */
export function subscribeMessages(instruments: readonly FeedInstrument[], mode: FeedMode): readonly string[] {
  const messages: string[] = [];
  for (let start = 0; start < instruments.length; start += MESSAGE_INSTRUMENTS) {
    const list = instruments
      .slice(start, start + MESSAGE_INSTRUMENTS)
      .map(({ segment, securityId }) => ({ ExchangeSegment: segment, SecurityId: securityId }));
    messages.push(JSON.stringify({ RequestCode: mode, InstrumentCount: list.length, InstrumentList: list }));
  }
  return messages;
}
