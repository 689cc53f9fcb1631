import { RtpError } from '@rtp/core';

/** May be a moment's trouble of the engine, or the request's own fault. */
const FAILED_STATEMENT = 'RTP_STORE_QUERY_FAILED';

/** Failures of the store that pass by themselves: it restarts, it repairs itself, or its disk gets room. */
const PASSING = new Set([
  'RTP_STORE_UNREACHABLE',
  'RTP_STORE_STOPPING',
  'RTP_STORE_INVALIDATED',
  'RTP_STORE_CORRUPT',
  'RTP_STORE_DISK_FULL',
  'RTP_STORE_SEAL_UNVERIFIED',
  'RTP_STORE_QUERY_TIMEOUT',
  FAILED_STATEMENT,
]);

/** Whether the same request is worth repeating. */
export function isPassing(error: unknown): boolean {
  return error instanceof RtpError && PASSING.has(error.code);
}

/** Whether repeating it more than a few times is likely to be in vain. */
export function isDoubtful(error: unknown): boolean {
  return error instanceof RtpError && error.code === FAILED_STATEMENT;
}
