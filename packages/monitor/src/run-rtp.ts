import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { type DataPaths, projectRoot, realTimer } from '@rtp/core';

const CLI = join(projectRoot, 'packages/system-manager/src/cli.ts');
/** What of its last words is kept. */
const STDERR_CHARACTERS = 400;

/**
 * Runs an `rtp` command on the data directory in a process of its own, at the lowest priority, and waits for its end: what
 * it reads and computes is gone afterwards. Returns why it did not end well, or null.
 */
export function runRtp(
  paths: DataPaths,
  args: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  const common = ['--data-dir', paths.dataDir, '--config', paths.resolvedConfigFile];
  const child = spawn(process.execPath, ['--max-semi-space-size=2', CLI, ...args, ...common], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid !== undefined) lowerPriority(child.pid);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS);
  });
  let isOver = false;
  const end = (): void => void child.kill('SIGTERM');
  const limit = realTimer(timeoutMs, () => {
    isOver = true;
    end();
  });
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return new Promise((resolve) => {
    const settle = (result: string | null): void => {
      limit.cancel();
      signal.removeEventListener('abort', end);
      resolve(result);
    };
    child.once('error', (error) => settle(error.message));
    child.once('close', (code, name) => {
      if (isOver) settle(`not finished within ${Math.round(timeoutMs / 1_000)} s`);
      else if (code === 0) settle(null);
      else settle(lastWords(stderr) || `ended with ${code ?? name}`);
    });
  });
}

/** Progress lines go before the error. */
const lastWords = (stderr: string): string => stderr.split('\n').find((line) => line.startsWith('RTP_')) ?? '';

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It may have ended already.
  }
}
