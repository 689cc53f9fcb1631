import type { FeedInstrument, FeedMode } from './feed-contract.ts';

/** Added to a subscription's request code it ends that subscription (wire §7.2). */
const UNSUBSCRIBE = 1;

/** Most instruments of one subscribe message (wire §7.1). */
const MESSAGE_INSTRUMENTS = 100;
/** Most instruments of one connection (wire §7.1). */
export const CONNECTION_INSTRUMENTS = 5_000;

/** The text that ends a connection politely (wire §7.2). */
export const DISCONNECT_MESSAGE = JSON.stringify({ RequestCode: 12 });

/** Subscribe messages in the order given (wire §7.2): ids are text here, unlike in the quote calls. */
export function subscribeMessages(instruments: readonly FeedInstrument[], mode: FeedMode): readonly string[] {
  return messages(instruments, mode);
}

/** Messages that end subscriptions of that mode. */
export function unsubscribeMessages(instruments: readonly FeedInstrument[], mode: FeedMode): readonly string[] {
  return messages(instruments, mode + UNSUBSCRIBE);
}

function messages(instruments: readonly FeedInstrument[], requestCode: number): readonly string[] {
  const texts: string[] = [];
  for (let start = 0; start < instruments.length; start += MESSAGE_INSTRUMENTS) {
    const list = instruments
      .slice(start, start + MESSAGE_INSTRUMENTS)
      .map(({ segment, securityId }) => ({ ExchangeSegment: segment, SecurityId: securityId }));
    texts.push(JSON.stringify({ RequestCode: requestCode, InstrumentCount: list.length, InstrumentList: list }));
  }
  return texts;
}
