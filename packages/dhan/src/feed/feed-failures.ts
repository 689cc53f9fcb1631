import { kindOfCode } from '../wire/envelope.ts';
import type { FeedFailure } from './feed-contract.ts';

/** What each disconnect reason says (wire §6.3: the data codes double as reasons). */
const REASONS: Readonly<Record<number, string>> = {
  805: 'too many requests or connections',
  806: 'data APIs not subscribed',
  807: 'access token expired',
  808: 'authentication failed',
  809: 'access token invalid',
  810: 'client id invalid',
};

/** The failure behind a disconnect packet. */
export function disconnectFailure(code: number): FeedFailure {
  const kind = kindOfCode(String(code), '');
  const reason = `disconnected by the broker: ${code} ${REASONS[code] ?? 'unknown reason'}`;
  if (kind === 'rate_limited' || kind === 'no_plan' || kind === 'auth') return { kind, reason };
  return { kind: 'closed', reason };
}

/** The failure behind a connection that never opened. A 429 lasts minutes and holds for the whole account (wire §6.1). */
export function handshakeFailure(error: Error | undefined): FeedFailure {
  if (error === undefined) return { kind: 'refused', reason: 'closed before it opened' };
  const status = /^Unexpected server response: (\d+)$/.exec(error.message)?.[1];
  if (status === '429') return { kind: 'rate_limited', reason: 'HTTP 429 on connecting' };
  if (status === '401') return { kind: 'auth', reason: 'HTTP 401 on connecting' };
  if (status !== undefined) return { kind: 'refused', reason: `HTTP ${status} on connecting` };
  return { kind: 'network', reason: error.message };
}
