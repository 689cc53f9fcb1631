/**
 * Runs dates through the indicators, group by group: a few dates in slices on the store's own thread, many on threads of
 * their own.
 *
 *   in slices ──withThreads: work of many dates begins──▶ threads ──it ends──▶ in slices; the threads end
 *
 * A day of 500 instruments takes half a second; a thread takes 40 MB while it lives, because it loads the indicators for
 * itself, and most of a second to start.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { SessionFields } from '@rtp/indicators';
import type { IndicatorValues } from '@rtp/store-client';
import type { Piscina } from 'piscina';
import type { BarGroup } from './bar-groups.ts';
import { type GroupResult, GroupRunner, type GroupTask } from './group-runner.ts';
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
/** Niceness of the threads: live minutes come first. */
const NICE = 10;
const WORKER = join(import.meta.dirname, 'bulk-worker.ts');

export class BulkRunner {
  /** Threads that work of many dates has; with one it stays in slices. */
  readonly threads: number;
  private runner: GroupRunner | undefined;
  private pool: Piscina | null = null;
  private users = 0;

  constructor(maxThreads: number) {
    this.threads = Math.min(maxThreads, availableParallelism());
  }

  /** Runs `work`, during which dates are computed by threads if there are many of them. */
  async withThreads<T>(dates: number, work: () => Promise<T>): Promise<T> {
    if (dates < MANY_DATES || this.threads === 1) return work();
    this.users += 1;
    try {
      this.pool ??= await this.startThreads();
      return await work();
    } finally {
      this.users -= 1;
      if (this.users === 0) {
        const { pool } = this;
        this.pool = null;
        await pool?.destroy();
      }
    }
  }

  /** Takes `states` over the date; yields its groups in order, each when it is done. */
  async *run(states: SeriesStates, { groups, fields, tickOf, wantsRows }: DateTask): AsyncGenerator<GroupRows> {
    const under: { readonly bars: BarGroup; readonly result: Promise<GroupResult> }[] = [];
    const ahead = this.pool === null ? 1 : this.threads + 1;
    for (let next = 0; next < groups.length || under.length > 0; ) {
      while (next < groups.length && under.length < ahead) {
        const bars = groups[next]!;
        const ticks = Float64Array.from(bars.instrumentIds, tickOf);
        const result = this.runGroup({ bars, ticks, fields, wantsRows, states: states.of(bars.instrumentIds) });
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

  private runGroup(task: GroupTask): Promise<GroupResult> {
    if (this.pool !== null) return this.pool.run(task, { name: 'runGroup' });
    this.runner ??= new GroupRunner();
    return runInSlices(this.runner.steps(task));
  }

  private async startThreads(): Promise<Piscina> {
    const { Piscina } = await import('piscina');
    const threads = this.threads;
    return new Piscina({ filename: WORKER, minThreads: threads, maxThreads: threads, niceIncrement: NICE });
  }
}
