/**
 * A system of supervised children.
 *
 *   starting ──every component but the pipeline serves──▶ serving ──stop, from anywhere──▶ stopping ──▶ stopped
 *      └────────── a child that cannot start, or an interrupt ───────────────────────────▶ stopping ──▶ stopped
 *
 * A simulated market is held still while starting. While serving, snapshots go to the scheduler and the monitor at every
 * change and at an interval, memory and CPU time are read, and a market that the machine cannot hold is slowed down.
 */
import {
  anchorNow,
  type ClockAnchor,
  type Component,
  type ComponentState,
  type ComponentStatus,
  type DataPaths,
  IPC_VERSION,
  type Logger,
  type MarketClock,
  monotonicNs,
  type ProcessUsage,
  pipelineReportSchema,
  type RealTimer,
  type RtpConfig,
  readProcessUsage,
  realInterval,
  type SessionCalendar,
  type SystemStatus,
  VirtualClock,
  wallClockMs,
} from '@rtp/core';
import { managerErrors } from '../errors.ts';
import { saveMarketPosition } from '../source/market-position.ts';
import type { SimulatedDay } from '../source/prepared-day.ts';
import { writeJsonFile } from '../source/write-json.ts';
import { describeEnd, type SupervisedChild } from '../supervisor/supervised-child.ts';
import { Supervisor, type SupervisorOptions } from '../supervisor/supervisor.ts';
import type { Transition } from '../supervisor/transitions.ts';
import { sealingLagMs } from './sealing-lag.ts';
import { decideSpeed, type LateStreaks } from './speed-policy.ts';
import type { Notice, RunningSystem } from './start-options.ts';

/** Everything a system stands on, prepared by `startSystem`. */
export interface SystemParts {
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly day: SimulatedDay | null;
  readonly programs: SupervisorOptions['programs'];
  readonly limitsOf: SupervisorOptions['limitsOf'];
  readonly onSpawned: SupervisorOptions['onSpawned'] & {};
  readonly onEnded: SupervisorOptions['onEnded'] & {};
  readonly onNotice: (notice: Notice) => void;
  /** Releases what outlives the children: control socket, record, lock, log. */
  release(): Promise<void>;
}

/** Real ms ahead of now at which two clock speeds meet, so that no process sees time run backwards. */
const SPEED_CHANGE_LEAD_MS = 25;
/** Only their lateness distorts a minute. */
const PACED: ReadonlySet<Component> = new Set(['simulator', 'store', 'pipeline']);

export class ManagedSystem implements RunningSystem {
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly day: SimulatedDay | null;
  readonly stopped: Promise<number>;
  private readonly parts: SystemParts;
  private readonly supervisor: Supervisor;
  private readonly startedAt = wallClockMs();
  private readonly listeners = new Set<(status: SystemStatus) => void>();
  private readonly noticeListeners = new Set<(notice: Notice) => void>();
  private readonly resolveStopped: (exitCode: number) => void;
  private readonly lastStates = new Map<Component, ComponentState>();
  private usage: ProcessUsage | null = null;
  private streaks: LateStreaks = {};
  private timers: RealTimer[] = [];
  private stopping: Promise<number> | null = null;
  private serving = false;

  constructor(parts: SystemParts) {
    this.parts = parts;
    this.config = parts.config;
    this.paths = parts.paths;
    this.clock = parts.clock;
    this.calendar = parts.calendar;
    this.logger = parts.logger;
    this.day = parts.day;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.stopped = promise;
    this.resolveStopped = resolve;
    this.supervisor = new Supervisor({
      programs: parts.programs,
      limitsOf: parts.limitsOf,
      logger: parts.logger,
      onChange: (child) => this.onChildChange(child),
      onHeartbeat: (child, loopLagMs) => this.onHeartbeat(child, loopLagMs),
      onSpawned: parts.onSpawned,
      onEnded: parts.onEnded,
    });
  }

  get urls(): RunningSystem['urls'] {
    const { data_api, control_api } = this.config;
    return {
      dataApi: `http://${data_api.host}:${data_api.port}`,
      controlApi: `http://${control_api.host}:${control_api.port}`,
    };
  }

