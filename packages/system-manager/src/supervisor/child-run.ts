/**
 * One process of a child, from its spawn to its end.
 *
 *   starting ──ready message──▶ serving
 *   starting ──no ready message in time──▶ ending                  (condemned: SIGTERM, then SIGKILL)
 *   serving ──heartbeats missing, or none of them progresses──▶ ending   (condemned)
 *   starting, serving ──askToStop──▶ ending            (shutdown message, then SIGTERM, then SIGKILL)
 *   any ──the process ends──▶ exited ──its last words are in──▶ ended
 *
 * A long operation that the child announced suspends the time limits of starting and serving while it lasts.
 * Everything is measured on the monotonic clock.
 */
import {
  type Alert,
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
import type { DoneMessage, HeartbeatMessage, RequestMessage, WantMessage } from './child-messages.ts';
import type { RunLimits } from './run-limits.ts';
import { Vitality } from './vitality.ts';

/** How a run ended, and on whose account. */
export interface RunResult {
  readonly exit: ChildExit;
  /** The supervisor had asked for a stop. */
  readonly asked: boolean;
  /** Why the supervisor itself ended it, or null. */
  readonly verdict: string | null;
  /** What was seen of the process when that was decided, or null. */
  readonly seen: string | null;
  /** SIGKILL was needed. */
  readonly killed: boolean;
  readonly stderr: readonly string[];
}

export interface RunListener {
  onReady(report: unknown): void;
  onHeartbeat(message: HeartbeatMessage): void;
  onWant(message: WantMessage): void;
  onRequest(message: RequestMessage): void;
  onDone(message: DoneMessage): void;
  /** The announced operation began, or with an empty name is over. */
  onOperation(what: string): void;
  onAlert(alert: Alert): void;
  onCondemned(verdict: string): void;
  /** The process is gone; what follows is decided at its end. */
  onExited(exit: ChildExit): void;
  onEnd(result: RunResult): void;
}

export interface ChildRunOptions {
  readonly component: Component;
  readonly program: ChildProgram;
  readonly limits: RunLimits;
  readonly logger: Logger;
  /** Whether it has to make progress at present. */
  readonly isOnDuty: () => boolean;
  readonly listener: RunListener;
}

export class ChildRun {
  readonly startedAt = monotonicMs();
  readyAt: number | null = null;
  private readonly options: ChildRunOptions;
  private readonly handle: ChildHandle;
  private readonly vitality: Vitality;
  private phase: 'starting' | 'serving' | 'ending' | 'exited' | 'ended' = 'starting';
  private verdict: string | null = null;
  private seen: string | null = null;
  private killed = false;
  private asked = false;
  private stopAskedAt = 0;
  private timers: RealTimer[] = [];

  constructor(options: ChildRunOptions) {
    this.options = options;
    const { component, program, limits, logger } = options;
    this.vitality = new Vitality(limits, this.startedAt);
    this.handle = spawnChild(program, {
      onMessage: (raw) => this.receive(raw),
      onOutput: (line) => logger.info(line, { from: component }),
      onExit: (exit) => this.onExit(exit),
      onEnd: (exit) => this.end(exit),
    });
    this.awaitReady(limits.readyTimeoutMs);
  }

  /** Null when the process could not be started, or is gone. */
  get pid(): number | null {
    return this.phase === 'exited' || this.phase === 'ended' ? null : this.handle.pid;
  }

  /** The number it has, or had. */
  get lastPid(): number | null {
    return this.handle.pid;
  }

  send(message: ManagerMessage): void {
    this.handle.send(message);
  }

  /** Shutdown message with a deadline, then SIGTERM, then SIGKILL to the group, all within the stop timeout. */
  askToStop(reason: string): void {
    if (this.phase !== 'starting' && this.phase !== 'serving') return;
    const { component, limits, logger } = this.options;
    const { stopTimeoutMs, termTimeoutMs } = limits;
    const deadlineMs = Math.max(Math.floor(stopTimeoutMs / 2), stopTimeoutMs - termTimeoutMs);
    this.phase = 'ending';
    this.stopAskedAt = monotonicMs();
    this.clearTimers();
    logger.info('asking a child to stop', { child: component, childPid: this.pid, reason, deadlineMs });
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
    const { component, listener, logger } = this.options;
    try {
      message = parseIpc(childMessageSchema, raw);
    } catch (error) {
      logger.error('message refused', { from: component, error: describeError(error) });
      return;
    }
    this.vitality.onSign(monotonicMs());
    switch (message.type) {
      case 'want':
        listener.onWant(message);
        break;
      case 'request':
        listener.onRequest(message);
        break;
      case 'done':
        listener.onDone(message);
        break;
      case 'operation':
        this.vitality.onOperation(message, monotonicMs());
        listener.onOperation(message.what);
        break;
      case 'alert':
        listener.onAlert(message.alert);
        break;
      case 'ready':
        this.onReady(message.report);
        break;
      case 'heartbeat':
        this.vitality.onHeartbeat(message, monotonicMs());
        if (this.phase === 'serving') listener.onHeartbeat(message);
    }
  }

  private awaitReady(waitMs: number): void {
    this.timers.push(
      realTimer(waitMs, () => {
        const { readyTimeoutMs } = this.options.limits;
        const moreMs = this.startedAt + readyTimeoutMs + this.vitality.excusedMs(monotonicMs()) - monotonicMs();
        if (moreMs > 0) this.awaitReady(moreMs);
        else this.condemn(`not ready within ${readyTimeoutMs} ms`);
      }),
    );
  }

  private onReady(report: unknown): void {
    if (this.phase !== 'starting') return;
    this.phase = 'serving';
    this.readyAt = monotonicMs();
    this.clearTimers();
    this.timers.push(realInterval(this.options.limits.heartbeatIntervalMs, () => this.examine()));
    this.options.listener.onReady(report);
  }

  private examine(): void {
    const verdict = this.vitality.examine(monotonicMs(), this.pid, this.options.isOnDuty());
    if (verdict !== null) this.condemn(verdict);
  }

  /** Ends a process that does not do its job; its end is then a failure whatever its exit code. */
  private condemn(verdict: string): void {
    const { component, limits, listener, logger } = this.options;
    this.phase = 'ending';
    this.verdict = verdict;
    this.seen = this.vitality.describe(monotonicMs(), this.pid);
    this.stopAskedAt = monotonicMs();
    this.clearTimers();
    const record = { child: component, childPid: this.pid, verdict, seen: this.seen };
    logger.warn('ending a child with SIGTERM', record);
    this.handle.signal('SIGTERM');
    this.timers.push(realTimer(limits.termTimeoutMs, () => this.escalate('SIGKILL')));
    listener.onCondemned(verdict);
  }

  private escalate(signal: 'SIGTERM' | 'SIGKILL'): void {
    const afterMs = Math.round(monotonicMs() - this.stopAskedAt);
    const { component, logger } = this.options;
    logger.warn(`a child does not end: ${signal}`, { child: component, childPid: this.pid, afterMs });
    if (signal === 'SIGKILL') this.kill();
    else this.handle.signal(signal);
  }

  private onExit(exit: ChildExit): void {
    const { component, listener, logger } = this.options;
    if (this.phase === 'ending') {
      const afterMs = Math.round(monotonicMs() - this.stopAskedAt);
      logger.info('a child has ended', { child: component, childPid: this.handle.pid, afterMs, ...exit });
    }
    this.asked = this.phase === 'ending' && this.verdict === null;
    this.phase = 'exited';
    this.clearTimers();
    listener.onExited(exit);
  }

  private end(exit: ChildExit): void {
    this.phase = 'ended';
    const { verdict, seen, killed, asked } = this;
    this.options.listener.onEnd({ exit, asked, verdict, seen, killed, stderr: [...this.handle.stderrTail()] });
  }

  private clearTimers(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
  }
}
