/**
 * Keeps the stored indicators of all dates what their bars make of them, beside everything else the store does.
 *
 *   resting ──a seal, a start──▶ following up: sealed dates whose bars, or those before them, changed since they were
 *           ──update()─────────▶ updating: every date asked for                       settled, earliest first ──▶ resting
 *
 * A date is computed outside the writer's queue, some instruments at a time; each time its rows are compared and
 * committed as one turn in the queue, so that batches pass in between. A sealed date is compared with its file first
 * and is opened only when a row differs; until its next generation is written readers keep the one before. When bars
 * change meanwhile, the date begins again. Dates behind one that is open wait for its seal.
 *
 * Nothing here needs to survive a crash: what a date was settled with is recorded when it is, and the start looks for
 * dates of which that is no longer true.
 */
import { describeError, type TradingDate } from '@rtp/core';
import type { SealReceipt } from '@rtp/store-client';
import { dropDay } from '../days/drop-old-days.ts';
import { openDay } from '../days/open-day.ts';
import { SerialQueue } from '../engine/serial-queue.ts';
import { storeErrors } from '../errors.ts';
import { resealSettled } from '../seal/reseal-settled.ts';
import type { StoreParts } from '../store-parts.ts';
import type { GroupRows } from './bulk-runner.ts';
import type { DateOptions } from './date-options.ts';
import { sealedDiffers } from './sealed-differs.ts';
import { type SeriesDate, seriesDates } from './series-dates.ts';
import { settleGroup } from './settle-group.ts';

export interface DateOutcome {
  /** Rows written. */
  readonly changed: number;
  /** The date's next generation, when it was sealed again. */
  readonly receipt: SealReceipt | null;
}

/** Times a date that is open begins again before it is settled in one turn of the queue. */
const RESTARTS = 3;

export class Settlement {
  private readonly parts: StoreParts;
  private readonly work = new SerialQueue();
  private readonly stopping = new AbortController();
  private isDue = false;

  constructor(parts: StoreParts) {
    this.parts = parts;
  }

  /** Settles in the background what the change of a date has left outdated. */
  followUp(): void {
    if (this.isDue || this.stopping.signal.aborted) return;
    this.isDue = true;
    void this.work.run(async () => {
      this.isDue = false;
      try {
        await this.settleOutdated();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.parts.logger.error('indicators could not be settled', { error: describeError(error) });
        this.parts.metrics.setTrouble('indicators', 'indicators of sealed days are not settled');
      }
    });
  }

