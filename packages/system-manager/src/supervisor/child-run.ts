/**
 * One process of a child, from its spawn to its end.
 *
 *   starting ──ready message──▶ serving
 *   starting ──no ready message in time──▶ ending      (condemned: SIGTERM, then SIGKILL)
 *   serving ──heartbeats missing──▶ ending             (condemned)
 *   starting, serving ──askToStop──▶ ending            (shutdown message, then SIGTERM, then SIGKILL)
 *   any ──the process ends──▶ ended
 */
import {
  type ChildMessage,
  type Component,
  childMessageSchema,
  describeError,
  IPC_VERSION,
  type Logger,
  type ManagerMessage,
  monotonicMs,
  parseIpc,
  type RealTimer,
  realInterval,
  realTimer,
} from '@rtp/core';
import { type ChildExit, type ChildHandle, type ChildProgram, spawnChild } from './child-handle.ts';

export interface RunLimits {
  readonly readyTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Heartbeats missed in a row before the process counts as hung. */
  readonly missedHeartbeats: number;
  /** From the request to stop to SIGKILL at the latest. */
  readonly stopTimeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly termTimeoutMs: number;
}

export type WantMessage = Extract<ChildMessage, { readonly type: 'want' }>;
export type RequestMessage = Extract<ChildMessage, { readonly type: 'request' }>;
export type DoneMessage = Extract<ChildMessage, { readonly type: 'done' }>;
export type OperationMessage = Extract<ChildMessage, { readonly type: 'operation' }>;

/** How a run ended, and on whose account. */
export interface RunResult {
  readonly exit: ChildExit;
  /** The supervisor had asked for a stop. */
  readonly asked: boolean;
  /** Why the supervisor itself ended it, or null. */
  readonly verdict: string | null;
  /** SIGKILL was needed. */
  readonly killed: boolean;
  readonly stderr: readonly string[];
}

export interface RunListener {
  onReady(report: unknown): void;
  onHeartbeat(report: unknown, loopLagMs: number): void;
  onWant(message: WantMessage): void;
  onRequest(message: RequestMessage): void;
  onDone(message: DoneMessage): void;
  onOperation(message: OperationMessage): void;
  onCondemned(verdict: string): void;
  onEnd(result: RunResult): void;
}

export class ChildRun {
  readonly startedAt = monotonicMs();
  readyAt: number | null = null;
  private readonly handle: ChildHandle;
  private readonly component: Component;
  private readonly limits: RunLimits;
  private readonly logger: Logger;
  private readonly listener: RunListener;
  private phase: 'starting' | 'serving' | 'ending' | 'ended' = 'starting';
  private verdict: string | null = null;
  private killed = false;
  private lastSignOfLife = 0;
  private timers: RealTimer[] = [];

  constructor(component: Component, program: ChildProgram, limits: RunLimits, logger: Logger, listener: RunListener) {
    this.component = component;
    this.limits = limits;
    this.logger = logger;
    this.listener = listener;
    this.handle = spawnChild(program, {
      onMessage: (raw) => this.receive(raw),
      onOutput: (line) => logger.info(line, { from: component }),
      onExit: (exit) => this.end(exit),
    });
    this.timers.push(
      realTimer(limits.readyTimeoutMs, () => this.condemn(`not ready within ${limits.readyTimeoutMs} ms`)),
    );
  }

  get pid(): number | null {
    return this.handle.pid;
  }

  send(message: ManagerMessage): void {
    this.handle.send(message);
  }

  /** Shutdown message with a deadline, then SIGTERM, then SIGKILL to the group, all within the stop timeout. */
  askToStop(reason: string): void {
    if (this.phase === 'ending' || this.phase === 'ended') return;
    const { stopTimeoutMs, termTimeoutMs } = this.limits;
    const deadlineMs = Math.max(Math.floor(stopTimeoutMs / 2), stopTimeoutMs - termTimeoutMs);
    this.phase = 'ending';
    this.clearTimers();
    this.send({ v: IPC_VERSION, type: 'shutdown', reason, deadlineMs });
    this.timers.push(
      realTimer(deadlineMs, () => this.escalate('SIGTERM')),
      realTimer(stopTimeoutMs, () => this.escalate('SIGKILL')),
    );
  }

  /** SIGKILL to the whole group, at once. */
  kill(): void {
    this.killed = true;
    this.handle.signal('SIGKILL');
  }

  private receive(raw: unknown): void {
    let message: ChildMessage;
    try {
      message = parseIpc(childMessageSchema, raw);
    } catch (error) {
      this.logger.error('message refused', { from: this.component, error: describeError(error) });
      return;
    }
    this.lastSignOfLife = monotonicMs();
    switch (message.type) {
      case 'want':
        this.listener.onWant(message);
        break;
      case 'request':
        this.listener.onRequest(message);
        break;
      case 'done':
        this.listener.onDone(message);
        break;
      case 'operation':
        this.listener.onOperation(message);
        break;
      case 'ready':
        this.onReady(message.report);
        break;
      case 'heartbeat':
        if (this.phase === 'serving') this.listener.onHeartbeat(message.report, message.loopLagMs);
    }
  }

  private onReady(report: unknown): void {
    if (this.phase !== 'starting') return;
    this.phase = 'serving';
    this.readyAt = monotonicMs();
    this.clearTimers();
    this.watchHeartbeats();
    this.listener.onReady(report);
  }

  private watchHeartbeats(): void {
    const { heartbeatIntervalMs, missedHeartbeats } = this.limits;
    const silenceMs = heartbeatIntervalMs * missedHeartbeats;
    let lastLook = monotonicMs();
    this.timers.push(
      realInterval(heartbeatIntervalMs, () => {
        const now = monotonicMs();
        // A manager that was itself held up has heard nobody; that is no child's fault.
        if (now - lastLook > 2 * heartbeatIntervalMs) this.lastSignOfLife = now;
        lastLook = now;
        const silentFor = now - this.lastSignOfLife;
        if (silentFor > silenceMs) this.condemn(`no heartbeat for ${Math.round(silentFor)} ms`);
      }),
    );
  }

  /** Ends a process that does not do its job; its end is then a failure whatever its exit code. */
  private condemn(verdict: string): void {
    this.phase = 'ending';
    this.verdict = verdict;
    this.clearTimers();
    this.logger.warn('ending a child', { child: this.component, childPid: this.pid, verdict });
    this.handle.signal('SIGTERM');
    this.timers.push(realTimer(this.limits.termTimeoutMs, () => this.escalate('SIGKILL')));
    this.listener.onCondemned(verdict);
  }

  private escalate(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.logger.warn('a child does not end', { child: this.component, childPid: this.pid, signal });
    if (signal === 'SIGKILL') this.kill();
    else this.handle.signal(signal);
  }

  private end(exit: ChildExit): void {
    const asked = this.phase === 'ending' && this.verdict === null;
    this.phase = 'ended';
    this.clearTimers();
    const { verdict, killed } = this;
    this.listener.onEnd({ exit, asked, verdict, killed, stderr: [...this.handle.stderrTail()] });
  }

  private clearTimers(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
  }
}
