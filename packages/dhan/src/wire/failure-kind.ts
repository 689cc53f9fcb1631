import { RtpError } from '@rtp/core';
import { dhanErrors } from '../errors.ts';

/**
 * What a failed call means for its caller. `auth`: renew the token. `no_plan`: alert, never renew. `rate_limited`:
 * pause. `no_data`: retry a few times, then record the gap. `server`, `network`, `malformed`: back off and retry.
 * `bad_request`: a bug or a stale id, do not retry. `mint_throttled`, `totp_invalid`: minting only.
 */
export const FAILURE_KINDS = [
  'rate_limited',
  'auth',
  'no_plan',
  'bad_request',
  'no_data',
  'server',
  'network',
  'mint_throttled',
  'totp_invalid',
  'malformed',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

const CODES = {
  rate_limited: 'RTP_DHAN_RATE_LIMITED',
  auth: 'RTP_DHAN_TOKEN_REJECTED',
  no_plan: 'RTP_DHAN_NO_DATA_PLAN',
  bad_request: 'RTP_DHAN_BAD_REQUEST',
  no_data: 'RTP_DHAN_NO_DATA',
  server: 'RTP_DHAN_SERVER',
  network: 'RTP_DHAN_NETWORK',
  mint_throttled: 'RTP_DHAN_MINT_THROTTLED',
  totp_invalid: 'RTP_DHAN_TOTP_INVALID',
  malformed: 'RTP_DHAN_MALFORMED',
} as const satisfies Record<FailureKind, keyof typeof dhanErrors.specs>;

/** The error of a failed call. */
export function failure(kind: FailureKind, message: string, cause?: unknown): RtpError {
  return dhanErrors.create(CODES[kind], message, cause === undefined ? {} : { cause });
}

/** Which kind of broker failure `error` is; null when it is none (a bug, an abort, another package's error). */
export function failureKindOf(error: unknown): FailureKind | null {
  if (!(error instanceof RtpError)) return null;
  return FAILURE_KINDS.find((kind) => CODES[kind] === error.code) ?? null;
}
