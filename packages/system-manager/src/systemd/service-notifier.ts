/**
 * What a service manager (systemd, `Type=notify`) hears of this system.
 *
 *   starting ──every component serves: READY=1──▶ serving ⇄ reloading    (RELOADING=1, then READY=1)
 *      │                                            │
 *      └──────────────── STOPPING=1 ────────────────┴──▶ stopping ──▶ closed
 *
 * STATUS= follows every change of what there is to say. While starting and stopping, EXTEND_TIMEOUT_USEC= asks for more time
 * again and again: both are bounded by the limits of the children, which the service manager does not know.
 *
 * WATCHDOG=1 goes out at half the time asked for, from a timer of the manager's own loop: a frozen manager is silent. It is withheld
 * while the store or the scheduler has been given up (fatal): without them nothing is kept and nothing decided, and all that is
 * left to try is a fresh start of everything. A pipeline or a monitor given up is none of its business: what is stored stays
 * readable, and the same restart would end that as well.
 */
import {
  type Component,
  type ComponentStatus,
  monotonicNs,
  type RealTimer,
  realInterval,
  redactText,
  type SystemStatus,
} from '@rtp/core';
import type { RunningSystem } from '../system/start-options.ts';
import { type NotifySocket, openNotifySocket } from './notify-socket.ts';

/** Given up, they take the watchdog's word with them. */
const ESSENTIAL: ReadonlySet<Component> = new Set(['store', 'scheduler']);

/** Time asked for while starting and stopping, and how often. */
const EXTENSION_MS = 30_000;
const EXTEND_EVERY_MS = 10_000;

const MAX_STATUS_LENGTH = 200;

export interface ServiceNotifierOptions {
  /** `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are read of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told, once, that nothing arrives; the system is none the worse for it. */
  readonly onProblem: (text: string) => void;
}

/** The service manager's ear; null where nobody listens. */
export function serviceNotifier({ env, onProblem }: ServiceNotifierOptions): ServiceNotifier | null {
  const address = env.NOTIFY_SOCKET;
  if (address === undefined || address === '') return null;
  return new ServiceNotifier(openNotifySocket(address, env, onProblem), watchdogMs(env));
}

/** Half the time after which a silent service is ended, in ms; null when nobody watches this process. */
export function watchdogMs(env: Readonly<Record<string, string | undefined>>): number | null {
  const { WATCHDOG_USEC: time, WATCHDOG_PID: pid } = env;
  if (time === undefined || !/^[1-9]\d*$/.test(time)) return null;
  if (pid !== undefined && pid !== '' && pid !== String(process.pid)) return null;
  return Math.max(1, Number(time) / 2_000);
}

export class ServiceNotifier {
  private readonly socket: NotifySocket;
  private readonly watchdogIntervalMs: number | null;
  private phase: RunningSystem['phase'] | 'closed' = 'starting';
  private lastStatus = '';
  private isSound = true;
  private extending: RealTimer | null = null;
  private watchdog: RealTimer | null = null;

  constructor(socket: NotifySocket, watchdogIntervalMs: number | null) {
    this.socket = socket;
    this.watchdogIntervalMs = watchdogIntervalMs;
    this.extend();
  }

  /** A step of the start. */
  tell(text: string): void {
    if (this.phase === 'starting') this.status(text);
  }

  /** The system serves; follows it from now on. */
  follow(system: RunningSystem): void {
    this.look(system, system.status());
    system.onChange((status) => this.look(system, status));
  }

  /** Stopping before anything was ready, or after it: nothing more is promised. */
  stopping(): void {
    if (this.phase === 'stopping' || this.phase === 'closed') return;
    this.phase = 'stopping';
    this.watchdog?.cancel();
    this.socket.send(['STOPPING=1']);
    this.extend();
  }

  close(): void {
    this.phase = 'closed';
    this.extending?.cancel();
    this.watchdog?.cancel();
    this.socket.close();
  }

  private look(system: RunningSystem, status: SystemStatus): void {
    if (this.phase === 'closed') return;
    const { phase } = system;
    const wasReady = this.phase === 'serving';
    if (phase === 'stopping') this.stopping();
    else if (phase === 'reloading' && wasReady) {
      this.phase = phase;
      this.socket.send(['RELOADING=1', `MONOTONIC_USEC=${monotonicNs() / 1_000n}`]);
    } else if (phase === 'serving' && !wasReady) this.ready();
    this.isSound = !status.components.some(({ component, state }) => state === 'fatal' && ESSENTIAL.has(component));
    this.status(statusLine(phase, status.components));
  }

  private ready(): void {
    this.phase = 'serving';
    this.extending?.cancel();
    this.socket.send(['READY=1']);
    const { watchdogIntervalMs } = this;
    if (watchdogIntervalMs === null || this.watchdog !== null) return;
    const feed = (): void => {
      if (this.isSound) this.socket.send(['WATCHDOG=1']);
    };
    feed();
    this.watchdog = realInterval(watchdogIntervalMs, feed);
  }

  private extend(): void {
    const ask = (): void => this.socket.send([`EXTEND_TIMEOUT_USEC=${EXTENSION_MS * 1_000}`]);
    this.extending?.cancel();
    ask();
    this.extending = realInterval(EXTEND_EVERY_MS, ask);
  }

  private status(text: string): void {
    const line = redactText(text.replaceAll(/\s+/g, ' ')).slice(0, MAX_STATUS_LENGTH);
    if (line === this.lastStatus) return;
    this.lastStatus = line;
    this.socket.send([`STATUS=${line}`]);
  }
}

/** One line for `systemctl status`: who is not well, worst first; at a stop, who is still there. */
export function statusLine(phase: RunningSystem['phase'], components: readonly ComponentStatus[]): string {
  if (phase === 'stopping') {
    const left = components.filter((line) => line.pid !== null).map((line) => line.component);
    return left.length === 0 ? 'Stopping' : `Stopping; waiting for ${left.join(', ')}`;
  }
  const wanted = components.filter((line) => line.wanted === 'up');
  const ill = (['fatal', 'backoff', 'exited', 'degraded', 'starting', 'stopping'] as const).flatMap((state) =>
    wanted.filter((line) => line.state === state).map((line) => `${line.component} ${state}: ${line.reason}`),
  );
  const head = { starting: 'Starting', serving: 'Serving', reloading: 'Reloading' }[phase];
  return ill.length === 0 ? `${head}, all ready` : `${head}; ${ill.join('; ')}`;
}
