import type { ServerResponse } from 'node:http';
import { realDelay } from '@rtp/core';
import type { Delivery } from '../faults/answer-distortion.ts';

/** Real time between two drops of an answer that drips. */
const DROP_MS = 20;

/** Sends an answer as its delivery says; `date` is the header. */
export function sendAnswer(response: ServerResponse, { answer, pace, isReset }: Delivery, date: string): void {
  const body = Buffer.from(answer.body);
  response.sendDate = false;
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': body.length,
    date,
  });
  const sent = isReset ? body.subarray(0, body.length >> 1) : body;
  const finish = (): void => {
    if (isReset) response.socket?.resetAndDestroy();
    else response.end();
  };
  if (pace !== undefined) {
    // Ends early when the client or the exchange goes.
    drip(response, sent, pace).then(finish, () => {});
  } else if (isReset) {
    response.flushHeaders();
    response.write(sent, finish);
  } else response.end(sent);
}

async function drip(
  response: ServerResponse,
  body: Buffer,
  pace: { readonly firstByteMs: number; readonly bytesPerSecond: number },
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await realDelay(pace.firstByteMs, gone.signal);
  const dropBytes = Math.max(1, Math.round((pace.bytesPerSecond * DROP_MS) / 1_000));
  for (let at = 0; at < body.length; at += dropBytes) {
    const drop = body.subarray(at, at + dropBytes);
    response.write(drop);
    await realDelay((drop.length / pace.bytesPerSecond) * 1_000, gone.signal);
  }
}
