import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { type DataPaths, realTimer, wallClockMs } from '@rtp/core';
import { z } from 'zod';
import { managerErrors } from '../errors.ts';

const ANSWER_TIMEOUT_MS = 1_000;

const holderSchema = z.object({ pid: z.int(), startedAt: z.string() }).readonly();

/** Who runs the system of a data directory. */
export type LockHolder = z.infer<typeof holderSchema>;

export interface InstanceLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a data directory for as long as this process lives: a listening socket in the kernel's abstract
 * namespace, which no crash leaves behind. Whoever connects is told who holds it. Errors: RTP_ALREADY_RUNNING.
 */
export async function acquireInstanceLock(paths: DataPaths): Promise<InstanceLock> {
  const holder: LockHolder = { pid: process.pid, startedAt: new Date(wallClockMs()).toISOString() };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${JSON.stringify(holder)}\n`);
  });
  try {
    await listen(server, lockName(paths));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    const first = await findLockHolder(paths);
    const who = first?.pid ? `process ${first.pid}, started ${first.startedAt}` : 'a process that does not answer';
    throw managerErrors.create('RTP_ALREADY_RUNNING', `${paths.dataDir} is in use by ${who}.`);
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Who holds the lock; null when nobody does. A holder too busy to answer has pid 0. */
export function findLockHolder(paths: DataPaths): Promise<LockHolder | null> {
  return new Promise((resolve) => {
    const socket = connect(lockName(paths));
    let text = '';
    const settle = (holder: LockHolder | null): void => {
      limit.cancel();
      socket.destroy();
      resolve(holder);
    };
    const limit = realTimer(ANSWER_TIMEOUT_MS, () => settle({ pid: 0, startedAt: '' }));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', () => settle(null));
    socket.on('end', () => settle(parseHolder(text)));
  });
}

function parseHolder(text: string): LockHolder {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return { pid: 0, startedAt: '' };
  }
}

function lockName(paths: DataPaths): string {
  let path = paths.dataDir;
  try {
    path = realpathSync(path);
  } catch {
    // A directory that does not exist has no other spelling.
  }
  return `\0rtp-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