  /** Runs longer work of the same kind, when nothing else of it is under way. */
  async exclusively<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.work.run(async () => {
      this.stopping.signal.throwIfAborted();
      return work(this.stopping.signal);
    });
  }

  /** Makes the rows of a date those of its bars. Errors: the engine's, the signal's reason. */
  async settle(date: TradingDate, options: DateOptions = {}): Promise<DateOutcome> {
    for (let restarts = 0; ; restarts += 1) {
      options.signal?.throwIfAborted();
      const of = seriesDates(this.parts).find((known) => known.date === date);
      if (of === undefined) return { changed: 0, receipt: null };
      const outcome = await this.settleOnce(of, options, restarts >= RESTARTS);
      if (outcome !== null) return outcome;
    }
  }

  /** Ends what is under way at its next turn. */
  async stop(): Promise<void> {
    this.stopping.abort(storeErrors.create('RTP_STORE_STOPPING', 'The store is stopping.'));
    await this.parts.states.stop();
    await this.work.idle();
  }

  /** Resolves when everything that was due is settled. */
  idle(): Promise<void> {
    return this.work.idle();
  }

  private async settleOutdated(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      signal.throwIfAborted();
      const dates = seriesDates(this.parts);
      const firstOpen = dates.findIndex(({ isSealed }) => !isSealed);
      const of = dates.slice(0, firstOpen < 0 ? dates.length : firstOpen).find((date) => this.isOutdated(date));
      if (of === undefined) return;
      const { changed, receipt } = await this.settle(of.date, { signal });
      this.parts.logger.info('indicators of a sealed day settled', {
        date: of.date,
        settled: changed,
        generation: receipt?.generation,
      });
    }
  }

  /** Settled with other bars; or sealed with rows and not recorded, because a crash came between. */
  private isOutdated({ date, mark }: SeriesDate): boolean {
    const { settlements, register } = this.parts;
    const settledWith = settlements.markOf(date);
    return settledWith === null ? (register.receipt(date)?.indicators ?? 0) > 0 : settledWith !== mark;
  }

  /** Null when bars changed meanwhile. */
  private async settleOnce(of: SeriesDate, options: DateOptions, inOneTurn: boolean): Promise<DateOutcome | null> {
    const { parts } = this;
    const isWhole = options.instrumentIds === undefined;
    if (of.isSealed && options.force !== true && !(await this.sealedDiffers(of, options))) {
      return this.turn(of, async () => {
        if (isWhole) await parts.settlements.record(of);
        return { changed: 0, receipt: null };
      });
    }
    const wasDropped = of.isSealed && !parts.hot.filed().includes(of.date);
    try {
      return await (inOneTurn ? this.settleInOneTurn(of.date, options) : this.settleInTurns(of, options));
    } finally {
      if (of.isSealed) await parts.queue.run(() => this.putAway(of.date, wasDropped));
    }
  }

  private async settleInTurns(of: SeriesDate, options: DateOptions): Promise<DateOutcome | null> {
    const { parts } = this;
    const { instrumentIds, signal } = options;
    const states = await parts.states.before(of.date, signal);
    let changed = 0;
    let isStale = false;
    await parts.states.over(of, states, { wantsRows: true, instrumentIds }, async (group) => {
      const rows = await this.turn(of, () => this.settleGroup(of.date, group, options));
      changed += rows ?? 0;
      isStale = rows === null;
      return !isStale;
    });
    const outcome = isStale ? null : await this.turn(of, () => this.finish(of, changed, instrumentIds === undefined));
    if (outcome !== null && instrumentIds === undefined) await parts.states.keep(of, states);
    return outcome;
  }

  private settleInOneTurn(date: TradingDate, options: DateOptions): Promise<DateOutcome> {
    const { parts } = this;
    const { instrumentIds, signal } = options;
    return parts.queue.run(async () => {
      const of = seriesDates(parts).find((known) => known.date === date);
      let changed = 0;
      if (of === undefined) return { changed, receipt: null };
      const states = await parts.states.before(date, signal);
      await parts.states.over(of, states, { wantsRows: true, instrumentIds }, async (group) => {
        changed += await this.settleGroup(date, group, options);
        return true;
      });
      return this.finish(of, changed, instrumentIds === undefined);
    });
  }

  /** Inside the writer's queue. */
  private async settleGroup(date: TradingDate, group: GroupRows, options: DateOptions): Promise<number> {
    const { parts } = this;
    options.signal?.throwIfAborted();
    const day = await openDay(parts, date);
    const rows = await settleGroup(parts, day, group, options.force ?? false);
    options.onGroup?.(group.bars.instrumentIds.length);
    return rows;
  }

  /** Detaches a day that is sealed; the file of one that had none goes again. Inside the writer's queue. */
  private async putAway(date: TradingDate, wasDropped: boolean): Promise<void> {
    const { parts } = this;
    if (parts.register.state(date) !== 'sealed') return;
    await parts.publisher.idle();
    await parts.hot.close(date);
    if (wasDropped) dropDay(parts, date, parts.register.receipt(date)!);
  }

  /** Compares a sealed date with its file and keeps the states after it. */
  private async sealedDiffers(of: SeriesDate, options: DateOptions): Promise<boolean> {
    const { parts } = this;
    const states = await parts.states.before(of.date, options.signal);
    const differs = await sealedDiffers(parts, of, states, options);
    if (!differs && options.instrumentIds === undefined) await parts.states.keep(of, states);
    return differs;
  }

  /** The last turn of a date. Inside the writer's queue. */
  private async finish(of: SeriesDate, changed: number, isWhole: boolean): Promise<DateOutcome> {
    const { parts } = this;
    if (!of.isSealed) return { changed, receipt: null };
    const receipt = await resealSettled(parts, of.date);
    if (isWhole) await parts.settlements.record(of);
    return { changed, receipt };
  }

  /** One turn in the writer's queue, or null when the date's bars are no longer those. */
  private turn<T>(of: SeriesDate, work: () => Promise<T>): Promise<T | null> {
    return this.parts.queue.run(async () => {
      this.stopping.signal.throwIfAborted();
      const now = seriesDates(this.parts).find(({ date }) => date === of.date);
      return now?.mark === of.mark && now.isSealed === of.isSealed ? work() : null;
    });
  }
}
