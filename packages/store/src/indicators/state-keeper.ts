/**
 * The state of the indicators at the start of any date: what all whole bars before it have left.
 *
 *   asked for a date ──the newest file whose date, mark and build are right──▶ rolling forward: the dates after it, one
 *   by one, from their bars ──▶ known; kept in a file of its own
 *
 * Without such a file the roll begins before the first bar. A roll is one at a time; it reads outside the writer's
 * queue, so that bars may change meanwhile: then it begins again. Whoever needs the state and the bars of the date to be
 * of one commit compares marks inside the queue.
 */
import type { TradingDate } from '@rtp/core';
import { SerialQueue } from '../engine/serial-queue.ts';
import type { StoreParts } from '../store-parts.ts';
import { readBarGroups } from './bar-groups.ts';
import type { BulkRunner, GroupRows } from './bulk-runner.ts';
import { dayFields } from './day-fields.ts';
import { datesBefore, NO_MARK, type SeriesDate, seriesDates, wholeBarsSql } from './series-dates.ts';
import { SeriesStates } from './series-states.ts';
import { listStates, readStates, removeStates, writeStates } from './state-file.ts';

/** Files kept: those of the newest dates, from which late data of recent days is rolled over again. */
const FILES_KEPT = 3;
const PAISE_PER_RUPEE = 100;

/** States and the mark they belong to. */
export interface StatesBefore {
  readonly mark: string;
  readonly states: SeriesStates;
}

export type KeeperParts = Pick<
  StoreParts,
  'register' | 'hot' | 'instruments' | 'calendar' | 'paths' | 'surface' | 'logger'
>;

export class StateKeeper {
  private readonly parts: KeeperParts;
  private readonly runner: BulkRunner;
  private readonly queue = new SerialQueue();

  constructor(parts: KeeperParts, runner: BulkRunner) {
    this.parts = parts;
    this.runner = runner;
  }

  /** State of every instrument after its last bar before `date`. The states are the caller's own. */
  before(date: TradingDate, signal?: AbortSignal): Promise<StatesBefore> {
    return this.queue.run(async () => {
      for (;;) {
        const found = await this.roll(date, signal);
        if (found !== null) return found;
      }
    });
  }

  /** Takes states over a date's bars; `visit` is given each group of instruments, with values when wanted. */
  over(
    of: SeriesDate,
    states: SeriesStates,
    options: { readonly wantsRows: boolean; readonly instrumentIds?: readonly number[] },
    visit: (rows: GroupRows) => void | Promise<void>,
  ): Promise<void> {
    const { surface, instruments, calendar } = this.parts;
    const sql = wholeBarsSql(this.parts, of, options.instrumentIds ?? null);
    return surface.askAtLength(async (run) => {
      const task = {
        groups: readBarGroups(run, sql),
        fields: dayFields(of.date, calendar),
        tickOf: (instrumentId: number) => instruments.tickPaise(instrumentId, of.date) / PAISE_PER_RUPEE,
        wantsRows: options.wantsRows,
      };
      for await (const rows of this.runner.run(states, task)) await visit(rows);
    });
  }

  /** Keeps states that are those after a date; what is out of date, or older than the newest few, goes. */
  async keep(of: SeriesDate, states: SeriesStates): Promise<void> {
    const { paths } = this.parts;
    await writeStates(paths, { after: of.date, mark: of.mark }, states);
    const marks = new Map(seriesDates(this.parts).map(({ date, mark }) => [date, mark]));
    const current = listStates(paths).filter(({ after, mark }) => marks.get(after) === mark);
    const kept = new Set(current.slice(-FILES_KEPT).map(({ mark }) => mark));
    for (const key of listStates(paths)) if (!kept.has(key.mark)) removeStates(paths, key);
  }

  /** Null when the bars changed meanwhile. */
  private async roll(date: TradingDate, signal?: AbortSignal): Promise<StatesBefore | null> {
    const dates = datesBefore(seriesDates(this.parts), date);
    const last = dates.at(-1);
    if (last === undefined) return { mark: NO_MARK, states: new SeriesStates() };
    const { states, next } = this.base(dates);
    for (const of of dates.slice(next)) {
      await this.over(of, states, { wantsRows: false }, () => signal?.throwIfAborted());
    }
    const mark = datesBefore(seriesDates(this.parts), date).at(-1)?.mark ?? NO_MARK;
    if (mark !== last.mark) return null;
    if (next < dates.length) {
      this.parts.logger.info('indicator state rolled forward', { after: last.date, dates: dates.length - next });
      await this.keep(last, states);
    }
    return { mark, states };
  }

  /** The newest usable file, and the index of the first date that is not in it. */
  private base(dates: readonly SeriesDate[]): { readonly states: SeriesStates; readonly next: number } {
    const filed = new Set(listStates(this.parts.paths).map(({ mark }) => mark));
    for (let index = dates.length - 1; index >= 0; index -= 1) {
      const { date, mark } = dates[index]!;
      if (!filed.has(mark)) continue;
      const states = readStates(this.parts.paths, { after: date, mark });
      if (states !== null) return { states, next: index + 1 };
    }
    return { states: new SeriesStates(), next: 0 };
  }
}
