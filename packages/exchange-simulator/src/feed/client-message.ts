import { z } from 'zod';
import type { FeedMode } from './packets.ts';

/** What a client asks of the feed (wire §7.2). */
export type ClientRequest =
  | {
      readonly kind: 'subscribe' | 'unsubscribe';
      readonly mode: FeedMode;
      readonly instruments: readonly FeedInstrument[];
    }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'ignored'; readonly reason: string; readonly isOverLimit?: true };

export interface FeedInstrument {
  readonly segment: string;
  readonly securityId: string;
}

/** Instruments one subscribe message may name. */
export const MAX_PER_MESSAGE = 100;

const SUBSCRIPTIONS: Readonly<Record<number, readonly ['subscribe' | 'unsubscribe', FeedMode]>> = {
  15: ['subscribe', 'ticker'],
  16: ['unsubscribe', 'ticker'],
  17: ['subscribe', 'quote'],
  18: ['unsubscribe', 'quote'],
  21: ['subscribe', 'full'],
  22: ['unsubscribe', 'full'],
};
const DISCONNECT = 12;

const messageSchema = z
  .object({
    RequestCode: z.int(),
    InstrumentCount: z.int().optional(),
    InstrumentList: z.array(z.object({ ExchangeSegment: z.string(), SecurityId: z.string() })).optional(),
  })
  .readonly();

/** Reads one text frame. The broker never answers a bad one, so it is ignored with a reason for the log. */
export function readClientMessage(text: string): ClientRequest {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { kind: 'ignored', reason: 'not JSON' };
  }
  const parsed = messageSchema.safeParse(content);
  if (!parsed.success) return { kind: 'ignored', reason: 'not a feed request' };
  const { RequestCode: code, InstrumentList: list = [] } = parsed.data;
  if (code === DISCONNECT) return { kind: 'disconnect' };
  const subscription = SUBSCRIPTIONS[code];
  if (subscription === undefined) return { kind: 'ignored', reason: `request code ${code}` };
  if (list.length > MAX_PER_MESSAGE) {
    return { kind: 'ignored', reason: `${list.length} instruments in one message`, isOverLimit: true };
  }
  const [kind, mode] = subscription;
  const instruments = list.map((one) => ({ segment: one.ExchangeSegment, securityId: one.SecurityId }));
  return { kind, mode, instruments };
}
