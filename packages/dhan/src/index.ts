/** The DhanHQ v2 client. "wire §7.3" in comments means section 7.3 of `docs/dhan-wire.md`. */
export type { Profile } from './auth/profile.ts';
export { callsLeftFor, type DayAllowance } from './budget/allowance.ts';
export type { Candles } from './charts/candles.ts';
export { chartWindows, MAX_INTRADAY_DATES } from './charts/chart-request.ts';
export * from './client/client-contract.ts';
export { createDhanClient } from './client/dhan-client.ts';
export { dhanErrors } from './errors.ts';
export { decodeFrame, type FrameTally } from './feed/decode-frame.ts';
export { createFeedClient } from './feed/feed-client.ts';
export * from './feed/feed-contract.ts';
export * from './feed/packets.ts';
export { roundPaise, roundToTick } from './feed/price-rounding.ts';
export { MAX_QUOTE_INSTRUMENTS, type QuoteKind, type QuoteRow } from './quotes/quotes.ts';
export { closingAuctionUnderlyings } from './scrip-master/closing-auction.ts';
export type { MasterRow } from './scrip-master/master-row.ts';
export { parseScripMaster } from './scrip-master/scrip-master.ts';
export { type FailureBackoff, failureBackoff } from './wire/failure-backoff.ts';
export { FAILURE_KINDS, type FailureKind, failureKindOf } from './wire/failure-kind.ts';
