/**
 * Carries out backfills that were asked for, beside whatever the day needs.
 *
 *   looking (at the job file, every `backfill_look_ms`) ──unfinished──▶ preparing: the day's own preparation, subjects
 *      ▲                                                      └──▶ running ──▶ done | failed ──written to the file──┐
 *      ├──given up, or another one was asked for──┘                                                                 │
 *      └────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * Its calls have the lowest priority and their own share of the day's, its batches wait for their acknowledgement one by one.
 * Trouble that passes (store, broker, network, a full disk) is waited out; a process that is killed leaves a job that the next one goes on with.
 */
import {
  type BackfillJob,
  type BackfillReport,
  describeError,
  isUnfinished,
  RtpError,
  readBackfillJob,
  realDelay,
  realInterval,
  type TradingDate,
  tradingDateOf,
  writeBackfillJob,
} from '@rtp/core';
import { failureBackoff } from '@rtp/dhan';
import type { DayDependencies } from '../day/dependencies.ts';
import { prepareToken } from '../day/prepare.ts';
import { unlessAborted } from '../delivery/unless-aborted.ts';
import type { Universe } from '../universe/resolve-universe.ts';
import { dropSpools } from './candle-spool.ts';
import type { HistoryPorts } from './history-ports.ts';
import { BackfillProgress } from './progress.ts';
import { runBackfill } from './run-backfill.ts';
import { listSubjects, subjectOf } from './subjects.ts';

/** Trying again cannot help: the request itself is wrong. */
const REFUSED_REQUESTS = new Set(['RTP_BACKFILL_SYMBOL_UNKNOWN', 'RTP_DATE_INVALID', 'RTP_CALENDAR_OUT_OF_RANGE']);

export class BackfillWorker {
  private readonly dependencies: DayDependencies;
  private readonly history: HistoryPorts;
  /** The day's universe once nothing of the day's preparation is left to do; null when no day is prepared. */
  private readonly prepared: Promise<Universe | null>;
  private job: BackfillJob | null = null;
  private progress: BackfillProgress | null = null;
  private left = Promise.withResolvers<void>();

  constructor(dependencies: DayDependencies, history: HistoryPorts, prepared: Promise<Universe | null>) {
    this.dependencies = dependencies;
    this.history = history;
    this.prepared = prepared;
    this.job = this.asked();
  }

  /** Whether a backfill is under way or about to be. */
  get isBusy(): boolean {
    return this.job !== null;
  }

  /** Whether an unfinished backfill will bring what a date lacks, of every symbol. */
  brings(date: TradingDate): boolean {
    return this.isUnderWay(date) && this.job?.symbols === null;
  }

  /** Whether an unfinished backfill may have a date open. */
  isUnderWay(date: TradingDate): boolean {
    const { job } = this;
    return job !== null && job.from <= date && date <= job.to;
  }

  /** Resolves when the next backfill ends that leaves something it was to bring. */
  get leaves(): Promise<void> {
    return this.left.promise;
  }

  /** The backfill under way, or the last one of this process. */
  report(): BackfillReport | null {
    const { clock, client, config } = this.dependencies;
    const { chart_calls_per_day, backfill_daily_share } = config.broker;
    const { perSecond, pausedUntil } = client.stats.budget;
    const aDay = Math.max(1, Math.floor(chart_calls_per_day * backfill_daily_share));
    const pace = { leftToday: client.chartCallsLeftFor('backfill'), aDay, perSecond, pausedUntil };
    return this.progress?.report(clock.now(), pace) ?? null;
  }

