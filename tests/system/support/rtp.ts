/** The `rtp` command as a user runs it: a real process tree in a data directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { monotonicMs, realDelay } from '@rtp/core';

/** Not the user's own. */
const STATE_DIR = join(tmpdir(), 'rtp-test-state');
const RTP = fileURLToPath(new URL('../../../bin/rtp', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `rtp` command. */
export interface RtpRun {
  readonly dataDir: string;
  readonly finished: Promise<Finished>;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when `pattern` has been printed. */
  printed(pattern: RegExp, withinMs?: number): Promise<RegExpMatchArray>;
  signal(name: NodeJS.Signals): void;
  /** Closes its standard output, as `| head` does. */
  stopReading(): void;
}

const running = new Set<ChildProcess>();
const directories = new Set<string>();

/** A new empty data directory, removed by `cleanUp`. */
export function newDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-system-'));
  directories.add(dir);
  return join(dir, 'data');
}

/** Has `cleanUp` end a process that a test started and may have left. */
export function endAtCleanUp(child: ChildProcess): void {
  running.add(child);
  child.on('close', () => running.delete(child));
}

export function startRtp(args: readonly string[], dataDir: string, env: NodeJS.ProcessEnv = {}): RtpRun {
  const child = spawn(RTP, [...args, '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tmpdir(),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      RTP_STATE_DIR: STATE_DIR,
      TZ: 'America/New_York',
      ...env,
    },
  });
  endAtCleanUp(child);
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    changed();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    changed();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (exitCode) => {
      resolve({ exitCode, stdout, stderr });
      changed();
    });
  });
  const printed = (pattern: RegExp, withinMs = 60_000): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        listeners.delete(look);
        reject(new Error(`${why} while waiting for ${pattern}:\n${stdout}\n${stderr}`));
      };
      const look = (): void => {
        const match = `${stdout}\n${stderr}`.match(pattern);
        if (match !== null) {
          listeners.delete(look);
          limit.abort();
          resolve(match);
        } else if (child.exitCode !== null || child.signalCode !== null) {
          limit.abort();
          fail(`exited with ${child.exitCode ?? child.signalCode}`);
        }
      };
      const limit = new AbortController();
      realDelay(withinMs, limit.signal).then(
        () => fail(`nothing after ${withinMs} ms`),
        () => {},
      );
      listeners.add(look);
      look();
    });
  return {
    dataDir,
    finished,
    pid: child.pid ?? 0,
    output: () => `${stdout}\n${stderr}`,
    printed,
    signal: (name) => void child.kill(name),
    stopReading: () => void child.stdout.destroy(),
  };
}

/** Runs a command to its end. */
export function rtp(args: readonly string[], dataDir: string, env?: NodeJS.ProcessEnv): Promise<Finished> {
  return startRtp(args, dataDir, env).finished;
}

/** Runs a command that must end well. Errors: with all that it printed when it does not. */
export async function rtpDone(args: readonly string[], dataDir: string): Promise<Finished> {
  const result = await rtp(args, dataDir);
  if (result.exitCode === 0) return result;
  throw new Error(`rtp ${args.join(' ')} ended with ${result.exitCode}:\n${result.stdout}\n${result.stderr}`);
}

/** The process id in a component's PID record, or null without one. */
export function pidOf(dataDir: string, component: string): number | null {
  try {
    return (JSON.parse(readFileSync(join(dataDir, 'run', `${component}.pid`), 'utf8')) as { pid: number }).pid;
  } catch (error) {
    // The record goes with its process.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** Kills a component with SIGKILL and returns the process id it had. */
export function killComponent(dataDir: string, component: string): number {
  const pid = pidOf(dataDir, component);
  if (pid === null) throw new Error(`${component} has no PID record`);
  process.kill(pid, 'SIGKILL');
  return pid;
}

/** Polls a condition in real time. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const deadline = monotonicMs() + withinMs;
  while (!(await condition())) {
    if (monotonicMs() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await realDelay(25);
  }
}

/** The process of a PID record if it is still the one that was recorded, not a later process of the same number. */
function ownPid(recordFile: string): number | null {
  const record = JSON.parse(readFileSync(recordFile, 'utf8')) as { pid: number; startToken: string | number };
  if (!isAlive(record.pid)) return null;
  const stat = readFileSync(`/proc/${record.pid}/stat`, 'utf8');
  const startToken = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return startToken === String(record.startToken) ? record.pid : null;
}

/** Ends every process tree that a test started and removes its directories. */
export async function cleanUp(): Promise<void> {
  const pids = new Set<number>();
  for (const dir of directories) {
    const runDir = join(dir, 'data', 'run');
    if (!existsSync(runDir)) continue;
    for (const name of readdirSync(runDir).filter((file) => file.endsWith('.pid'))) {
      const pid = ownPid(join(runDir, name));
      if (pid !== null) pids.add(pid);
    }
  }
  for (const child of running) child.kill('SIGKILL');
  for (const pid of pids) {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
  await eventually('every child is gone', () => [...pids].every((pid) => !isAlive(pid)));
  for (const dir of directories) rmSync(dir, { recursive: true, force: true });
  directories.clear();
}
