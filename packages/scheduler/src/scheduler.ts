/**
 * Keeps the wanted state of the pipeline true to the calendar, the store and the pipeline's own word.
 *
 *   waiting ──first snapshot──▶ deciding ──stop()──▶ stopped
 *
 * waiting: nothing is wished, the manager leaves things as they are. deciding: the wish is worked out from scratch
 * at every snapshot, at the market instant the last wish named, and when the store has answered; the manager hears
 * of it when it differs, and again when its snapshots keep showing another wish (it was busy restarting everything).
 * Because nothing is counted forward from the past, a clock that jumps or a machine that slept
 * changes only the answer of the next look. stopped: no timer is left and nothing is wished any more.
 */
import {
  componentOf,
  describeError,
  type EpochMs,
  type Logger,
  type MarketClock,
  type MarketTimer,
  monotonicMs,
  type RtpConfig,
  reportOf,
  type SessionCalendar,
  type SystemStatus,
} from '@rtp/core';
import type { StoreDate } from './incomplete-dates.ts';
import { emptyPipelineMemory, type PipelineMemory, rememberPipeline } from './pipeline-memory.ts';
import { type PipelineWish, pipelineWish } from './pipeline-wish.ts';

/** Real ms after which a snapshot that shows another wish means that ours was not heard. */
const UNHEARD_AFTER_MS = 1_500;

export interface SchedulerOptions {
  readonly calendar: SessionCalendar;
  readonly clock: MarketClock;
  readonly config: Pick<RtpConfig['pipeline'], 'prepare_lead_minutes' | 'backfill_days'>;
  readonly logger: Logger;
  /** The dates the store knows. */
  readonly storeDates: () => Promise<readonly StoreDate[]>;
  /** Unfinished work that somebody asked for, for people; null when there is none. Asked at every look. */
  readonly pendingJob: () => string | null;
  /** Told at every change of the wish or of its reason. */
  readonly want: (wanted: 'up' | 'down', reason: string) => void;
  /** Real milliseconds, monotonic. */
  readonly realNow?: () => number;
}

export class Scheduler {
  private readonly options: SchedulerOptions;
  private readonly realNow: () => number;
  private current: PipelineWish;
  private wishedSince: EpochMs;
  private status: SystemStatus | null = null;
  private pipelineMemory: PipelineMemory = emptyPipelineMemory;
  private dates: readonly StoreDate[] | null = null;
  /** What of the store's report the known dates belong to; a change means asking again. */
  private datesKey = '';
  private askingDates = false;
  private storeFailure = '';
  private calendarFailure = '';
  private errorCount = 0;
  private looks = 0;
  private timer: MarketTimer | null = null;
  private hasWished = false;
  /** Monotonic instant at which the manager was last told. */
  private toldAt = 0;
  private isStopped = false;

  constructor(options: SchedulerOptions) {
    this.options = options;
    this.realNow = options.realNow ?? monotonicMs;
    this.wishedSince = options.clock.now();
    this.current = {
      wanted: 'down',
      reason: 'Waiting for the first word from the system manager',
      until: this.wishedSince,
      degraded: '',
    };
  }

  /** The wish in force; before the first snapshot one that nobody has been told. */
  get wish(): PipelineWish {
    return this.current;
  }

  /** Market instant since which the pipeline is wanted up, or down. */
  get wantedSince(): EpochMs {
    return this.wishedSince;
  }

  get memory(): PipelineMemory {
    return this.pipelineMemory;
  }

  get errors(): number {
    return this.errorCount;
  }

  /** Grows with every look at the inputs. */
  get progress(): number {
    return this.looks;
  }

  /** Named conditions the owner should know of, or empty. */
  get degraded(): string {
    return [this.current.degraded, this.storeFailure, this.calendarFailure].filter((text) => text !== '').join('; ');
  }

  /** Takes in a snapshot of the system. */
  observe(status: SystemStatus): void {
    if (this.isStopped) return;
    this.status = status;
    this.pipelineMemory = rememberPipeline(this.pipelineMemory, status, this.options.clock.now());
    this.askDatesWhenChanged(status);
    this.look();
    this.repeatUnheard(status);
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private look(): void {
    if (this.isStopped || this.status === null) return;
    const { calendar, clock, config, logger } = this.options;
    this.looks += 1;
    const now = clock.now();
    let wish: PipelineWish;
    try {
      wish = pipelineWish({
        calendar,
        now,
        prepareLeadMinutes: config.prepare_lead_minutes,
        backfillDays: config.backfill_days,
        running: this.pipelineMemory.running,
        sealedDate: this.pipelineMemory.sealedDate,
        finished: this.pipelineMemory.finished,
        storeDates: this.dates,
        pendingJob: this.options.pendingJob(),
      });
      this.calendarFailure = '';
    } catch (error) {
      // The wish in force stays: stopping a running pipeline for a fault of ours would lose minutes.
      if (this.calendarFailure === '') logger.error('cannot decide', { error: describeError(error) });
      this.calendarFailure = describeError(error);
      this.errorCount += 1;
      return;
    }
    this.adopt(wish, now);
  }

  private adopt(wish: PipelineWish, now: EpochMs): void {
    const { clock, logger, want } = this.options;
    const isFirst = !this.hasWished;
    const before = this.current;
    this.current = wish;
    this.hasWished = true;
    if (this.timer === null || wish.until !== before.until) {
      this.timer?.cancel();
      this.timer = clock.setTimer(wish.until, () => {
        this.timer = null;
        this.look();
      });
    }
    if (!isFirst && wish.wanted === before.wanted && wish.reason === before.reason) return;
    if (isFirst || wish.wanted !== before.wanted) this.wishedSince = now;
    this.toldAt = this.realNow();
    logger.info(`pipeline wanted ${wish.wanted}`, { reason: wish.reason });
    want(wish.wanted, wish.reason);
  }

  /** A snapshot with another wish may have been on its way when ours was sent; a while later it was not heard. */
  private repeatUnheard(status: SystemStatus): void {
    const { wanted, reason } = this.current;
    const line = componentOf(status, 'pipeline');
    if (!this.hasWished || line === undefined || line.wanted === wanted) return;
    if (this.realNow() - this.toldAt < UNHEARD_AFTER_MS) return;
    this.toldAt = this.realNow();
    this.options.logger.warn('the manager has not taken up the wish: repeated', { wanted, reason });
    this.options.want(wanted, reason);
  }

  private askDatesWhenChanged(status: SystemStatus): void {
    const report = reportOf(status, 'store');
    const line = componentOf(status, 'store');
    if (report === null || (line?.state !== 'ready' && line?.state !== 'degraded')) return;
    const key = `${line.pid}:${report.openDates.join()}`;
    if (key === this.datesKey || this.askingDates) return;
    this.askingDates = true;
    void this.askDates(key).finally(() => {
      this.askingDates = false;
      this.look();
    });
  }

  private async askDates(key: string): Promise<void> {
    try {
      this.dates = await this.options.storeDates();
      this.datesKey = key;
      this.storeFailure = '';
    } catch (error) {
      const failure = describeError(error);
      if (failure !== this.storeFailure)
        this.options.logger.warn('the store does not tell its dates', { error: failure });
      this.storeFailure = failure;
      this.errorCount += 1;
    }
  }
}
