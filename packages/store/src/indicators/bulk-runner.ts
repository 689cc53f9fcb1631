/**
 * Runs dates through the indicators, group by group: a few dates in slices on the store's own thread, many on threads of
 * their own.
 *
 *   in slices ──withThreads: work of many dates begins──▶ threads ──it ends──▶ in slices; the threads end
 *
 * Measured for a day of 500 instruments: 0.37 s in slices; two threads cost half as much processor time again and 45 MB
 * each, because they load the indicators for themselves, and gain nothing where they share two processors with the
 * store. Hence only for states of many dates, and never on the last processor.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { SessionFields } from '@rtp/indicators';
import type { IndicatorValues } from '@rtp/store-client';
import type { Piscina } from 'piscina';
import type { BarGroup } from './bar-groups.ts';
import { type GroupResult, GroupRunner, type GroupTask, RowRoom } from './group-runner.ts';
import { runInSlices } from './run-in-slices.ts';
import type { SeriesStates } from './series-states.ts';

/** The bars of one date and what goes with them. */
export interface DateTask {
  readonly groups: readonly BarGroup[];
  readonly fields: SessionFields;
  readonly tickOf: (instrumentId: number) => number;
  readonly wantsRows: boolean;
}

/** A group of bars and its values as they are stored, one array a stored column; none when they were not wanted. */
export interface GroupRows {
  readonly bars: BarGroup;
  readonly columns: readonly IndicatorValues[];
}

/** Dates from which on threads are worth their start. */
export const MANY_DATES = 3;
/** Of a thread's heap: the numbers it works on are outside of it. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };
/** Niceness of the threads: live minutes come first. */
const NICE = 10;
const WORKER = join(import.meta.dirname, 'bulk-worker.ts');

export class BulkRunner {
  /** Threads that work of many dates has; with one it stays in slices. */
  readonly threads: number;
  private runner: GroupRunner | undefined;
  private pool: Promise<Piscina> | null = null;
  /** Works and runs that need the threads. */
  private users = 0;

  constructor(threads: number) {
    this.threads = threads;
  }

  /** Threads that a machine has room for, `most` at most: all processors but the one of the store's own thread. */
  static threadsOf(most: number): number {
    return Math.max(1, Math.min(most, availableParallelism() - 1));
  }

  /** Runs `work`, during which dates are computed by threads if there are many of them. */
  async withThreads<T>(dates: number, work: () => Promise<T>): Promise<T> {
    if (dates < MANY_DATES || this.threads === 1) return work();
    this.pool ??= this.startThreads();
    return this.using(async () => {
      await this.pool;
      return work();
    });
  }

  /**
   * Takes `states` over the date; yields its groups in order, each when it is done. A group's columns are good until the
   * next is asked for.
   */
  async *run(states: SeriesStates, task: DateTask): AsyncGenerator<GroupRows> {
    const { pool } = this;
    if (pool !== null) this.users += 1;
    try {
      yield* this.runGroups(pool === null ? null : await pool, states, task);
    } finally {
      if (pool !== null) await this.leave();
    }
  }

  private async *runGroups(pool: Piscina | null, states: SeriesStates, of: DateTask): AsyncGenerator<GroupRows> {
    const { groups, fields, tickOf, wantsRows } = of;
    const room = new RowRoom();
    const under: { readonly bars: BarGroup; readonly result: Promise<GroupResult> }[] = [];
    const ahead = pool === null ? 1 : this.threads + 1;
    for (let next = 0; next < groups.length || under.length > 0; ) {
      while (next < groups.length && under.length < ahead) {
        const bars = groups[next]!;
        const ticks = Float64Array.from(bars.instrumentIds, tickOf);
        const task = { bars, ticks, fields, wantsRows, states: states.of(bars.instrumentIds) };
        const result = pool === null ? this.runInSlices(task, room) : pool.run(task, { name: 'runGroup' });
        // Whoever stops reading early leaves it behind.
        result.catch(() => {});
        under.push({ bars, result });
        next += 1;
      }
      const { bars, result } = under.shift()!;
      const { states: after, columns } = await result;
      states.put(bars.instrumentIds, after);
      yield { bars, columns };
    }
  }

  private runInSlices(task: GroupTask, room: RowRoom): Promise<GroupResult> {
    this.runner ??= new GroupRunner();
    return runInSlices(this.runner.steps(task, room));
  }

  private async using<T>(work: () => Promise<T>): Promise<T> {
    this.users += 1;
    try {
      return await work();
    } finally {
      await this.leave();
    }
  }

  /** The last one out ends the threads. */
  private async leave(): Promise<void> {
    this.users -= 1;
    if (this.users > 0) return;
    const { pool } = this;
    this.pool = null;
    // Threads that did not start need no end.
    await pool?.then((threads) => threads.destroy()).catch(() => {});
  }

  private async startThreads(): Promise<Piscina> {
    const { Piscina } = await import('piscina');
    const threads = this.threads;
    const options = { minThreads: threads, maxThreads: threads, niceIncrement: NICE, resourceLimits: LIMITS };
    return new Piscina({ filename: WORKER, ...options });
  }
}
