/**
 * Charts during the session: repairs suspect minutes, carries the live minutes while no live source does, and confirms those
 * of priority symbols while one does.
 *
 *   idle ──something is due──▶ asking (up to `maxInFlight` calls) ──answer──▶ idle
 *     ▲                          └──failed──▶ resting (longer with each failure in a row) ──▶ idle
 *
 * What is due, in this order: suspect slots, priority symbols first; then the rolling calls (`rolling-calls.ts`). The client
 * shares out the day's calls.
 */
import {
  type Bar,
  describeError,
  type EpochMs,
  type Logger,
  type MarketClock,
  MINUTE_MS,
  type RtpConfig,
} from '@rtp/core';
import { type DhanClient, type FailureBackoff, failureBackoff } from '@rtp/dhan';
import type { DayGrid } from '../bars/day-grid.ts';
import type { Universe } from '../universe/resolve-universe.ts';
import { candlesOf, MAX_BATCH_ROWS } from './chart-desk.ts';
import { officialBars } from './reconcile.ts';
import { RollingCalls } from './rolling-calls.ts';
import type { Suspects } from './suspects.ts';

/** Market time between two looks at what is due. */
const LOOK_MS = 1_000;
const LOOK_FLOOR_MS = 50;
/** Longest market wait of an official bar for others to share its batch. */
const COLLECT_MS = 10_000;
/** The rolling calls end this long after the last close: the sweep brings the rest. */
const AFTER_CLOSE_MS = 2 * MINUTE_MS;

export interface ChartRefresherOptions {
  readonly clock: MarketClock;
  readonly client: DhanClient;
  readonly logger: Logger;
  readonly config: RtpConfig['pipeline'];
  readonly grid: DayGrid;
  readonly universe: Universe;
  readonly suspects: Suspects;
  readonly maxInFlight: number;
  readonly batchSize: number;
  /** Whether charts carry the live minutes of a slot now. */
  isLiveSourceOf(slot: number): boolean;
  /** Index of the newest minute whose live bars have left. */
  sealedThrough(): number;
  /** Confirmed bars of up to `batchSize` symbols. */
  publish(bars: readonly Bar[]): void;
}

export class ChartRefresher {
  /** Failed calls in a row. */
  failures = 0;
  private readonly options: ChartRefresherOptions;
  private readonly backoff: FailureBackoff;
  /** Newest minute of each slot that an official candle has confirmed. */
  private readonly confirmedThrough: Int32Array;
  private readonly rolling: RollingCalls;
  /** Slots whose calls have failed since the last answer. */
  private readonly failing = new Set<number>();
  private readonly inFlight = new Set<number>();
  private readonly calls = new Set<Promise<void>>();
  private collected: Bar[] = [];
  private collectedSymbols = 0;
  private restUntil: EpochMs = Number.NEGATIVE_INFINITY;
  private flushAt: EpochMs = Number.POSITIVE_INFINITY;

  constructor(options: ChartRefresherOptions) {
    const slots = options.universe.instruments.length;
    this.options = options;
    this.backoff = failureBackoff({
      minMs: options.config.chart_error_min_ms,
      maxMs: options.config.chart_error_max_ms,
    });
    this.confirmedThrough = new Int32Array(slots).fill(-1);
    this.rolling = new RollingCalls({
      grid: options.grid,
      slots,
      priorityCount: options.universe.priorityCount,
      confirmIntervalMs: options.config.confirm_interval_ms,
      isLiveSourceOf: (slot) => options.isLiveSourceOf(slot),
      isOwing: (slot, now) => !this.inFlight.has(slot) && this.isOwedMore(slot, now),
    });
  }

  /** End of the newest minute of a slot that an official candle has confirmed; the day's first open while none has. */
  confirmedUntil(slot: number): EpochMs {
    return this.options.grid.minuteAt((this.confirmedThrough[slot] as number) + 1);
  }

  /** Whether no call is left for live minutes today. */
  get isSpent(): boolean {
    return this.options.client.chartCallsLeftFor('live') <= 0;
  }

