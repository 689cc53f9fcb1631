/**
 * One child and its life under supervision, over all its processes.
 *
 *   stopped ──up──▶ starting ──ready message──▶ ready ⇄ degraded        (degraded: the child's own report names why)
 *                      │                          │
 *                      └──────── it ends ─────────┴──▶ backoff ──wait over──▶ starting
 *                                                 └──▶ fatal   ──restart asked for──▶ starting
 *   starting, ready, degraded ──down, restart──▶ stopping ──it ends──▶ stopped, or starting again if wanted
 *   starting, ready, degraded ──hung, not ready in time──▶ stopping ──it ends──▶ backoff or fatal: a failure
 *   backoff, fatal ──down──▶ stopped
 *
 * `wanted` is what should be, `state` what is. An end that nobody asked for is a failure while the child is wanted;
 * what follows is `decideRestart`. A child that the calendar does not want is stopped, which is no failure.
 */
import {
  type Component,
  type ComponentState,
  type ComponentStatus,
  type Logger,
  type ManagerMessage,
  monotonicMs,
  type ProcessUsage,
  type RealTimer,
  realTimer,
  wallClockMs,
} from '@rtp/core';
import type { ChildProgram } from './child-handle.ts';
import {
  ChildRun,
  type DoneMessage,
  type RequestMessage,
  type RunLimits,
  type RunResult,
  type WantMessage,
} from './child-run.ts';
import { describeEnd } from './describe-exit.ts';
import { decideRestart, type RestartPolicy, type RunEnd } from './restart-policy.ts';
import { TRANSITIONS, type Transition } from './transitions.ts';

export interface ChildLimits extends RestartPolicy, RunLimits {}

export interface SupervisedChildOptions {
  readonly component: Component;
  readonly program: ChildProgram;
  readonly limits: ChildLimits;
  readonly logger: Logger;
  /** Told after every change of state, reason or wish. */
  readonly onChange: (child: SupervisedChild) => void;
  readonly onHeartbeat?: (child: SupervisedChild, loopLagMs: number) => void;
  readonly onWant?: (message: WantMessage) => void;
  readonly onRequest?: (message: RequestMessage) => void;
  readonly onDone?: (message: DoneMessage) => void;
  readonly onSpawned?: (pid: number) => void;
  readonly onEnded?: () => void;
  /** Evenly distributed in [0, 1): the jitter of back-off. */
  readonly random?: () => number;
}

/** Failures and transitions kept. */
const MAX_HISTORY = 100;

export class SupervisedChild {
  readonly component: Component;
  private readonly options: SupervisedChildOptions;
  private current: ComponentState = 'stopped';
  private wish: 'up' | 'down' = 'down';
  private why = 'not started yet';
  private run: ChildRun | null = null;
  private backoff: RealTimer | null = null;
  private starts = 0;
  private failures: readonly RunEnd[] = [];
  private steps: readonly Transition[] = [];
  private ending: RunResult | null = null;
  private report: unknown = null;
  private loopLagMs: number | null = null;
  private busyWith = '';
  private usage: ProcessUsage | null = null;

  constructor(options: SupervisedChildOptions) {
    this.options = options;
    this.component = options.component;
  }

  get state(): ComponentState {
    return this.current;
  }

  get wanted(): 'up' | 'down' {
    return this.wish;
  }

  get reason(): string {
    return this.why;
  }

  get pid(): number | null {
    return this.run?.pid ?? null;
  }

  /** Newest last. */
  get history(): readonly Transition[] {
    return this.steps;
  }

  /** How the last process ended, with its last lines of stderr; null before the first end. */
  get lastEnd(): RunResult | null {
    return this.ending;
  }

  isServing(): boolean {
    return this.current === 'ready' || this.current === 'degraded';
  }

  /** Wants the child up. One that is fatal stays so until `restart` or `down`. */
  up(reason: string): void {
    if (this.wish === 'up') return;
    this.wish = 'up';
    if (this.current === 'stopped') this.launch(reason);
    else this.options.onChange(this);
  }

  /** Wants the child down and stops it in order. Safe to repeat. */
  down(reason: string): void {
    const isNew = this.wish === 'up';
    this.wish = 'down';
    if (this.current === 'backoff' || this.current === 'fatal') {
      this.backoff?.cancel();
      this.failures = [];
      this.move('stopped', reason);
    } else if (this.isServing() || this.current === 'starting') {
      this.askToStop(reason);
    } else if (isNew) {
      this.why = reason;
      this.options.onChange(this);
    }
  }

  /** Ends the child if it runs and starts it afresh, earlier failures forgotten. One that is not wanted stays down. */
  restart(reason: string): void {
    this.failures = [];
    if (this.wish === 'down') return;
    if (this.isServing() || this.current === 'starting') {
      this.askToStop(reason);
    } else if (this.current !== 'stopping') {
      this.backoff?.cancel();
      this.launch(reason);
    }
  }

  send(message: ManagerMessage): void {
    this.run?.send(message);
  }

