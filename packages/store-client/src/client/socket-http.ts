import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describeError, nodeHttp, RtpError } from '@rtp/core';
import { errorBodySchema } from '../contract-schemas.ts';
import { storeClientErrors } from '../errors.ts';

/** Sockets kept open to the store at most. */
const MAX_SOCKETS = 8;

export interface SocketRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

/**
 * HTTP over the store's Unix socket, with connections kept open. `node:http` and not a client library: every
 * process has it loaded already.
 */
export interface SocketHttp {
  /** The body of a 2xx answer. Errors: RTP_STORE_UNREACHABLE; any error the store answered with. */
  send(options: SocketRequest): Promise<Buffer>;
  /** The lines of a 2xx answer as they come, for as long as they come. Errors: as of `send`; the signal's reason. */
  lines(options: SocketRequest, signal?: AbortSignal): AsyncGenerator<string>;
  close(): void;
}

/** @param timeoutMs longest wait for one whole answer, real milliseconds */
export function openSocketHttp(socketPath: string, timeoutMs: number): SocketHttp {
  const agent = new nodeHttp.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  const attempt = (options: SocketRequest, mayRetry: boolean): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const body = options.body;
      const headers: Record<string, string | number> = { host: 'localhost' };
      if (body !== undefined) {
        headers['content-length'] = body.byteLength;
        headers['content-type'] = options.contentType ?? 'application/json';
      }
      const outgoing = nodeHttp.request({
        socketPath,
        agent,
        method: options.method,
        path: options.path,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
      });
      outgoing.on('response', (response) => readAnswer(response, options).then(resolve, reject));
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The store closed an idle connection in the same instant: nothing was read, so it is asked again.
        if (mayRetry && outgoing.reusedSocket && error.code === 'ECONNRESET') {
          attempt(options, false).then(resolve, reject);
        } else {
          reject(unreachable(options, error));
        }
      });
      outgoing.end(body);
    });

  async function* lines(options: SocketRequest, signal?: AbortSignal): AsyncGenerator<string> {
    const outgoing = nodeHttp.request({
      socketPath,
      method: options.method,
      path: options.path,
      headers: { host: 'localhost', 'content-type': 'application/json' },
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      outgoing.end(options.body);
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      if (response.statusCode !== 200) await readAnswer(response, options);
      yield* linesOf(response);
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause instanceof RtpError ? cause : unreachable(options, cause);
    } finally {
      outgoing.destroy();
    }
  }

  return { send: (options) => attempt(options, true), lines, close: () => agent.destroy() };
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function readAnswer(response: IncomingMessage, options: SocketRequest): Promise<Buffer> {
  const parts: Buffer[] = [];
  try {
    for await (const part of response) parts.push(part as Buffer);
  } catch (cause) {
    throw unreachable(options, cause);
  }
  const body = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return body;
  throw answeredError(status, body);
}

function answeredError(status: number, body: Buffer): RtpError {
  try {
    const { error } = errorBodySchema.parse(JSON.parse(body.toString('utf8')));
    const known = storeClientErrors.specs[error.code as keyof typeof storeClientErrors.specs];
    return new RtpError(error.code, known ?? { summary: error.message, fix: error.fix, status }, error.message, {
      fix: error.fix,
    });
  } catch (cause) {
    return storeClientErrors.create('RTP_STORE_ANSWER_INVALID', `The store answered with status ${status}.`, { cause });
  }
}

function unreachable(options: SocketRequest, cause: unknown): RtpError {
  return storeClientErrors.create(
    'RTP_STORE_UNREACHABLE',
    `The store did not answer ${options.method} ${options.path.split('?')[0]}: ${describeError(cause)}.`,
    { cause },
  );
}
