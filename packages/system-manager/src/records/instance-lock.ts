import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { type DataPaths, realDelay, realTimer, wallClockMs } from '@rtp/core';
import { z } from 'zod';
import { managerErrors } from '../errors.ts';

const ANSWER_TIMEOUT_MS = 1_000;
const MAX_ATTEMPTS = 20;
const RETRY_MS = 50;

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
  for (let attempt = 1; ; attempt += 1) {
    const lock = await tryLock(paths);
    if (lock !== null) return lock;
    const first = await findLockHolder(paths);
    if (first === null && attempt < MAX_ATTEMPTS) {
      // The holder is just going away.
      await realDelay(RETRY_MS);
      continue;
    }
    const who = first?.pid ? `process ${first.pid}, started ${first.startedAt}` : 'a process that does not answer';
    throw managerErrors.create('RTP_ALREADY_RUNNING', `${paths.dataDir} is in use by ${who}.`);
  }
}

async function tryLock(paths: DataPaths): Promise<InstanceLock | null> {
  const holder: LockHolder = { pid: process.pid, startedAt: new Date(wallClockMs()).toISOString() };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${JSON.stringify(holder)}\n`);
  });
  try {
    await listen(server, lockName(paths));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw cause;
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

/** Null when the connection ended without an answer: the holder has died. */
function parseHolder(text: string): LockHolder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
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