  get phase(): 'starting' | 'serving' | 'stopping' {
    if (this.stopping !== null) return 'stopping';
    return this.serving ? 'serving' : 'starting';
  }

  /** Starts the children and lets the market go. Errors: those of a child that cannot start; the signal's reason. */
  async begin(signal: AbortSignal): Promise<void> {
    const { supervision } = this.config;
    this.timers.push(
      realInterval(supervision.status_interval_ms, () => this.tick()),
      realInterval(supervision.usage_interval_ms, () => void this.readUsage()),
    );
    await this.supervisor.startAll(signal);
    if (this.clock instanceof VirtualClock) this.anchorAt(anchorNow(this.clock.now(), this.clock.speed));
    this.serving = true;
    await this.readUsage();
    this.publish();
  }

  status(): SystemStatus {
    return {
      at: this.clock.now(),
      startedAt: this.startedAt,
      source: this.config.source,
      dataDir: this.paths.dataDir,
      managerPid: process.pid,
      managerUsage: this.usage,
      speed: this.clock.speed,
      components: this.supervisor.statuses(),
    };
  }

  history(component: Component): readonly Transition[] {
    return this.supervisor.child(component)?.history ?? [];
  }

  onChange(listener: (status: SystemStatus) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  onNotice(listener: (notice: Notice) => void): () => void {
    this.noticeListeners.add(listener);
    return () => void this.noticeListeners.delete(listener);
  }

  waitUntil(predicate: (status: SystemStatus) => boolean, signal?: AbortSignal): Promise<SystemStatus> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        stopListening();
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const look = (status: SystemStatus): void => {
        if (!predicate(status)) return;
        leave();
        resolve(status);
      };
      const stopListening = this.onChange(look);
      signal?.addEventListener('abort', onAbort);
      void this.stopped.then(() => {
        leave();
        reject(managerErrors.create('RTP_NOT_RUNNING', 'The system has stopped.'));
      });
      if (signal?.aborted) onAbort();
      else look(this.status());
    });
  }

  async restart(component: Component | null, reason: string): Promise<void> {
    this.notify('info', `Restarting ${component ?? 'all components'}: ${reason}.`);
    await this.supervisor.restart(component, reason);
  }

  /** The same without waiting for it. Errors: RTP_CONTROL_REFUSED. */
  beginRestart(component: Component | null, reason: string): void {
    this.supervisor.requireChild(component);
    void this.restart(component, reason);
  }

  setSpeed(speed: number, reason: string): void {
    if (!(this.clock instanceof VirtualClock) || speed === this.clock.speed) return;
    const before = this.clock.speed;
    const meetAt = this.clock.now() + before * SPEED_CHANGE_LEAD_MS;
    const monotonicOriginNs = monotonicNs() + BigInt(SPEED_CHANGE_LEAD_MS * 1_000_000);
    this.anchorAt({ marketOriginMs: Math.round(meetAt), monotonicOriginNs: monotonicOriginNs.toString(), speed });
    this.notify('warn', `The market runs at speed ${speed} now, it was ${before}: ${reason}.`);
    this.publish();
  }

  stop(reason: string): Promise<number> {
    this.stopping ??= this.windDown(reason);
    return this.stopping;
  }

  forceStop(): void {
    this.notify('warn', 'Killing every component at once.');
    this.supervisor.killAll();
  }

  private async windDown(reason: string): Promise<number> {
    this.notify('info', `Stopping: ${reason}.`);
    const dead = this.supervisor.all.filter((child) => child.state === 'fatal').map((child) => child.component);
    await this.supervisor.stopAll(reason);
    for (const timer of this.timers) timer.cancel();
    if (this.day !== null) saveMarketPosition(this.paths, this.day.date, this.clock.now());
    const unclean = this.supervisor.all.flatMap((child) => {
      const end = child.lastEnd;
      const isClean = end === null || !end.asked || (!end.killed && end.exit.exitCode === 0);
      return isClean ? [] : [`${child.component} (${describeEnd(end)})`];
    });
    if (unclean.length > 0) this.notify('warn', `Did not end in order: ${unclean.join(', ')}.`);
    this.notify('info', 'Stopped.');
    await this.parts.release();
    const exitCode = unclean.length + dead.length > 0 ? 1 : 0;
    this.resolveStopped(exitCode);
    return exitCode;
  }

  private onChildChange(child: SupervisedChild): void {
    const { component, state, reason } = child;
    const isNews = this.lastStates.get(component) !== state;
    this.lastStates.set(component, state);
    if (isNews) this.tellState(component, state, reason);
    this.publish();
  }

  private tellState(component: Component, state: ComponentState, reason: string): void {
    if (state === 'backoff' || state === 'fatal' || state === 'degraded') {
      this.notify('warn', `${component} ${state}: ${reason}`);
    } else if (state === 'ready') {
      this.notify('info', `${component} ready`);
    } else if (state === 'stopped') {
      this.notify('info', `${component} stopped${this.stopping === null ? `: ${reason}` : ''}`);
    }
  }

  private onHeartbeat(child: SupervisedChild, loopLagMs: number): void {
    if (this.clock.kind !== 'virtual' || this.stopping !== null || !PACED.has(child.component)) return;
    const { pipeline, supervision } = this.config;
    const behindMs = child.component === 'pipeline' ? this.sealingLag(child.status()) : 0;
    const { streaks, slowTo } = decideSpeed(
      this.clock.speed,
      this.streaks,
      { process: child.component, loopLagMs, behindMs },
      {
        graceMs: pipeline.grace_ms,
        graceFloorMs: pipeline.grace_floor_ms,
        behindMs: supervision.behind_ms,
        lateHeartbeats: supervision.late_heartbeats,
        divisor: supervision.slow_down_divisor,
      },
    );
    this.streaks = streaks;
    if (slowTo === null) return;
    const lateMs = Math.round(Math.max(loopLagMs, behindMs));
    this.setSpeed(slowTo, `this machine does not hold more (${child.component} is ${lateMs} ms late)`);
  }

  private sealingLag({ report, readyForMs }: ComponentStatus): number {
    const parsed = pipelineReportSchema.safeParse(report);
    if (!parsed.success) return 0;
    const now = this.clock.now();
    const { speed } = this.clock;
    const session = this.calendar.sessionAt(now);
    return sealingLagMs({ report: parsed.data, now, session, speed, readyForMs: readyForMs ?? 0 });
  }

  private tick(): void {
    if (this.day !== null && this.clock instanceof VirtualClock && this.clock.anchor.held !== true) {
      const ahead = 1.5 * this.config.supervision.status_interval_ms * this.clock.speed;
      saveMarketPosition(this.paths, this.day.date, this.clock.now() + ahead);
    }
    this.publish();
  }

  private publish(): void {
    const status = this.status();
    this.supervisor.broadcast({ v: IPC_VERSION, type: 'system', status }, ['scheduler', 'monitor']);
    for (const listener of [...this.listeners]) listener(status);
  }

  private anchorAt(anchor: ClockAnchor): void {
    if (!(this.clock instanceof VirtualClock)) return;
    writeJsonFile(this.paths.clockAnchorFile, anchor);
    this.clock.reanchor(anchor);
    this.supervisor.broadcast({ v: IPC_VERSION, type: 'clock', anchor });
  }

  private async readUsage(): Promise<void> {
    this.usage = await readProcessUsage(process.pid);
    await Promise.all(
      this.supervisor.all.map(async (child) => {
        const { pid } = child;
        if (pid === null) return;
        const usage = await readProcessUsage(pid);
        if (child.pid === pid) child.setUsage(usage);
      }),
    );
  }

  private notify(level: Notice['level'], text: string): void {
    this.logger[level](text);
    const notice: Notice = { level, text };
    this.parts.onNotice(notice);
    for (const listener of [...this.noticeListeners]) listener(notice);
  }
}
