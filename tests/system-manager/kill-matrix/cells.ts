import type { ComponentState } from '@rtp/core';

/** States in which a signal strikes. In `backoff` the signal goes to a process group that is no more. */
export type StruckState = Extract<ComponentState, 'starting' | 'ready' | 'degraded' | 'backoff' | 'stopping'>;

/**
 * What becomes of the child: `replaced`, another process serves (or, of one that is never ready, starts); `unmoved`, the same
 * process goes on; `waits`, it goes on waiting for its next start; `stopped`, in order; `fatal`, given up.
 */
export type Outcome = 'replaced' | 'unmoved' | 'waits' | 'stopped' | 'fatal';

export interface Cell {
  /** The fixture, named by what it does. */
  readonly behaviour: string;
  readonly state: StruckState;
  readonly signal: NodeJS.Signals;
  readonly outcome: Outcome;
  /** The way of its death as the ledger has it; null when that end is no death. */
  readonly death: string | null;
}

const DEADLY = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGSEGV', 'SIGABRT', 'SIGKILL'] as const;

const cell = (
  behaviour: string,
  state: StruckState,
  signal: NodeJS.Signals,
  outcome: Outcome,
  death: string | null,
): Cell => ({ behaviour, state, signal, outcome, death });

/** A process with Node's own handling of signals: every one but SIGSTOP is its death. */
const plain = (behaviour: string, state: 'ready' | 'degraded'): Cell[] => [
  ...DEADLY.map((signal) => cell(behaviour, state, signal, 'replaced', signal)),
  cell(behaviour, state, 'SIGSTOP', 'replaced', 'no heartbeat'),
];

/** Every signal in every state, with what must become of it. */
export const CELLS: readonly Cell[] = [
  ...plain('ready-then-idle', 'ready'),
  ...plain('reports-a-problem', 'degraded'),

  // The runtime of our own children: SIGTERM is a stop in order, Ctrl+C is the manager's to understand.
  cell('serves-by-the-runtime', 'ready', 'SIGTERM', 'replaced', 'exit code 0'),
  cell('serves-by-the-runtime', 'ready', 'SIGINT', 'unmoved', null),
  cell('serves-by-the-runtime', 'ready', 'SIGHUP', 'replaced', 'SIGHUP'),
  cell('serves-by-the-runtime', 'ready', 'SIGSEGV', 'replaced', 'SIGSEGV'),
  cell('serves-by-the-runtime', 'ready', 'SIGSTOP', 'replaced', 'no heartbeat'),
  cell('serves-by-the-runtime', 'ready', 'SIGKILL', 'replaced', 'SIGKILL'),

  ...DEADLY.map((signal) => cell('never-ready', 'starting', signal, 'replaced', signal)),
  cell('never-ready', 'starting', 'SIGSTOP', 'replaced', 'not ready'),

  cell('ignores-sigterm', 'ready', 'SIGTERM', 'unmoved', null),
  cell('ignores-sigterm', 'ready', 'SIGSTOP', 'replaced', 'no heartbeat'),
  cell('ignores-sigterm', 'ready', 'SIGKILL', 'replaced', 'SIGKILL'),
  cell('ignores-sigterm', 'stopping', 'SIGTERM', 'stopped', null),
  cell('ignores-sigterm', 'stopping', 'SIGSTOP', 'stopped', null),
  cell('ignores-sigterm', 'stopping', 'SIGSEGV', 'stopped', null),
  cell('ignores-sigterm', 'stopping', 'SIGKILL', 'stopped', null),

  cell('dies-after-ready', 'backoff', 'SIGTERM', 'waits', 'SIGKILL'),
  cell('dies-after-ready', 'backoff', 'SIGKILL', 'waits', 'SIGKILL'),

  // A frozen loop hears nothing but SIGKILL, and no signal is needed for its end.
  cell('freezes-its-loop', 'ready', 'SIGTERM', 'replaced', 'no heartbeat'),
  cell('freezes-its-loop', 'ready', 'SIGINT', 'replaced', 'SIGINT'),
  cell('freezes-its-loop', 'ready', 'SIGSTOP', 'replaced', 'no heartbeat'),
  cell('freezes-its-loop', 'ready', 'SIGKILL', 'replaced', 'SIGKILL'),

  cell('closes-its-channel', 'ready', 'SIGTERM', 'replaced', 'exit code 0'),
  cell('closes-its-channel', 'ready', 'SIGSTOP', 'replaced', 'no heartbeat'),
  cell('closes-its-channel', 'ready', 'SIGKILL', 'replaced', 'SIGKILL'),

  cell('forks-a-grandchild', 'ready', 'SIGTERM', 'replaced', 'SIGTERM'),
  cell('forks-a-grandchild', 'ready', 'SIGSTOP', 'replaced', 'no heartbeat'),
  cell('forks-a-grandchild', 'ready', 'SIGKILL', 'replaced', 'SIGKILL'),
  cell('daemonizes-a-grandchild', 'ready', 'SIGTERM', 'replaced', 'SIGTERM'),
  cell('daemonizes-a-grandchild', 'ready', 'SIGSTOP', 'replaced', 'no heartbeat'),
  cell('daemonizes-a-grandchild', 'ready', 'SIGKILL', 'replaced', 'SIGKILL'),
  cell('daemonizes-a-grandchild', 'stopping', 'SIGSTOP', 'stopped', null),

  cell('floods-its-outputs', 'ready', 'SIGTERM', 'replaced', 'SIGTERM'),
  cell('floods-its-outputs', 'ready', 'SIGSTOP', 'replaced', 'no heartbeat'),
  cell('floods-its-outputs', 'ready', 'SIGKILL', 'replaced', 'SIGKILL'),
  cell('leaks', 'ready', 'SIGABRT', 'replaced', 'SIGABRT'),
  cell('leaks', 'ready', 'SIGSTOP', 'replaced', 'no heartbeat'),
  cell('leaks', 'ready', 'SIGKILL', 'replaced', 'SIGKILL'),

  // No restart mends it, whatever strikes it on its way.
  cell('exits-78', 'starting', 'SIGCONT', 'fatal', 'exit code 78'),
];
