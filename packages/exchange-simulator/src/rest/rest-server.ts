import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeError, type Logger, type MarketClock } from '@rtp/core';
import type { Counters } from '../counters.ts';
import { answerGroup, distortAnswer } from '../faults/answer-distortion.ts';
import type { FaultSchedule } from '../faults/fault-schedule.ts';
import { type Answer, json } from './answers.ts';
import type { Router } from './router.ts';
import { sendAnswer } from './send-answer.ts';

/** Largest request body; a quote call for 1,000 instruments is under 10 kB. */
const LARGEST_BODY_BYTES = 1_000_000;

/** Turns HTTP requests into router calls, and answers into what faults leave of them. The `Date` header follows the market clock. */
export class RestServer {
  private readonly router: Router;
  private readonly clock: MarketClock;
  private readonly faults: FaultSchedule;
  private readonly counters: Counters;
  private readonly logger: Logger;

  constructor(router: Router, clock: MarketClock, faults: FaultSchedule, counters: Counters, logger: Logger) {
    this.router = router;
    this.clock = clock;
    this.faults = faults;
    this.counters = counters;
    this.logger = logger;
  }

  onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    readBody(request).then(
      (body) => this.respond(request, response, body),
      () => request.destroy(),
    );
  }

  private respond(request: IncomingMessage, response: ServerResponse, body: string | null): void {
    const answer = body === null ? json(413, { message: 'Request entity too large' }) : this.answer(request, body);
    const group = answerGroup(request.url ?? '/');
    const delivery = group === undefined ? { answer, isReset: false } : distortAnswer(this.faults, group, answer);
    const skew = group === undefined ? undefined : this.faults.strike('clock_skew');
    sendAnswer(response, delivery, new Date(this.clock.now() + (skew?.fault.skewMs ?? 0)).toUTCString());
  }

  private answer(request: IncomingMessage, body: string): Answer {
    const { method = 'GET', headers } = request;
    try {
      const url = new URL(request.url ?? '/', 'http://broker');
      return this.router.answer({ method, url, headers, body });
    } catch (error) {
      this.counters.errors += 1;
      this.logger.error('request failed', { method, error: describeError(error) });
      return json(500, { status: 500, error: 'Internal Server Error' });
    }
  }
}

/** The body as text, or null when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > LARGEST_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}