  /** Works until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { config, logger } = this.dependencies;
    while (!signal.aborted) {
      try {
        this.job = this.asked();
        dropSpools(this.history.jobsDir, this.job?.id ?? null);
        if (this.job !== null) await this.carryOut(this.job, signal);
      } catch (error) {
        logger.error('the backfill cannot be told of', { error: describeError(error) });
      }
      const hasLeft = this.job !== null && this.progress?.state !== 'done';
      this.job = null;
      if (hasLeft) {
        this.left.resolve();
        this.left = Promise.withResolvers();
      }
      await realDelay(config.pipeline.backfill_look_ms, signal).catch(() => {});
    }
  }

  private asked(): BackfillJob | null {
    const job = readBackfillJob(this.history);
    return job !== null && isUnfinished(job) ? job : null;
  }

  private async carryOut(job: BackfillJob, signal: AbortSignal): Promise<void> {
    const { clock, config, logger } = this.dependencies;
    const progress = new BackfillProgress(job, clock.speed);
    this.progress = progress;
    const givenUp = new AbortController();
    const watch = realInterval(config.pipeline.backfill_look_ms, () => {
      if (!this.isStillAsked(job)) givenUp.abort(new Error('the backfill was given up'));
    });
    try {
      const either = AbortSignal.any([signal, givenUp.signal]);
      const { summary, hasFailed } = await this.withRetries(job, progress, either);
      this.finish(job, progress, hasFailed ? 'failed' : 'done', summary);
    } catch (error) {
      if (signal.aborted) return;
      if (givenUp.signal.aborted) {
        logger.info('backfill given up', { id: job.id });
        progress.state = 'cancelled';
        progress.note = 'given up; what is stored stays';
        return;
      }
      logger.error('backfill failed', { id: job.id, error: describeError(error), stack: (error as Error).stack });
      this.finish(job, progress, 'failed', describeError(error));
    } finally {
      watch.cancel();
      if (!signal.aborted) dropSpools(this.history.jobsDir, null);
    }
  }

  /** Repeats from what is stored and spooled until it succeeds. Errors: those that cannot pass, the signal's reason. */
  private async withRetries(
    job: BackfillJob,
    progress: BackfillProgress,
    signal: AbortSignal,
  ): ReturnType<typeof runBackfill> {
    const { clock, config, logger } = this.dependencies;
    const { chart_error_min_ms, chart_error_max_ms, chart_retry_floor_ms } = config.pipeline;
    const backoff = failureBackoff({ minMs: chart_error_min_ms, maxMs: chart_error_max_ms });
    for (;;) {
      try {
        return await this.attempt(job, progress, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!mayPass(error)) throw error;
        const waitMs = backoff.next();
        progress.note = `tried again: ${describeError(error)}`;
        logger.warn('backfill broken off, tried again', { id: job.id, waitMs, error: describeError(error) });
        await clock.sleep(waitMs, { floorMs: chart_retry_floor_ms, signal });
      }
    }
  }

  private async attempt(
    job: BackfillJob,
    progress: BackfillProgress,
    signal: AbortSignal,
  ): ReturnType<typeof runBackfill> {
    const { dependencies, history } = this;
    progress.note ||= 'waits until the day is prepared';
    const day = await unlessAborted(this.prepared, signal);
    const today = tradingDateOf(dependencies.clock.now());
    if (day === null) await prepareToken(dependencies, signal);
    const universe = day === null ? await listSubjects(dependencies, today, signal) : day.instruments.map(subjectOf);
    this.write({ ...job, state: 'running' });
    progress.begin();
    return runBackfill(dependencies, { job, history, universe, progress, signal });
  }

  private finish(job: BackfillJob, progress: BackfillProgress, state: 'done' | 'failed', note: string): void {
    progress.state = state;
    progress.note = note;
    this.write({ ...job, state, note });
    this.dependencies.logger.info(`backfill ${state}`, { id: job.id, note });
  }

  /** What somebody else wrote meanwhile stands. */
  private write(job: BackfillJob): void {
    if (this.isStillAsked(job)) writeBackfillJob(this.history, job);
  }

  private isStillAsked({ id }: BackfillJob): boolean {
    const now = readBackfillJob(this.history);
    return now?.id === id && now.state !== 'cancelled';
  }
}

/** Whether trying again may help: not where the request is wrong, nor after a mistake in the program. A disk may be made room on. */
function mayPass(error: unknown): boolean {
  if (error instanceof RtpError) return !REFUSED_REQUESTS.has(error.code);
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOSPC';
}
