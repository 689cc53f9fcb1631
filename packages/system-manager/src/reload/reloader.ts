/**
 * Brings a changed configuration into a running system.
 *
 *   idle ──reload──▶ checking ──sound──▶ applying ──what had to restart serves, or is given up──▶ idle
 *                        └──not sound, or a running system stands on it──▶ idle, nothing changed
 *
 * Checking reads everything anew under the flags and the environment of the start and touches nothing. Applying replaces the
 * configuration in the run folder, then lets what is live take effect, then restarts whom the rest concerns. One at a time: a
 * second reload waits and compares with what the first one brought.
 */
import {
  type Component,
  type DataPaths,
  describeError,
  type RtpConfig,
  type SessionCalendar,
  writeConfigOrigin,
} from '@rtp/core';
import { managerErrors } from '../errors.ts';
import type { SimulatedDay } from '../source/prepared-day.ts';
import { writeJsonFile } from '../source/write-json.ts';
import { freePorts, type WantedPort } from '../system/free-ports.ts';
import { calendarOf, effectiveConfig } from '../system/resolve-run.ts';
import { planReload, type ReloadResult } from './plan-reload.ts';
import type { LoadedInputs } from './reload-inputs.ts';

/** The running system, as far as a reload goes. */
export interface ReloadTarget {
  readonly paths: DataPaths;
  readonly day: SimulatedDay | null;
  /** In effect now. */
  readonly config: RtpConfig;
  /** False while it starts or stops. */
  isServing(): boolean;
  /** A reload begins to change things, or has ended. */
  setReloading(isReloading: boolean): void;
  /** From now on these are in effect for the manager, and for whichever child starts. */
  adopt(config: RtpConfig, calendar: SessionCalendar, credentials: LoadedInputs['credentials']): void;
  /** Those of them that run or should. */
  wantedOf(components: readonly Component[]): readonly Component[];
  restart(components: readonly Component[]): Promise<void>;
  /** Has a monitor from now on, or none; resolves when it serves or has ended. */
  setMonitor(isEnabled: boolean): Promise<void>;
  failedOf(components: readonly Component[]): ReloadResult['failed'];
}

export class Reloader {
  private readonly target: ReloadTarget;
  private readonly load: () => LoadedInputs;
  private loaded: LoadedInputs;
  private last: Promise<unknown> = Promise.resolve();

  /** `loaded` is what the system was started from; `load` reads it anew. */
  constructor(target: ReloadTarget, loaded: LoadedInputs, load: () => LoadedInputs) {
    this.target = target;
    this.loaded = loaded;
    this.load = load;
  }

  /**
   * Reads the configuration again and resolves once the system goes on with it.
   * Errors, nothing changed: RTP_RELOAD_REFUSED, RTP_RELOAD_NEEDS_START, RTP_CONFIG_INVALID, RTP_CONFIG_UNREADABLE,
   * RTP_CREDENTIALS_MISSING, RTP_CALENDAR_INVALID, RTP_PORT_IN_USE.
   */
  reload(): Promise<ReloadResult> {
    const mine = this.last.then(() => this.reloadNow());
    this.last = mine.catch(() => {});
    return mine;
  }

  private async reloadNow(): Promise<ReloadResult> {
    const { target } = this;
    this.requireServing();
    const next = this.load();
    const plan = planReload(this.loaded, next, target.day !== null);
    const restarted = target.wantedOf(plan.restarted);
    if (plan.changed.length === 0) return { ...plan, restarted, failed: [] };
    const config = await this.settled(next.config);
    const calendar = calendarOf(config, target.paths);
    // Looking for ports took a moment.
    this.requireServing();

    target.setReloading(true);
    try {
      this.replaceRunFiles(config, next.file);
      const hadMonitor = this.loaded.config.monitor.enabled;
      this.loaded = next;
      target.adopt(config, calendar, next.credentials);
      const { enabled } = config.monitor;
      const others = restarted.filter((component) => component !== 'monitor' || enabled);
      if (hadMonitor && !enabled) await target.setMonitor(false);
      if (others.length > 0) await target.restart(others);
      if (!hadMonitor && enabled) await target.setMonitor(true);
      const concerned: readonly Component[] = enabled && !hadMonitor ? [...others, 'monitor'] : others;
      return { ...plan, restarted: others, failed: target.failedOf(concerned) };
    } finally {
      target.setReloading(false);
    }
  }

  private requireServing(): void {
    if (this.target.isServing()) return;
    throw managerErrors.create('RTP_RELOAD_REFUSED', 'The system is starting or stopping.');
  }

  private replaceRunFiles(config: RtpConfig, file: string | null): void {
    const { paths } = this.target;
    try {
      writeJsonFile(paths.resolvedConfigFile, config);
      writeConfigOrigin(paths, file);
    } catch (cause) {
      const message = `The run folder cannot be written: ${describeError(cause)}.`;
      throw managerErrors.create('RTP_CONTROL_FAILED', message, { cause });
    }
  }

  /** The effective configuration: the ports in use where nothing about them changed, else ports that are free. */
  private async settled(config: RtpConfig): Promise<RtpConfig> {
    const { day, paths, config: running } = this.target;
    const { config: before } = this.loaded;
    const moved = (['data_api', 'control_api'] as const).filter((api) => !isSamePlace(before[api], config[api]));
    const chosen = await freePorts(moved.map((api) => config[api]));
    const portOf = (api: 'data_api' | 'control_api'): number => chosen[moved.indexOf(api)] ?? running[api].port;
    const ports = { data: portOf('data_api'), control: portOf('control_api'), simulator: running.simulator.port };
    return effectiveConfig(config, paths, day, ports);
  }
}

const isSamePlace = (a: WantedPort, b: WantedPort): boolean => a.host === b.host && a.port === b.port;
