/**
 * A system of supervised children.
 *
 *   starting ──every component but the pipeline serves──▶ serving ──stop, from anywhere──▶ stopping ──▶ stopped
 *      │                                                  serving ⇄ reloading
 *      └────────── a child that cannot start, or an interrupt ───────────────────────────▶ stopping ──▶ stopped
 *
 * A simulated market is held still while starting. While serving, snapshots go to the scheduler and the monitor at every
 * change and at an interval, memory and CPU time are read, and the market's pace is watched.
 */
import {
  type Alert,
  type Component,
  type ComponentState,
  type DataPaths,
  IPC_VERSION,
  type Logger,
  type MarketClock,
  type ProcessUsage,
  type RealTimer,
  type RtpConfig,
  readProcessUsage,
  realInterval,
  type SessionCalendar,
  type SystemStatus,
  wallClockMs,
} from '@rtp/core';
import type { DeathLedger } from '../records/death-ledger.ts';
import { describeReload } from '../reload/describe-reload.ts';
import type { ReloadResult } from '../reload/plan-reload.ts';
import type { LoadedInputs } from '../reload/reload-inputs.ts';
import { Reloader, type ReloadTarget } from '../reload/reloader.ts';
import type { SimulatedDay } from '../source/prepared-day.ts';
import type { ChildProgram } from '../supervisor/child-handle.ts';
import { describeEnd } from '../supervisor/describe-exit.ts';
import { isOnDuty } from '../supervisor/duty.ts';
import { fatalAlert } from '../supervisor/fatal-alert.ts';
import type { SupervisedChild } from '../supervisor/supervised-child.ts';
import { Supervisor, type SupervisorOptions } from '../supervisor/supervisor.ts';
import type { Transition } from '../supervisor/transitions.ts';
import { type ChildPrograms, childLimits } from './child-programs.ts';
import { type MarketPace, marketPace } from './market-pace.ts';
import type { Notice, RunningSystem } from './start-options.ts';
import { waitUntil } from './wait-until.ts';

/** Everything a system stands on, prepared by `startSystem`. */
export interface SystemParts {
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly day: SimulatedDay | null;
  /** The programs of a configuration. */
  programsOf(config: RtpConfig, credentials: LoadedInputs['credentials']): ChildPrograms;
  /** What this run was started from, and how that is read again. */
  readonly loaded: LoadedInputs;
  readonly load: () => LoadedInputs;
  /** Of the manager's own log. */
  readonly setLogLevel: (level: RtpConfig['logging']['level']) => void;
  readonly ledger: DeathLedger;
  readonly onSpawned: SupervisorOptions['onSpawned'] & {};
  readonly onEnded: SupervisorOptions['onEnded'] & {};
  readonly onNotice: (notice: Notice) => void;
  /** Releases what outlives the children: control socket, record, lock, log. */
  release(): Promise<void>;
}

/** Intervals between two saves of the market's position that one save looks ahead: it must not be overtaken. */
const POSITION_LEAD = 1.5;

