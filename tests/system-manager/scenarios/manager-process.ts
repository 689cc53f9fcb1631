import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import type { SystemStatus } from '@rtp/core';
import { fixture } from '../support/children.ts';

export type Said =
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'started'; readonly status: SystemStatus }
  | { readonly kind: 'status'; readonly status: SystemStatus }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'now'; readonly wallMs: number };

/** Fixtures in place of store, scheduler and monitor. */
export type Cast = readonly [store: string, scheduler: string, monitor: string];
export const SOUND: Cast = ['serves-by-the-runtime', 'serves-by-the-runtime', 'serves-by-the-runtime'];

const running = new Set<ManagerProcess>();

/** A system manager in a process of its own, that can be killed. */
export class ManagerProcess {
  readonly said: Said[] = [];
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly listeners = new Set<() => void>();

  constructor(dir: string, cast: Cast = SOUND, options: ForkOptions = {}, supervision: object = {}) {
    this.child = fork(fixture('starts-or-says-why'), [dir, ...cast, JSON.stringify(supervision)], {
      execArgv: [],
      silent: true,
      ...options,
    });
    this.child.on('message', (message) => {
      this.said.push(message as Said);
      for (const look of [...this.listeners]) look();
    });
    this.ended = new Promise((resolve) => {
      this.child.once('exit', (code) => {
        running.delete(this);
        resolve(code);
        for (const look of [...this.listeners]) look();
      });
    });
    running.add(this);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get notices(): readonly string[] {
    return this.said.flatMap((message) => (message.kind === 'notice' ? [message.text] : []));
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  tell(what: 'status' | 'stop'): void {
    this.child.send(what);
  }

  /** Resolves with the first message of that kind after the first `after`; rejects when the process ends without one. */
  hears<Kind extends Said['kind']>(kind: Kind, after = 0): Promise<Extract<Said, { readonly kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const message = this.said.slice(after).find((one) => one.kind === kind);
        if (message === undefined && this.child.exitCode === null && this.child.signalCode === null) return;
        this.listeners.delete(look);
        if (message === undefined) reject(new Error(`the manager ended: ${JSON.stringify(this.said.slice(-5))}`));
        else resolve(message as Extract<Said, { readonly kind: Kind }>);
      };
      this.listeners.add(look);
      look();
    });
  }

  /** The system as it is now. */
  async status(): Promise<SystemStatus> {
    const before = this.said.length;
    this.tell('status');
    return (await this.hears('status', before)).status;
  }

  async stop(): Promise<number | null> {
    this.tell('stop');
    return this.ended;
  }
}

/** Kills whatever a failed test left. */
export function killManagers(): void {
  for (const manager of running) manager.signal('SIGKILL');
}
