import { errorBody, RtpError } from '@rtp/core';
import type { IndicatorUpdateRequest } from '@rtp/store-client';
import type { Response } from 'express';
import { storeErrors } from '../errors.ts';
import type { Store } from '../store.ts';

/**
 * Answers with one JSON value a line: `{"progress": …}` as the update goes on, then `{"result": …}` or `{"error": …}`. An
 * error before the first line is answered as any other. A reader that goes away ends the update.
 */
export async function answerUpdate(store: Store, request: IndicatorUpdateRequest, response: Response): Promise<void> {
  const gone = new AbortController();
  response.on('close', () =>
    gone.abort(storeErrors.create('RTP_STORE_READER_GONE', 'The reader of an update has gone.')),
  );
  response.type('application/x-ndjson');
  const write = (line: unknown): boolean => response.write(`${JSON.stringify(line)}\n`);
  try {
    const onProgress = (progress: unknown): boolean => write({ progress });
    write({ result: await store.updateIndicators(request, { onProgress, signal: gone.signal }) });
  } catch (error) {
    if (!response.headersSent || !(error instanceof RtpError)) throw error;
    write(errorBody(error));
  }
  response.end();
}