  /** SIGKILL to the whole group, at once. */
  kill(): void {
    this.run?.kill();
  }

  setUsage(usage: ProcessUsage | null): void {
    this.usage = usage;
  }

  status(): ComponentStatus {
    const readyAt = this.isServing() ? (this.run?.readyAt ?? null) : null;
    return {
      component: this.component,
      state: this.current,
      wanted: this.wish,
      reason: this.why,
      actor: 'supervisor',
      pid: this.pid,
      upForMs: this.run === null ? null : Math.round(monotonicMs() - this.run.startedAt),
      readyForMs: readyAt === null ? null : Math.round(monotonicMs() - readyAt),
      restarts: Math.max(0, this.starts - 1),
      rssBytes: this.usage?.rssBytes ?? null,
      pssBytes: this.usage?.pssBytes ?? null,
      cpuSeconds: this.usage?.cpuSeconds ?? null,
      loopLagMs: this.loopLagMs,
      lastExit: this.ending === null ? null : describeEnd(this.ending),
      deaths: this.failures.length,
      busyWith: this.busyWith,
      report: this.report,
    };
  }

  private launch(reason: string): void {
    const { program, limits, logger } = this.options;
    this.starts += 1;
    this.report = null;
    const run = new ChildRun(this.component, program, limits, logger, {
      onReady: (report) => {
        this.report = report;
        const degraded = degradedOf(report);
        this.move(degraded === '' ? 'ready' : 'degraded', degraded || 'serving');
      },
      onHeartbeat: (report, loopLagMs) => {
        this.report = report;
        this.loopLagMs = loopLagMs;
        this.follow(degradedOf(report));
        this.options.onHeartbeat?.(this, loopLagMs);
      },
      onWant: (message) => this.options.onWant?.(message),
      onRequest: (message) => this.options.onRequest?.(message),
      onDone: (message) => this.options.onDone?.(message),
      onOperation: ({ what }) => {
        this.busyWith = what;
        this.options.onChange(this);
      },
      onCondemned: (verdict) => this.move('stopping', verdict),
      onEnd: (result) => this.onEnd(run, result),
    });
    this.run = run;
    if (run.pid !== null) this.options.onSpawned?.(run.pid);
    this.move('starting', reason);
  }

  private follow(degraded: string): void {
    const state = degraded === '' ? 'ready' : 'degraded';
    if (state !== this.current) this.move(state, degraded || 'serving');
    else if (degraded !== '' && degraded !== this.why) {
      this.why = degraded;
      this.options.onChange(this);
    }
  }

  private askToStop(reason: string): void {
    this.move('stopping', reason);
    this.run?.askToStop(reason);
  }

  private onEnd(run: ChildRun, result: RunResult): void {
    this.run = null;
    this.ending = result;
    this.loopLagMs = null;
    this.busyWith = '';
    this.usage = null;
    this.options.onEnded?.();
    if (this.wish === 'down') this.move('stopped', this.why);
    else if (result.asked) this.launch(this.why);
    else this.afterFailure(run, result);
  }

  private afterFailure(run: ChildRun, result: RunResult): void {
    const how = describeEnd(result);
    this.options.logger.error('a child ended unasked', { child: this.component, how, stderr: result.stderr });
    const end: RunEnd = {
      startedAt: run.startedAt,
      readyAt: run.readyAt,
      endedAt: monotonicMs(),
      // A process that the supervisor ended has no say in whether a restart can help.
      exitCode: result.verdict === null ? result.exit.exitCode : null,
      signal: result.exit.signal,
    };
    const decision = decideRestart(this.failures, end, this.options.limits);
    this.failures = [...this.failures, end].slice(-MAX_HISTORY);
    if (decision.action === 'give-up') {
      this.move('fatal', `${how}; ${decision.reason}`);
      return;
    }
    const delayMs = (this.options.random ?? Math.random)() * decision.delayCeilingMs;
    const when = delayMs === 0 ? 'at once' : `in ${(delayMs / 1_000).toFixed(1)} s`;
    this.move('backoff', `${how}; starts again ${when}, ${decision.reason}`);
    this.backoff = realTimer(delayMs, () => this.launch(`started again: ${decision.reason}`));
  }

  private move(to: ComponentState, reason: string): void {
    const from = this.current;
    if (from !== to && !TRANSITIONS[from].includes(to)) {
      throw new Error(`${this.component} cannot go from ${from} to ${to}`);
    }
    this.current = to;
    this.why = reason;
    const step: Transition = { at: new Date(wallClockMs()).toISOString(), from, to, reason };
    this.steps = [...this.steps, step].slice(-MAX_HISTORY);
    this.options.logger.info(`${this.component}: ${from} -> ${to}`, { reason, childPid: this.pid });
    this.options.onChange(this);
  }
}

/** A report's own word for what limits it; empty when nothing does. */
function degradedOf(report: unknown): string {
  const degraded = (report as { degraded?: unknown } | null)?.degraded;
  return typeof degraded === 'string' ? degraded : '';
}
