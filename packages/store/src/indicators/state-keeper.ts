/**
 * The state of the indicators at the start of any date: what all whole bars before it have left.
 *
 *   asked for a date ──the newest file whose date, mark and build are right──▶ rolling forward over the dates after it,
 *   one by one, from their bars ──▶ ready: in a file of its own
 *
 * Without such a file the roll begins before the first bar. Rolls are one at a time and outside the writer's queue, so
 * that bars may change meanwhile: then a roll begins again. Inside the queue what is ready is taken, which is only ever
 * what the bars of that moment lead to.
 */
import type { Logger, TradingDate } from '@rtp/core';
import { SerialQueue } from '../engine/serial-queue.ts';
import { storeErrors } from '../errors.ts';
import type { LiveSurface } from '../reading/live-surface.ts';
import { readBarGroups } from './bar-groups.ts';
import type { BulkRunner, GroupRows } from './bulk-runner.ts';
import { dayFields } from './day-fields.ts';
import {
  datesBefore,
  markBefore,
  type SeriesDate,
  type SeriesParts,
  seriesDates,
  wholeBarsSql,
} from './series-dates.ts';
import { SeriesStates } from './series-states.ts';
import { listStates, readStates, removeStates, writeStates } from './state-file.ts';

/** Files kept: those of the newest dates, from which late data of recent days is rolled over again. */
const FILES_KEPT = 3;
const PAISE_PER_RUPEE = 100;

export interface KeeperParts extends SeriesParts {
  readonly surface: LiveSurface;
  readonly logger: Logger;
}

export class StateKeeper {
  private readonly parts: KeeperParts;
  private readonly runner: BulkRunner;
  private readonly queue = new SerialQueue();
  private readonly stopping = new AbortController();

  constructor(parts: KeeperParts, runner: BulkRunner) {
    this.parts = parts;
    this.runner = runner;
  }

  /** State of every instrument after its last bar before `date`, or null when it must be prepared. The caller's own. */
  ready(date: TradingDate): SeriesStates | null {
    const last = datesBefore(seriesDates(this.parts), date).at(-1);
    if (last === undefined) return new SeriesStates();
    return readStates(this.parts.paths, { after: last.date, mark: last.mark });
  }

  /** Makes the state ready. Errors: the engine's, the signal's reason. */
  prepare(date: TradingDate, signal?: AbortSignal): Promise<void> {
    return this.queue.run(async () => {
      while (!(await this.roll(date, signal)));
    });
  }

  /** As `ready`, prepared when it must be. */
  async before(date: TradingDate, signal?: AbortSignal): Promise<SeriesStates> {
    for (;;) {
      const states = this.ready(date);
      if (states !== null) return states;
      await this.prepare(date, signal);
    }
  }

  /** Ends the roll under way. */
  async stop(): Promise<void> {
    this.stopping.abort(storeErrors.create('RTP_STORE_STOPPING', 'The store is stopping.'));
    await this.queue.idle();
  }

  /**
   * Takes states over a date's bars; `visit` is given each group of instruments, with values when wanted, and ends it
   * by false: then the states are of no more use.
   */
  async over(
    of: SeriesDate,
    states: SeriesStates,
    options: { readonly wantsRows: boolean; readonly instrumentIds?: readonly number[] | undefined },
    visit: (rows: GroupRows) => undefined | boolean | Promise<undefined | boolean>,
  ): Promise<void> {
    const { surface, instruments, calendar } = this.parts;
    const sql = wholeBarsSql(this.parts, of, options.instrumentIds ?? null);
    const task = {
      groups: await surface.askAtLength((run) => readBarGroups(run, sql)),
      fields: dayFields(of.date, calendar),
      tickOf: (instrumentId: number) => instruments.tickPaise(instrumentId, of.date) / PAISE_PER_RUPEE,
      wantsRows: options.wantsRows,
    };
    for await (const rows of this.runner.run(states, task)) if ((await visit(rows)) === false) return;
  }

  /** Keeps states that are those after a date; of the others, what is out of date or older than the newest few goes. */
  async keep(of: SeriesDate, states: SeriesStates): Promise<void> {
    const { paths } = this.parts;
    await writeStates(paths, { after: of.date, mark: of.mark }, states);
    const marks = new Map(seriesDates(this.parts).map(({ date, mark }) => [date, mark]));
    const current = listStates(paths).filter(({ after, mark }) => marks.get(after) === mark);
    const kept = new Set([...current.slice(-FILES_KEPT).map(({ mark }) => mark), of.mark]);
    for (const key of listStates(paths)) if (!kept.has(key.mark)) removeStates(paths, key);
  }

  /** False when the bars changed meanwhile. */
  private async roll(date: TradingDate, signal?: AbortSignal): Promise<boolean> {
    const dates = datesBefore(seriesDates(this.parts), date);
    const last = dates.at(-1);
    if (last === undefined) return true;
    const { states, next } = this.base(dates);
    if (next === dates.length) return true;
    await this.runner.withThreads(dates.length - next, async () => {
      for (const of of dates.slice(next)) {
        await this.over(of, states, { wantsRows: false }, () => {
          this.stopping.signal.throwIfAborted();
          signal?.throwIfAborted();
          return true;
        });
      }
    });
    if (markBefore(seriesDates(this.parts), date) !== last.mark) return false;
    await this.keep(last, states);
    this.parts.logger.info('indicator state rolled forward', { after: last.date, dates: dates.length - next });
    return true;
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
