import { randomUUID } from 'node:crypto';
import { type ManagerMessage, realDelay } from '@rtp/core';
import { execa } from 'execa';
import { eachLine } from './each-line.ts';
import { RUN_ID_VARIABLE, sweepRun } from './sweep-run.ts';

/** How to start one child. */
export interface ChildProgram {
  /** The TypeScript file that Node runs. */
  readonly file: string;
  readonly args: readonly string[];
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a child process ended. */
export interface ChildExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** Lines of stderr kept with a death record. */
const STDERR_TAIL_LINES = 200;
/** Time for the last lines of a dead child to arrive. */
const LAST_WORDS_MS = 100;

export interface ChildListener {
  onMessage(message: unknown): void;
  onOutput(line: string): void;
  /** The process is gone; its last lines may still be on their way. Called once; also when it could not be started. */
  onExit(exit: ChildExit): void;
  /** Its group is swept and its last words are in. Called once, after `onExit`. */
  onEnd(exit: ChildExit): void;
}

/** A spawned process: messages, signals to its whole group, its last words. It knows no policy. */
export interface ChildHandle {
  readonly pid: number | null;
  /** Sends if the channel is open; a message to a child that is going away is dropped. */
  send(message: ManagerMessage): void;
  /** Signals the child's process group, children of its own included. */
  signal(signal: NodeJS.Signals): void;
  stderrTail(): readonly string[];
}

/** Spawns `program` on this very Node, in a process group of its own, with an IPC channel and nothing inherited. */
export function spawnChild(program: ChildProgram, listener: ChildListener): ChildHandle {
  const tail: string[] = [];
  const runId = randomUUID();
  const child = execa(process.execPath, [...(program.nodeOptions ?? []), program.file, ...program.args], {
    ipc: true,
    serialization: 'json',
    detached: true,
    cleanup: false,
    extendEnv: false,
    env: { ...program.env, [RUN_ID_VARIABLE]: runId },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    node: false,
  });
  const { nodeChildProcess } = child;
  const pid = child.pid ?? null;
  let ended = false;

  const exited = (exit: ChildExit): boolean => {
    if (ended) return false;
    ended = true;
    listener.onExit(exit);
    return true;
  };
  const remember = (line: string): void => {
    tail.push(line);
    if (tail.length > STDERR_TAIL_LINES) tail.shift();
    listener.onOutput(line);
  };

  nodeChildProcess.on('message', (message) => listener.onMessage(message));
  nodeChildProcess.on('error', (error) => remember(error.message));
  if (child.stdout) eachLine(child.stdout, listener.onOutput);
  const lastWords = child.stderr ? eachLine(child.stderr, remember) : Promise.resolve();
  nodeChildProcess.on('exit', (exitCode, signal) => {
    // What the child started itself must not outlive it, nor hold its pipes open.
    if (pid !== null) signalGroup(pid, 'SIGKILL');
    sweepRun(runId);
    const exit: ChildExit = { exitCode, signal };
    if (!exited(exit)) return;
    void Promise.race([lastWords, realDelay(LAST_WORDS_MS)]).then(() => listener.onEnd(exit));
  });
  if (pid === null) {
    void child.then((result) => {
      remember(result.shortMessage ?? 'the process could not be started');
      const exit: ChildExit = { exitCode: null, signal: null };
      if (exited(exit)) listener.onEnd(exit);
    });
  }
  return {
    pid,
    send: (message) => {
      if (nodeChildProcess.connected) nodeChildProcess.send(message, () => {});
    },
    signal: (signal) => {
      if (pid !== null && !ended) signalGroup(pid, signal);
    },
    stderrTail: () => tail,
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}
