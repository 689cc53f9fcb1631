import { describeError, RtpError } from '@rtp/core';
import { storeErrors } from '../errors.ts';

/**
 * DuckDB's error as one of ours. Its texts are the only thing that tells its errors apart (measured with 1.5.6):
 * a fatal error invalidates every further statement; a full disk refuses one commit and goes on.
 */
export function engineError(cause: unknown, doing: string): RtpError {
  if (cause instanceof RtpError) return cause;
  const text = describeError(cause);
  if (/database has been invalidated|^FATAL Error/.test(text)) {
    return storeErrors.create('RTP_STORE_INVALIDATED', `${doing}: ${text}`, { cause });
  }
  if (/No space left on device/.test(text)) {
    return storeErrors.create('RTP_STORE_DISK_FULL', `${doing}: ${text}`, { cause });
  }
  if (/Corrupt database file|Could not read enough bytes from file|Corrupt(ed)? \w+ segment/.test(text)) {
    return storeErrors.create('RTP_STORE_CORRUPT', `${doing}: ${text}`, { cause });
  }
  return storeErrors.create('RTP_STORE_QUERY_FAILED', `${doing}: ${text}`, { cause });
}

/** Whether the process can only end and be started again. */
export function isFatal(error: unknown): boolean {
  return error instanceof RtpError && (error.code === 'RTP_STORE_INVALIDATED' || error.code === 'RTP_STORE_CORRUPT');
}
