import { once } from 'node:events';
import type { Response } from 'express';
import { storeErrors } from '../errors.ts';

/** Writes a part of an answer; waits while the reader is slower. Errors: RTP_STORE_READER_GONE. */
export async function writeAnswer(response: Response, text: string): Promise<void> {
  if (response.write(text)) return;
  const waited = new AbortController();
  const { signal } = waited;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    // The other one goes on listening otherwise, part after part.
    waited.abort();
  }
  if (response.destroyed) throw storeErrors.create('RTP_STORE_READER_GONE', 'The reader of an answer has gone.');
}