export class ManagedSystem implements RunningSystem {
  config: RtpConfig;
  readonly paths: DataPaths;
  readonly clock: MarketClock;
  calendar: SessionCalendar;
  readonly logger: Logger;
  readonly day: SimulatedDay | null;
  readonly stopped: Promise<number>;
  private readonly parts: SystemParts;
  private readonly supervisor: Supervisor;
  private readonly pace: MarketPace | null;
  private readonly startedAt = wallClockMs();
  private readonly listeners = new Set<(status: SystemStatus) => void>();
  private readonly noticeListeners = new Set<(notice: Notice) => void>();
  private readonly resolveStopped: (exitCode: number) => void;
  private readonly lastStates = new Map<Component, ComponentState>();
  private usage: ProcessUsage | null = null;
  private timers: RealTimer[] = [];
  private stopping: Promise<number> | null = null;
  private serving = false;
  private reloading = false;
  private programs: ChildPrograms;
  private readonly reloader: Reloader;

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
    this.programs = parts.programsOf(parts.config, parts.loaded.credentials);
    this.reloader = new Reloader(this.reloadTarget(), parts.loaded, parts.load);
    this.supervisor = new Supervisor({
      components: Object.keys(this.programs) as Component[],
      programOf: (component) => this.programs[component] as ChildProgram,
      ledger: parts.ledger,
      dependencyGraceMs: () => this.config.supervision.dependency_grace_ms,
      isOnDuty: (component) => isOnDuty(component, this.calendar, this.clock),
      onFatal: (child) => this.raise(fatalAlert(child, parts.ledger.deathsOf(child.component))),
      onAlert: (alert) => this.raise(alert),
      limitsOf: (component) => childLimits(this.config, component),
      logger: parts.logger,
      onChange: (child) => this.onChildChange(child),
      onHeartbeat: (child, loopLagMs) => {
        if (this.stopping === null) this.pace?.onHeartbeat(child.status(), loopLagMs);
      },
      onSpawned: parts.onSpawned,
      onEnded: parts.onEnded,
    });
    this.pace = marketPace({
      ...parts,
      date: parts.day?.date,
      broadcast: (anchor) => this.supervisor.broadcast({ v: IPC_VERSION, type: 'clock', anchor }),
      onSpeed: (text) => {
        this.notify('warn', text);
        this.publish();
      },
      onProblem: (text) => this.notify('warn', text),
    });
  }

  get urls(): RunningSystem['urls'] {
    const { data_api, control_api } = this.config;
    return {
      dataApi: `http://${data_api.host}:${data_api.port}`,
      controlApi: `http://${control_api.host}:${control_api.port}`,
    };
  }

  get phase(): RunningSystem['phase'] {
    if (this.stopping !== null) return 'stopping';
    if (this.reloading) return 'reloading';
    return this.serving ? 'serving' : 'starting';
  }

  /** Starts the children and lets the market go. Errors: those of a child that cannot start; the signal's reason. */
  async begin(signal: AbortSignal): Promise<void> {
    this.setTimers();
    await this.supervisor.startAll(signal);
    this.pace?.release();
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
    return waitUntil(this, predicate, signal);
  }

  async restart(component: Component | null, reason: string): Promise<void> {
    this.notify('info', `Restarting ${component ?? 'all components'}: ${reason}.`);
    await this.supervisor.restart(component, reason, 'operator');
  }

  rearm(reason: string): readonly Component[] {
    return this.supervisor.rearm(reason);
  }

  /** The same without waiting for it. Errors: RTP_CONTROL_REFUSED. */
  beginRestart(component: Component | null, reason: string): void {
    this.supervisor.requireChild(component);
    void this.restart(component, reason);
  }

  async reload(): Promise<ReloadResult> {
    const result = await this.reloader.reload();
    for (const line of describeReload(result)) this.notify(result.failed.length > 0 ? 'warn' : 'info', line);
    return result;
  }

  setSpeed(speed: number, reason: string): void {
    this.pace?.setSpeed(speed, reason);
  }

  stop(reason: string): Promise<number> {
    // A step later, so that whatever the winding down tells already finds the system stopping.
    this.stopping ??= Promise.resolve().then(() => this.windDown(reason));
    return this.stopping;
  }

  forceStop(): void {
    this.notify('warn', 'Killing every component at once.');
    this.supervisor.killAll();
  }

  private reloadTarget(): ReloadTarget {
    const system = this;
    const reason = 'the configuration has changed';
    return {
      paths: this.paths,
      day: this.day,
      get config() {
        return system.config;
      },
      isServing: () => this.phase === 'serving',
      setReloading: (isReloading) => {
        this.reloading = isReloading;
        this.publish();
      },
      adopt: (config, calendar, credentials) => this.adopt(config, calendar, credentials),
      wantedOf: (components) => components.filter((component) => this.supervisor.child(component)?.wanted === 'up'),
      restart: (components) => this.supervisor.restartSome(components, reason, 'reload'),
      setMonitor: async (isEnabled) => {
        if (!isEnabled) await this.supervisor.leaveOut('monitor', reason, 'reload');
        else if (this.programs.monitor !== undefined) await this.supervisor.takeIn('monitor', reason, 'reload');
      },
      failedOf: (components) =>
        this.supervisor.all
          .filter(({ component, state }) => components.includes(component) && state === 'fatal')
          .map(({ component, reason }) => ({ component, reason })),
    };
  }

  private adopt(config: RtpConfig, calendar: SessionCalendar, credentials: LoadedInputs['credentials']): void {
    const { level } = config.logging;
    const isOtherLevel = level !== this.config.logging.level;
    this.config = config;
    this.calendar = calendar;
    this.programs = this.parts.programsOf(config, credentials);
    this.setTimers();
    if (!isOtherLevel) return;
    this.parts.setLogLevel(level);
    this.supervisor.broadcast({
      v: IPC_VERSION,
      type: 'order',
      id: `log-level-${level}`,
      order: { name: 'log-level', level },
    });
  }

  private setTimers(): void {
    const { status_interval_ms, usage_interval_ms } = this.config.supervision;
    for (const timer of this.timers) timer.cancel();
    this.timers = [
      realInterval(status_interval_ms, () => this.tick()),
      realInterval(usage_interval_ms, () => void this.readUsage()),
    ];
  }

  private async windDown(reason: string): Promise<number> {
    this.notify('info', `Stopping: ${reason}.`);
    this.publish();
    const dead = this.supervisor.all.filter((child) => child.state === 'fatal').map((child) => child.component);
    await this.supervisor.stopAll(reason, 'operator');
    this.parts.ledger.forgetAll(reason);
    for (const timer of this.timers) timer.cancel();
    this.pace?.savePosition();
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

  private tick(): void {
    this.pace?.savePosition(POSITION_LEAD * this.config.supervision.status_interval_ms);
    this.publish();
  }

  private publish(): void {
    const status = this.status();
    this.supervisor.broadcast({ v: IPC_VERSION, type: 'system', status }, ['scheduler', 'monitor']);
    for (const listener of [...this.listeners]) listener(status);
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

  /** Raises an alert once: in the log, on the screen, and for those who carry it further. */
  private raise(alert: Alert): void {
    this.logger.error(alert.summary, { alert: alert.kind, ...alert });
    this.supervisor.broadcast({ v: IPC_VERSION, type: 'alert', alert }, ['scheduler', 'monitor']);
  }

  private notify(level: Notice['level'], text: string): void {
    this.logger[level](text);
    const notice: Notice = { level, text };
    this.parts.onNotice(notice);
    for (const listener of [...this.noticeListeners]) listener(notice);
  }
}
