import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const started = new Set<ChildProcess>();

export interface Program {
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** Resolves with the exit code; null when it was killed. */
  readonly ended: Promise<number | null>;
  kill(): Promise<void>;
}

/** Runs a program of `tests/dhan/fixtures` in a process of its own. */
export function run(name: string, ...args: readonly string[]): Program {
  const file = resolve(import.meta.dirname, '../fixtures', `${name}.ts`);
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  started.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    started.delete(child);
    return code as number | null;
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Kills what is still running. */
export function killPrograms(): void {
  for (const child of started) child.kill('SIGKILL');
}
