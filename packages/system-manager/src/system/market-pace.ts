/**
 * The pace of a simulated market.
 *
 *   held at its origin ──release──▶ running ◀──steady heartbeats── late heartbeats in a row──▶ running slower
 *
 * Every change is written to the run folder, for processes that start later, and told to those that run. Where the
 * market has come to is remembered for the next start.
 */
import {
  anchorNow,
  type ClockAnchor,
  type ComponentStatus,
  type DataPaths,
  describeError,
  type MarketClock,
  monotonicNs,
  pipelineReportSchema,
  type RtpConfig,
  type SessionCalendar,
  type TradingDate,
  VirtualClock,
} from '@rtp/core';
import { saveMarketPosition } from '../source/market-position.ts';
import { writeJsonFile } from '../source/write-json.ts';
import { sealingLagMs } from './sealing-lag.ts';
import { decideSpeed, NOTHING_SEEN, type PaceMemory, type SpeedPolicy } from './speed-policy.ts';

export interface MarketPaceOptions {
  readonly clock: VirtualClock;
  readonly calendar: SessionCalendar;
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  readonly date: TradingDate;
  readonly broadcast: (anchor: ClockAnchor) => void;
  /** Told about a change of speed, in words. */
  readonly onSpeed: (text: string) => void;
  /** Told once about a run folder that cannot be written. */
  readonly onProblem: (text: string) => void;
}

/** Real ms ahead of now at which two clock speeds meet, so that no process sees time run backwards. */
const SPEED_CHANGE_LEAD_MS = 25;
/** Only the lateness of these distorts a minute. */
const PACED: ReadonlySet<string> = new Set(['simulator', 'store', 'pipeline']);

export class MarketPace {
  private readonly options: MarketPaceOptions;
  private readonly policy: SpeedPolicy;
  /** The speed that was asked for. */
  private asked: number;
  private memory: PaceMemory = NOTHING_SEEN;
  /** Whether the position cannot be written; said once. */
  private isUnsaved = false;

  constructor(options: MarketPaceOptions) {
    this.options = options;
    this.asked = options.clock.speed;
    const { pipeline, supervision } = options.config;
    this.policy = {
      graceMs: pipeline.grace_ms,
      graceFloorMs: pipeline.grace_floor_ms,
      behindMs: supervision.behind_ms,
      lateHeartbeats: supervision.late_heartbeats,
      divisor: supervision.slow_down_divisor,
      steadyHeartbeats: supervision.steady_heartbeats,
    };
  }

  /** Lets a held market go. */
  release(): void {
    const { clock } = this.options;
    this.anchorAt(anchorNow(clock.now(), clock.speed));
  }

  /** Goes on at a speed that somebody asks for. */
  setSpeed(speed: number, reason: string): void {
    this.asked = speed;
    this.memory = NOTHING_SEEN;
    this.run(speed, reason);
  }

  private run(speed: number, reason: string): void {
    const { clock, onSpeed, onProblem } = this.options;
    const before = clock.speed;
    if (speed === before) return;
    const marketOriginMs = Math.round(clock.now() + before * SPEED_CHANGE_LEAD_MS);
    const monotonicOriginNs = (monotonicNs() + BigInt(SPEED_CHANGE_LEAD_MS * 1_000_000)).toString();
    try {
      this.anchorAt({ marketOriginMs, monotonicOriginNs, speed });
    } catch (error) {
      // A process that starts later would read the former anchor: all stay on it.
      onProblem(`The market's speed cannot be changed: ${describeError(error)}.`);
      return;
    }
    onSpeed(`The market runs at speed ${speed} now, it was ${before}: ${reason}.`);
  }

  /** Slows the market down when a child has been late for too long, and lets it recover when all keep up. */
  onHeartbeat(child: ComponentStatus, loopLagMs: number): void {
    if (!PACED.has(child.component)) return;
    const behindMs = child.component === 'pipeline' ? this.sealingLag(child) : 0;
    const speeds = { now: this.options.clock.speed, asked: this.asked };
    const pace = { process: child.component, loopLagMs, behindMs };
    const { memory, goTo } = decideSpeed(speeds, this.memory, pace, this.policy);
    this.memory = memory;
    if (goTo === null) return;
    const lateMs = Math.round(Math.max(loopLagMs, behindMs));
    const isSlower = goTo < speeds.now;
    this.run(
      goTo,
      isSlower ? `this machine does not hold more (${child.component} is ${lateMs} ms late)` : 'all keep up',
    );
  }

  /**
   * Remembers where the market is; while it runs, where it will be before this is called again. A full disk costs the
   * position, not the day.
   */
  savePosition(aheadRealMs = 0): void {
    const { clock, paths, date, onProblem } = this.options;
    if (clock.anchor.held === true) return;
    try {
      saveMarketPosition(paths, date, clock.now() + aheadRealMs * clock.speed);
      this.isUnsaved = false;
    } catch (error) {
      if (!this.isUnsaved) onProblem(`Where the market has come to cannot be remembered: ${describeError(error)}.`);
      this.isUnsaved = true;
    }
  }

  private sealingLag({ report, readyForMs }: ComponentStatus): number {
    const { clock, calendar } = this.options;
    const parsed = pipelineReportSchema.safeParse(report);
    if (!parsed.success) return 0;
    const now = clock.now();
    const session = calendar.sessionAt(now);
    return sealingLagMs({ report: parsed.data, now, session, speed: clock.speed, readyForMs: readyForMs ?? 0 });
  }

  private anchorAt(anchor: ClockAnchor): void {
    writeJsonFile(this.options.paths.clockAnchorFile, anchor);
    this.options.clock.reanchor(anchor);
    this.options.broadcast(anchor);
  }
}

/** The pace of this run's market; null on the real clock, whose pace is nobody's to set. */
export function marketPace(
  options: Omit<MarketPaceOptions, 'clock' | 'date'> & {
    readonly clock: MarketClock;
    readonly date: TradingDate | undefined;
  },
): MarketPace | null {
  const { clock, date } = options;
  return clock instanceof VirtualClock && date !== undefined ? new MarketPace({ ...options, clock, date }) : null;
}
