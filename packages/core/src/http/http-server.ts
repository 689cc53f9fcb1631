import type { RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { realTimer } from '../clock/real-time.ts';
import { coreErrors } from '../errors/core-errors.ts';
import type { RtpError } from '../errors/rtp-error.ts';
import { portInUseError } from '../process/port-holder.ts';
import { errorBody } from './error-body.ts';
import { nodeHttp } from './node-http.ts';

/** How often connections are checked against their time limits. */
const CONNECTION_CHECK_MS = 500;
const KEEP_ALIVE_MS = 5_000;

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
}

export interface RunningHttpServer {
  /** Where it really listens, e.g. `http://127.0.0.1:8001`. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, lets answers under way finish for `graceMs` real milliseconds, then cuts. */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves `listener` within limits of time, size and connections; a request that breaks HTTP or a limit gets a JSON
 * error. Errors: RTP_PORT_IN_USE, RTP_ADDRESS_UNUSABLE.
 */
export async function serveHttp(listener: RequestListener, options: HttpServerOptions): Promise<RunningHttpServer> {
  const server = nodeHttp.createServer(
    {
      requestTimeout: options.requestTimeoutMs,
      headersTimeout: Math.min(options.headersTimeoutMs, options.requestTimeoutMs),
      maxHeaderSize: options.maxHeaderBytes,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CONNECTION_CHECK_MS,
    },
    listener,
  );
  server.maxConnections = options.maxConnections;
  server.on('clientError', answerClientError);
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  const name = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${name}:${port}`, port, close: (graceMs) => close(server, graceMs) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? portInUseError(host, port, error)
          : coreErrors.create('RTP_ADDRESS_UNUSABLE', `Cannot listen on ${host}:${port}.`, { cause: error }),
      );
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = realTimer(graceMs, () => server.closeAllConnections());
    server.close(() => {
      cut.cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Node found the bytes on the socket unacceptable before there was a request to answer. */
function answerClientError(cause: NodeJS.ErrnoException, socket: Duplex): void {
  if (cause.code === 'ECONNRESET' || !socket.writable || (socket as Socket).bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const error = clientError(cause.code);
  const body = JSON.stringify(errorBody(error));
  socket.end(
    `HTTP/1.1 ${error.status} ${nodeHttp.STATUS_CODES[error.status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
}

function clientError(code: string | undefined): RtpError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return coreErrors.create('RTP_HTTP_REQUEST_TOO_LARGE', 'The URL and headers are too large.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return coreErrors.create('RTP_HTTP_REQUEST_TIMEOUT', 'The request took too long to arrive.');
  }
  return coreErrors.create('RTP_HTTP_REQUEST_INVALID', 'This is not a valid HTTP request.');
}
