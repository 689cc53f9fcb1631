/**
 * One child and its life under supervision, over all its processes.
 *
 *   stopped ──up──▶ starting ──ready message──▶ ready ⇄ degraded      (degraded: the child's own report names why)
 *   starting, ready, degraded ──down, restart, hold──▶ stopping
 *   starting, ready, degraded ──dead, stuck, not ready in time──▶ stopping   (condemned: its end is a failure)
 *   starting, ready, degraded, stopping ──the process ends──▶ exited         (its group is swept, its last words come in)
 *   exited ──not wanted, or held──▶ stopped
 *   exited ──the end was asked for, or the first after it had been ready──▶ starting
 *   exited ──a failure──▶ backoff ──wait over──▶ starting
 *   exited ──a failure that no restart mends, or too many──▶ fatal ──restart asked for──▶ starting
 *   backoff, fatal ──down, hold──▶ stopped
 *   stopped ──up, after it was given up under an earlier manager──▶ fatal
 *
 * `wanted` is what should be, `state` what is. An end that nobody asked for is a death: it is entered into the ledger, and
 * while the child is wanted it is a failure too, after which `decideRestart` says what follows. A child that the calendar does
 * not want is stopped, which is no failure. One that is held stays wanted, but something that it needs is missing.
 */
import {
  type Actor,
  type Alert,
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
import type { DeathLedger } from '../records/death-ledger.ts';
import type { ChildProgram } from './child-handle.ts';
import type { DoneMessage, RequestMessage, WantMessage } from './child-messages.ts';
import { ChildRun, type RunResult } from './child-run.ts';
import { describeEnd, describeExit } from './describe-exit.ts';
import { decideRestart, type RestartPolicy, type RunEnd } from './restart-policy.ts';
import type { RunLimits } from './run-limits.ts';
import { TRANSITIONS, type Transition } from './transitions.ts';

export interface ChildLimits extends RestartPolicy, RunLimits {}

export interface SupervisedChildOptions {
  readonly component: Component;
  /** Asked at every start of a process, as the limits are. */
  readonly program: () => ChildProgram;
  readonly limits: () => ChildLimits;
  readonly logger: Logger;
  readonly ledger: Pick<DeathLedger, 'accountOf' | 'addDeath' | 'addMark' | 'deathsOf'>;
  /** Whether it has to make progress at present. */
  readonly isOnDuty?: () => boolean;
  /** Told after every change of state, reason or wish. */
  readonly onChange: (child: SupervisedChild) => void;
  /** It was given up; told once for every time. */
  readonly onFatal?: (child: SupervisedChild) => void;
  readonly onHeartbeat?: (child: SupervisedChild, loopLagMs: number) => void;
  readonly onWant?: (message: WantMessage) => void;
  readonly onRequest?: (message: RequestMessage) => void;
  readonly onDone?: (message: DoneMessage) => void;
  readonly onAlert?: (alert: Alert) => void;
  readonly onSpawned?: (pid: number) => void;
  readonly onEnded?: () => void;
  /** Evenly distributed in [0, 1): the jitter of back-off. */
  readonly random?: () => number;
}

/** Transitions and failures kept. */
const MAX_HISTORY = 100;

export class SupervisedChild {
  readonly component: Component;
  private readonly options: SupervisedChildOptions;
  private current: ComponentState = 'stopped';
  private wish: 'up' | 'down' = 'down';
  private held = '';
  private why = 'not started yet';
  private by: Actor = 'supervisor';
  private run: ChildRun | null = null;
  private backoff: RealTimer | null = null;
  private starts = 0;
  private failures: readonly RunEnd[];
  private givenUp: string | null;
  /** A restart was asked for while the end of a process was being looked at. */
  private isRearmed = false;
  private steps: readonly Transition[] = [];
  private ending: RunResult | null = null;
  private report: unknown = null;
  private loopLagMs: number | null = null;
  private busyWith = '';
  private usage: ProcessUsage | null = null;

  constructor(options: SupervisedChildOptions) {
    this.options = options;
    this.component = options.component;
    const { failures, givenUp } = options.ledger.accountOf(options.component);
    this.failures = failures;
    this.givenUp = givenUp;
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

  get isHeld(): boolean {
    return this.held !== '';
  }

  isServing(): boolean {
    return this.current === 'ready' || this.current === 'degraded';
  }

  /** Wants the child up. One that is fatal stays so until `restart` or `down`. */
  up(reason: string, actor: Actor): void {
    if (this.wish === 'up') return;
    this.wish = 'up';
    this.by = actor;
    if (this.current !== 'stopped' || this.held !== '') this.options.onChange(this);
    else if (this.givenUp === null) this.launch(reason, actor);
    else this.move('fatal', `given up under an earlier manager: ${this.givenUp}; rtp start --reset`, 'supervisor');
  }

  /** Wants the child down and stops it in order. Safe to repeat. */
  down(reason: string, actor: Actor): void {
    const isNew = this.wish === 'up';
    this.wish = 'down';
    if (isNew) this.by = actor;
    this.leave(reason, actor, isNew);
  }

  /** Stops the child in order although it is wanted: something that it needs is missing. Safe to repeat. */
  hold(reason: string): void {
    if (this.held === reason) return;
    this.held = reason;
    this.leave(reason, 'supervisor', false);
  }

  /** What it needs is there again. */
  release(reason: string): void {
    if (this.held === '') return;
    this.held = '';
    if (this.wish === 'up' && this.current === 'stopped') this.launch(reason, 'supervisor');
  }

  /** Ends the child if it runs and starts it afresh, earlier failures forgotten. One that is not wanted stays down. */
  restart(reason: string, actor: Actor): void {
    this.forget(reason);
    if (!this.isDue()) return;
    if (this.isServing() || this.current === 'starting') {
      this.askToStop(reason, actor);
    } else if (this.current === 'exited' || this.current === 'stopping') {
      this.isRearmed = true;
    } else {
      this.backoff?.cancel();
      this.launch(reason, actor);
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
    const sinceMs = (instant: number): number => Math.round(monotonicMs() - instant);
    return {
      component: this.component,
      state: this.current,
      wanted: this.wish,
      reason: this.why,
      actor: this.by,
      pid: this.pid,
      upForMs: this.run === null || this.run.pid === null ? null : sinceMs(this.run.startedAt),
      readyForMs: readyAt === null ? null : sinceMs(readyAt),
      restarts: Math.max(0, this.starts - 1),
      rssBytes: this.usage?.rssBytes ?? null,
      pssBytes: this.usage?.pssBytes ?? null,
      cpuSeconds: this.usage?.cpuSeconds ?? null,
      loopLagMs: this.loopLagMs,
      lastExit: this.ending === null ? null : describeEnd(this.ending),
      deaths: this.options.ledger.deathsOf(this.component).length,
      busyWith: this.busyWith,
      report: this.report,
    };
  }

  /** Whether a process of it should run. */
  private isDue(): boolean {
    return this.wish === 'up' && this.held === '';
  }

  private leave(reason: string, actor: Actor, isNews: boolean): void {
    if (this.current === 'backoff' || this.current === 'fatal') {
      this.backoff?.cancel();
      this.forget(reason);
      this.move('stopped', reason, actor);
    } else if (this.isServing() || this.current === 'starting') {
      this.askToStop(reason, actor);
    } else if (isNews) {
      this.why = reason;
      this.options.onChange(this);
    }
  }

  private launch(reason: string, actor: Actor): void {
    const { options } = this;
    const { component, logger } = options;
    this.starts += 1;
    this.report = null;
    const run = new ChildRun({
      component,
      program: options.program(),
      limits: options.limits(),
      logger,
      isOnDuty: options.isOnDuty ?? (() => false),
      listener: {
        onReady: (report) => {
          this.report = report;
          const degraded = degradedOf(report);
          this.move(degraded === '' ? 'ready' : 'degraded', degraded || 'serving', 'child');
        },
        onHeartbeat: ({ report, loopLagMs }) => {
          this.report = report;
          this.loopLagMs = loopLagMs;
          this.follow(degradedOf(report));
          options.onHeartbeat?.(this, loopLagMs);
        },
        onWant: (message) => options.onWant?.(message),
        onRequest: (message) => options.onRequest?.(message),
        onDone: (message) => options.onDone?.(message),
        onAlert: (alert) => options.onAlert?.(alert),
        onOperation: (what) => {
          this.busyWith = what;
          options.onChange(this);
        },
        onCondemned: (verdict) => this.move('stopping', verdict, 'supervisor'),
        onExited: (exit) => {
          this.loopLagMs = null;
          this.busyWith = '';
          this.usage = null;
          const actor = this.current === 'stopping' ? this.by : 'child';
          this.move('exited', this.current === 'stopping' ? this.why : describeExit(exit, []), actor);
          options.onEnded?.();
        },
        onEnd: (result) => this.onEnd(run, result),
      },
    });
    this.run = run;
    if (run.pid !== null) options.onSpawned?.(run.pid);
    this.move('starting', reason, actor);
  }

  private follow(degraded: string): void {
    const state = degraded === '' ? 'ready' : 'degraded';
    if (state !== this.current) this.move(state, degraded || 'serving', 'child');
    else if (degraded !== '' && degraded !== this.why) {
      this.why = degraded;
      this.options.onChange(this);
    }
  }

  private askToStop(reason: string, actor: Actor): void {
    this.move('stopping', reason, actor);
    this.run?.askToStop(reason);
  }

  private onEnd(run: ChildRun, result: RunResult): void {
    const pid = run.lastPid;
    this.run = null;
    this.ending = result;
    const { isRearmed } = this;
    this.isRearmed = false;
    const end = result.asked ? null : this.enterDeath(run, pid, result);
    if (!this.isDue()) this.move('stopped', this.held || this.why, this.by);
    else if (end === null || isRearmed) this.launch(this.why, this.by);
    else this.afterFailure(end, describeEnd(result));
  }

  private enterDeath(run: ChildRun, pid: number | null, result: RunResult): RunEnd {
    const how = describeEnd(result);
    const { stderr, verdict, seen } = result;
    this.options.logger.error('a child ended unasked', { child: this.component, how, seen, stderr });
    const instants = { startedAt: run.startedAt, readyAt: run.readyAt, endedAt: monotonicMs() };
    this.options.ledger.addDeath({
      at: nowIso(),
      component: this.component,
      pid,
      ...instants,
      ...result.exit,
      verdict,
      seen,
      how,
      stderr: [...stderr],
    });
    // A process that the supervisor ended has no say in whether a restart can help.
    return { ...instants, exitCode: verdict === null ? result.exit.exitCode : null, signal: result.exit.signal };
  }

  private afterFailure(end: RunEnd, how: string): void {
    const decision = decideRestart(this.failures, end, this.options.limits());
    this.failures = [...this.failures, end].slice(-MAX_HISTORY);
    if (decision.action === 'give-up') {
      const reason = `${how}; ${decision.reason}`;
      this.options.ledger.addMark({ kind: 'given-up', at: nowIso(), component: this.component, reason });
      this.move('fatal', reason, 'supervisor');
      this.options.onFatal?.(this);
      return;
    }
    const delayMs = (this.options.random ?? Math.random)() * decision.delayCeilingMs;
    if (delayMs === 0) {
      this.launch(`${how}; started again at once, ${decision.reason}`, 'supervisor');
      return;
    }
    const wait = `starts again in ${(delayMs / 1_000).toFixed(1)} s, ${decision.reason}`;
    this.move('backoff', `${how}; ${wait}`, 'supervisor');
    this.backoff = realTimer(delayMs, () => this.launch(`started again: ${decision.reason}`, 'supervisor'));
  }

  private forget(reason: string): void {
    if (this.failures.length === 0 && this.givenUp === null && this.current !== 'fatal') return;
    this.failures = [];
    this.givenUp = null;
    this.options.ledger.addMark({ kind: 'forgotten', at: nowIso(), component: this.component, reason });
  }

  private move(to: ComponentState, reason: string, actor: Actor): void {
    const from = this.current;
    if (from !== to && !TRANSITIONS[from].includes(to)) {
      throw new Error(`${this.component} cannot go from ${from} to ${to}`);
    }
    this.current = to;
    this.why = reason;
    this.by = actor;
    const step: Transition = { at: nowIso(), from, to, reason, actor };
    this.steps = [...this.steps, step].slice(-MAX_HISTORY);
    this.options.logger.info(`${this.component}: ${from} -> ${to}`, { reason, actor, childPid: this.pid });
    this.options.onChange(this);
  }
}

const nowIso = (): string => new Date(wallClockMs()).toISOString();

/** A report's own word for what limits it; empty when nothing does. */
function degradedOf(report: unknown): string {
  const degraded = (report as { degraded?: unknown } | null)?.degraded;
  return typeof degraded === 'string' ? degraded : '';
}
