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
  istIso,
  type Logger,
  type MarketClock,
  type MarketTimer,
  monotonicMs,
  type RtpConfig,
  reportOf,
  type SessionCalendar,
  type SystemStatus,
  type TradingDate,
} from '@rtp/core';
import type { EventSink } from './events/event-sink.ts';
import type { StoreDate } from './incomplete-dates.ts';
import type { OperatorMemory } from './operator-file.ts';
import { OperatorHold } from './operator-hold.ts';
import { describeOverride, nextPreparation } from './operator-override.ts';
import type { OperatorOverride, PipelineChange, PipelineControl } from './pipeline-control.ts';
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
  readonly want: (wanted: 'up' | 'down', reason: string, actor: PipelineWish['actor']) => void;
  /** Where an operator's wish is kept. */
  readonly operator: OperatorMemory;
  readonly events: EventSink;
  /** Real milliseconds, monotonic. */
  readonly realNow?: () => number;
}

export class Scheduler implements PipelineControl {
  private readonly options: SchedulerOptions;
  private readonly realNow: () => number;
  private readonly hold: OperatorHold;
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
    this.hold = new OperatorHold(options.operator, options.logger);
    this.current = {
      wanted: 'down',
      reason: 'Waiting for the first word from the system manager',
      actor: 'calendar',
      until: this.wishedSince,
      degraded: '',
      makesRoom: false,
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

  /** Whether the store has said that it has sealed the date. */
  isSealed(date: TradingDate): boolean {
    return this.dates?.some((known) => known.date === date && known.state === 'sealed') === true;
  }

  get errors(): number {
    return this.errorCount + this.hold.errors;
  }

  /** Grows with every look at the inputs. */
  get progress(): number {
    return this.looks;
  }

  /** Named conditions the owner should know of, or empty. */
  get degraded(): string {
    const { current, storeFailure, calendarFailure, hold } = this;
    return [current.degraded, storeFailure, calendarFailure, hold.failure].filter((text) => text !== '').join('; ');
  }

  get override(): OperatorOverride | null {
    return this.hold.override;
  }

  startPipeline(by: string): PipelineChange {
    const before = this.override;
    if (before?.wanted === 'up') return { changed: false, text: `The pipeline was ${describeOverride(before)}.` };
    const wish = this.decide(this.options.clock.now(), null);
    if (wish.wanted === 'down' && !wish.makesRoom) return this.wishFor('up', by);
    if (before === null) return { changed: false, text: `The pipeline is wanted up anyway. ${wish.reason}.` };
    this.setOverride(null);
    return { changed: true, text: `The manual stop is lifted. ${wish.reason}.` };
  }

  stopPipeline(by: string): PipelineChange {
    const before = this.override;
    if (before?.wanted === 'down') return { changed: false, text: `The pipeline was ${describeOverride(before)}.` };
    return this.wishFor('down', by);
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

  private wishFor(wanted: 'up' | 'down', by: string): PipelineChange {
    const { calendar, clock, config } = this.options;
    const since = clock.now();
    const until = nextPreparation(calendar, since, config.prepare_lead_minutes);
    const override: OperatorOverride = Object.freeze({ wanted, since, until, by });
    this.setOverride(override);
    return { changed: true, text: `The pipeline is ${describeOverride(override)}.` };
  }

  private setOverride(override: OperatorOverride | null): void {
    this.hold.set(override, this.pipelineMemory.finished);
    this.look();
  }

  private look(): void {
    if (this.isStopped || this.status === null) return;
    this.looks += 1;
    const now = this.options.clock.now();
    this.hold.look(now, this.pipelineMemory.finished);
    let wish: PipelineWish;
    try {
      wish = this.decide(now, this.override);
      this.calendarFailure = '';
    } catch (error) {
      // The wish in force stays: stopping a running pipeline for a fault of ours would lose minutes.
      if (this.calendarFailure === '') this.options.logger.error('cannot decide', { error: describeError(error) });
      this.calendarFailure = describeError(error);
      this.errorCount += 1;
      return;
    }
    this.adopt(wish, now);
  }

  private decide(now: EpochMs, override: OperatorOverride | null): PipelineWish {
    const { calendar, config, pendingJob } = this.options;
    const { running, sealedDate, finished } = this.pipelineMemory;
    return pipelineWish({
      calendar,
      now,
      prepareLeadMinutes: config.prepare_lead_minutes,
      backfillDays: config.backfill_days,
      running,
      sealedDate,
      finished,
      storeDates: this.dates,
      pendingJob: pendingJob(),
      override,
    });
  }

  private adopt(wish: PipelineWish, now: EpochMs): void {
    const { clock, events, logger, want } = this.options;
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
    const { wanted, reason, actor } = wish;
    logger.info(`pipeline wanted ${wanted}`, { reason, actor });
    events.publish('wish', { at: istIso(now), wanted, reason, actor });
    want(wanted, reason, actor);
  }

  /** A snapshot with another wish may have been on its way when ours was sent; a while later it was not heard. */
  private repeatUnheard(status: SystemStatus): void {
    const { wanted, reason, actor } = this.current;
    const line = componentOf(status, 'pipeline');
    if (!this.hasWished || line === undefined || line.wanted === wanted) return;
    if (this.realNow() - this.toldAt < UNHEARD_AFTER_MS) return;
    this.toldAt = this.realNow();
    this.options.logger.warn('the manager has not taken up the wish: repeated', { wanted, reason });
    this.options.want(wanted, reason, actor);
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
