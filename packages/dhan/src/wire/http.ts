/**
 * HTTP to the broker: one connection pool, real-time limits, no retries, no classification.
 *
 * Only the pool and the request call of undici are loaded: its entry point brings fetch, mocks and caches, which
 * cost 14 MB of memory and are not used.
 */
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { RtpError, realTimer } from '@rtp/core';
import type { Dispatcher, Agent as UndiciAgent } from 'undici';
import type { WireAnswer } from './envelope.ts';
import { failure } from './failure-kind.ts';

const require = createRequire(import.meta.url);
const Agent = require('undici/lib/dispatcher/agent.js') as typeof UndiciAgent;
const request = require('undici/lib/api/api-request.js') as (
  this: Dispatcher,
  options: Dispatcher.RequestOptions,
) => Promise<Dispatcher.ResponseData>;

/** Longest answer kept in memory: 89 days of minutes are about 2 MB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;

export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Real time from the request to the last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What errors call this request: the URL may hold secrets. */
  readonly name: string;
}

export interface DatedAnswer extends WireAnswer {
  /** The `Date` header; empty where there is none. */
  readonly date: string;
}

/** An answer whose body is still to be read. */
export interface WireStream {
  readonly status: number;
  readonly contentType: string;
  readonly date: string;
  readonly contentEncoding: string;
  readonly body: Readable;
}

export interface Http {
  /** The complete answer, whatever its status. Errors: RTP_DHAN_NETWORK; the signal's reason when aborted. */
  send(request: WireRequest): Promise<DatedAnswer>;
  /** Hands the answer's body to `use` as it arrives. Errors as `send`, and those of `use`. */
  stream<T>(request: WireRequest, use: (answer: WireStream) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens a pool of at most `connections` sockets for each host. */
export function openHttp(connections: number): Http {
  const agent = new Agent({ connections, keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: 0, bodyTimeout: 0 });

  const exchange = async <T>(sent: WireRequest, use: (answer: WireStream) => Promise<T>): Promise<T> => {
    sent.signal?.throwIfAborted();
    const ending = new AbortController();
    let timedOut = false;
    const timer = realTimer(sent.timeoutMs, () => {
      timedOut = true;
      ending.abort(new Error('timed out'));
    });
    const onAbort = (): void => ending.abort(sent.signal?.reason);
    sent.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const { origin, pathname, search } = new URL(sent.url);
      const answer = await request.call(agent, {
        origin,
        path: `${pathname}${search}`,
        method: sent.method,
        headers: sent.headers,
        body: sent.body ?? null,
        signal: ending.signal,
      });
      // Whoever reads the body meets its errors; when nobody does they are of no interest.
      answer.body.on('error', () => {});
      return await use({
        status: answer.statusCode,
        contentType: header(answer.headers['content-type']),
        date: header(answer.headers.date),
        contentEncoding: header(answer.headers['content-encoding']),
        body: answer.body,
      });
    } catch (error) {
      if (timedOut) throw failure('network', `${sent.name}: no complete answer within ${sent.timeoutMs} ms.`);
      sent.signal?.throwIfAborted();
      throw isTransportError(error) ? failure('network', `${sent.name}: ${reasonOf(error)}.`) : error;
    } finally {
      timer.cancel();
      sent.signal?.removeEventListener('abort', onAbort);
    }
  };

  return {
    send: (sent) =>
      exchange(sent, async ({ status, contentType, date, body }) => ({
        status,
        contentType,
        date,
        text: await readText(body, sent.name),
      })),
    stream: exchange,
    close: () => agent.destroy(),
  };
}

async function readText(body: Readable, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw failure('malformed', `${name}: the answer is longer than ${MAX_ANSWER_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

const header = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(',') : (value ?? '');

/** Errors of sockets, name look-ups, TLS and undici carry a code; programming errors do not. */
function isTransportError(error: unknown): error is NodeJS.ErrnoException {
  if (typeof error !== 'object' || error === null || error instanceof RtpError) return false;
  return typeof (error as NodeJS.ErrnoException).code === 'string';
}

const reasonOf = ({ code, message }: NodeJS.ErrnoException): string => (message === '' ? String(code) : message);