  /** Works until `signal` aborts; resolves when no call is in flight any more. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.pump(signal);
      if (this.inFlight.size === 0 || this.options.clock.now() >= this.flushAt) this.flush();
      await this.options.clock.sleep(LOOK_MS, { floorMs: LOOK_FLOOR_MS, signal }).catch(() => {});
    }
    await Promise.all(this.calls);
    this.flush();
  }

  private pump(signal: AbortSignal): void {
    while (!signal.aborted && this.inFlight.size < this.options.maxInFlight) {
      const slot = this.pick(this.options.clock.now());
      if (slot < 0) return;
      this.inFlight.add(slot);
      const call = this.ask(slot, signal).finally(() => {
        this.inFlight.delete(slot);
        this.calls.delete(call);
        this.pump(signal);
      });
      this.calls.add(call);
    }
  }

  private pick(now: EpochMs): number {
    const { client, suspects } = this.options;
    if (now < this.restUntil || client.chartCallsLeftFor('repair') <= 0) return -1;
    const suspect = suspects.nextDue(now, (slot) => this.inFlight.has(slot));
    if (suspect >= 0 || now > this.options.grid.closeMs + AFTER_CLOSE_MS) return suspect;
    return this.rolling.next(now, client.chartCallsLeftFor('live'));
  }

  /** Whether a minute has ended whose candle this slot does not have yet. */
  private isOwedMore(slot: number, now: EpochMs): boolean {
    const { grid, universe } = this.options;
    const instrument = universe.instruments[slot];
    const ended = Math.min(grid.indexOf(now) - 1, grid.minutes - 1);
    for (let index = ended; index > (this.confirmedThrough[slot] as number); index -= 1) {
      if (instrument !== undefined && grid.isExpected(instrument.class, index)) return true;
    }
    return false;
  }

  private async ask(slot: number, signal: AbortSignal): Promise<void> {
    const { clock, client, config, grid, universe, suspects, logger } = this.options;
    const instrument = universe.instruments[slot];
    if (instrument === undefined) return;
    const firstSuspect = suspects.firstOf(slot);
    const isRepair = firstSuspect >= 0;
    const priority = isRepair ? 'repair' : slot < universe.priorityCount ? 'priority' : 'live';
    this.rolling.asked(slot, clock.now());
    try {
      const candles = await candlesOf(client, instrument, grid.date, priority, signal);
      this.failures = 0;
      this.failing.clear();
      this.backoff.reset();
      const now = clock.now();
      const { bars } = officialBars({ instrument, grid, candles, state: 'confirmed', knownAt: now });
      // A minute that live sources still build is theirs: the candle is fetched again once their bar is there to compare.
      const through = this.options.isLiveSourceOf(slot) ? grid.minutes : this.options.sealedThrough();
      const newest = Math.min(grid.indexOf(candles.ts.at(-1) ?? 0), through);
      const from = isRepair ? firstSuspect : Number.POSITIVE_INFINITY;
      const known = this.confirmedThrough[slot] as number;
      this.confirmedThrough[slot] = Math.max(known, newest);
      const isWanted = (index: number): boolean => index <= through && (index > known || index >= from);
      this.collect(bars.filter((bar) => isWanted(grid.indexOf(bar.ts))));
      suspects.answered(slot, newest, now, now + config.chart_retry_ms, config.chart_retries);
    } catch (error) {
      if (signal.aborted) return;
      this.failures += 1;
      this.failing.add(slot);
      suspects.failed(slot, clock.now(), config.chart_retry_ms, this.failing.size === 1);
      // Calls that were under way when the first one failed say nothing new.
      if (clock.now() >= this.restUntil) this.restUntil = clock.now() + this.backoff.next();
      logger.warn('chart call failed', {
        symbol: instrument.symbol,
        restUntil: this.restUntil,
        error: describeError(error),
      });
    }
  }

  private collect(bars: readonly Bar[]): void {
    if (bars.length === 0) return;
    if (this.collected.length === 0) this.flushAt = this.options.clock.now() + COLLECT_MS;
    this.collected.push(...bars);
    this.collectedSymbols += 1;
    if (this.collectedSymbols >= this.options.batchSize || this.collected.length >= MAX_BATCH_ROWS) this.flush();
  }

  private flush(): void {
    if (this.collected.length === 0) return;
    const bars = this.collected;
    this.collected = [];
    this.collectedSymbols = 0;
    this.flushAt = Number.POSITIVE_INFINITY;
    this.options.publish(bars);
  }
}
