import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { nodeHttp, realTimer } from '@rtp/core';
import { storeErrors } from '../errors.ts';

const OWNER_ONLY = 0o600;

export interface UnixServer {
  /** Stops accepting, lets answers under way finish for `graceMs` real milliseconds, then cuts. */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves on a Unix socket that only its owner may use. A socket file that nobody listens on is a crash's leftover
 * and is removed. Errors: RTP_STORE_ALREADY_RUNNING.
 */
export async function serveUnixSocket(listener: RequestListener, path: string): Promise<UnixServer> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) {
    if (await isListening(path)) {
      throw storeErrors.create('RTP_STORE_ALREADY_RUNNING', `A store listens on ${path} already.`);
    }
    rmSync(path, { force: true });
  }
  // Idle connections stay: our own processes come back every few seconds.
  const server = nodeHttp.createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, listener);
  await listen(server, path);
  chmodSync(path, OWNER_ONLY);
  return { close: (graceMs) => close(server, graceMs) };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
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
