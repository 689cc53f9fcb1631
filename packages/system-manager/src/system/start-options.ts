import type {
  Component,
  DataPaths,
  EpochMs,
  IstTime,
  Logger,
  MarketClock,
  PartialConfig,
  RtpConfig,
  SessionCalendar,
  SystemStatus,
} from '@rtp/core';
import type { ReloadResult } from '../reload/plan-reload.ts';
import type { SimulatedDay } from '../source/prepared-day.ts';
import type { ChildProgram } from '../supervisor/child-handle.ts';
import type { Transition } from '../supervisor/transitions.ts';

/** How a simulated day is played; which day it is stands in the configuration's `simulator` section. */
export interface SimulationOptions {
  /** Market seconds per real second; 1 when left out. */
  readonly speed?: number;
  /** IST time of the day at which the market begins, at the first minute's lead before it. */
  readonly from?: IstTime;
  /** Exact market instant to begin at, before any other rule. */
  readonly startAt?: EpochMs;
  /** Generates the day even on a date whose recording is shipped. */
  readonly generate?: boolean;
}

export interface StartOptions {
  /** Values of the command line, nested as in the configuration file. `data_dir` absolute. */
  readonly flags?: PartialConfig;
  readonly configFile?: string | undefined;
  readonly simulation?: SimulationOptions;
  /** `process.env` when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The project's `.env` when left out. */
  readonly dotenvFile?: string;
  /** Forgets earlier failures: components that were given up under an earlier manager start afresh. */
  readonly reset?: boolean;
  /** Programs in place of the components' own `src/main.ts`; null leaves a component out. */
  readonly programs?: Readonly<Partial<Record<Component, Pick<ChildProgram, 'file'> | null>>>;
  /** Ends the start early; what had been started is stopped again. */
  readonly signal?: AbortSignal;
  /** Readable lines about what happens, from the start on. */
  readonly onNotice?: (notice: Notice) => void;
}

/** A line for people. */
export interface Notice {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

/** A system whose components serve. Ends when it is stopped from here, over the control socket, or by a signal. */
export interface RunningSystem {
  /** The effective configuration, with chosen ports, URLs and absolute paths; another one after a reload. */
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  /** Null when the source is the real broker. */
  readonly day: SimulatedDay | null;
  readonly urls: { readonly dataApi: string; readonly controlApi: string };
  readonly phase: 'starting' | 'serving' | 'reloading' | 'stopping';
  status(): SystemStatus;
  /** What happened to a component, newest last. */
  history(component: Component): readonly Transition[];
  /** Called with a snapshot at each change and about every second. Returns how to stop listening. */
  onChange(listener: (status: SystemStatus) => void): () => void;
  /** Called with each readable line. Returns how to stop listening. */
  onNotice(listener: (notice: Notice) => void): () => void;
  /** Resolves with the first snapshot that satisfies `predicate`; rejects with the signal's reason, or when the system stops. */
  waitUntil(predicate: (status: SystemStatus) => boolean, signal?: AbortSignal): Promise<SystemStatus>;
  /** Starts afresh those components that were given up; their names. */
  rearm(reason: string): readonly Component[];
  /** Restarts one component, or all when null. Errors: RTP_CONTROL_REFUSED. */
  restart(component: Component | null, reason: string): Promise<void>;
  /**
   * Reads the configuration again and goes on with it. Errors, nothing changed: RTP_RELOAD_REFUSED, RTP_RELOAD_NEEDS_START, and
   * those of the configuration.
   */
  reload(): Promise<ReloadResult>;
  /** Goes on at another speed (simulated days only). */
  setSpeed(speed: number, reason: string): void;
  /** Stops everything in order; resolves with the exit code: 0 when every process ended as asked. Safe to repeat. */
  stop(reason: string): Promise<number>;
  /** SIGKILL to every child at once; `stop` then resolves quickly. */
  forceStop(): void;
  /** Resolves with the exit code once the system has stopped, whoever stopped it. */
  readonly stopped: Promise<number>;
}
