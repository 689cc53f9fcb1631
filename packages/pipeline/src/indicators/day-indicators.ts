/**
 * The stored indicators of one day, kept current with its bars.
 *
 *   noting ──begin──▶ following
 *
 *   noting     bars are taken in; there are no rows yet, because the state at the day's start is not known
 *   following  a bar after an instrument's last one advances its series; one that comes late or is revised restores the
 *              state at the day's start and runs the day's bars again. Rows are those that are new, or have changed by
 *              a quantum
 *
 * The state at the day's start is kept of every instrument. A day of one instrument takes about a millisecond to run
 * again, so no state between is kept.
 */
import type { Bar, EpochMs, Instrument } from '@rtp/core';
import {
  BAR_FIELDS,
  BAR_WIDTH,
  IndicatorEngine,
  type SessionFields,
  storedColumns,
  storedValue,
} from '@rtp/indicators';
import type { IndicatorRows, IndicatorStart } from '@rtp/store-client';
import type { DayGrid } from '../bars/day-grid.ts';
import { DaySeries } from './day-series.ts';
import { RowSink } from './row-sink.ts';
import { type SlotRun, SlotRuns } from './slot-run.ts';

const NAMES = storedColumns.map(({ name }) => name);

export interface DayIndicatorsOptions {
  readonly grid: DayGrid;
  /** By slot. */
  readonly instruments: readonly Instrument[];
  /** Of each minute of the grid. */
  readonly sessionFields: SessionFields;
}

export class DayIndicators {
  private readonly options: DayIndicatorsOptions;
  private readonly slots: ReadonlyMap<number, number>;
  private readonly series: DaySeries;
  private readonly runs: SlotRuns;
  private engine: IndicatorEngine | null = null;
  /** Memory of all series at the day's start. */
  private start = new Float64Array(0);

  constructor(options: DayIndicatorsOptions) {
    const { grid, instruments, sessionFields } = options;
    this.options = options;
    this.slots = new Map(instruments.map(({ instrumentId }, slot) => [instrumentId, slot]));
    this.series = new DaySeries(instruments.length, grid.minutes);
    this.runs = new SlotRuns(this.series, sessionFields, NAMES.length);
  }

  /**
   * Goes on from the store's state at the day's start and its bars so far; bars noted meanwhile are kept. Returns the
   * slots for which the store has fewer rows than there are bars. Errors: a state of another engine.
   */
  begin(start: IndicatorStart): readonly number[] {
    const { instruments } = this.options;
    const engine = new IndicatorEngine(NAMES, instruments.length);
    if (start.fingerprint !== engine.fingerprint) {
      throw new Error(`the store's indicators are of build ${start.fingerprint}, these of ${engine.fingerprint}`);
    }
    const rowsStored = new Map<number, number>();
    for (const [position, instrumentId] of start.instrumentIds.entries()) {
      const slot = this.slots.get(instrumentId);
      if (slot === undefined) continue;
      engine.restore(slot, start.memory.subarray(position * engine.stride, (position + 1) * engine.stride));
      rowsStored.set(slot, start.rows[position]!);
    }
    for (const bar of start.bars) {
      const cell = this.cellOf(bar);
      if (cell !== null) this.series.put(cell.slot, cell.index, bar);
    }
    this.start = engine.memory.slice();
    this.engine = engine;
    const owing: number[] = [];
    for (const slot of instruments.keys()) {
      const run = this.runs.run(engine, slot, this.tickOf(slot));
      if ((rowsStored.get(slot) ?? 0) < run.length) owing.push(slot);
    }
    return owing;
  }

  /** Every row of some slots, from the first bar on. */
  rowsOf(slots: readonly number[], knownAt: EpochMs): IndicatorRows {
    const sink = new RowSink();
    const { engine } = this;
    if (engine === null) return sink.rows();
    for (const slot of slots) {
      engine.restore(slot, this.startOf(slot, engine));
      this.emit(sink, slot, this.runs.run(engine, slot, this.tickOf(slot)), null, 0, knownAt);
    }
    return sink.rows();
  }

  /** Minutes of the day's grid. */
  get minutes(): number {
    return this.series.minutes;
  }

  /** Divides bars by instruments so that of each part no more than about `maxRows` rows follow. There is always a first part. */
  partsOf(bars: readonly Bar[], maxRows: number): [readonly Bar[], ...(readonly Bar[])[]] {
    const byInstrument = Map.groupBy(bars, ({ instrumentId }) => instrumentId);
    const parts: [Bar[], ...Bar[][]] = [[]];
    let rows = 0;
    for (const own of byInstrument.values()) {
      const more = this.rowsAtMost(own);
      if (rows > 0 && rows + more > maxRows) {
        parts.push([]);
        rows = 0;
      }
      parts.at(-1)!.push(...own);
      rows += more;
    }
    return parts;
  }

  /** Rows that may follow from bars of one instrument: all from the first of them on. */
  private rowsAtMost(bars: readonly Bar[]): number {
    const cells = bars.flatMap((bar) => this.cellOf(bar) ?? []);
    const [cell] = cells;
    if (cell === undefined) return 0;
    const indexes = cells.map(({ index }) => index);
    const from = Math.min(...indexes);
    const last = this.series.last(cell.slot);
    return from > last ? cells.length : Math.max(last, ...indexes) - from + 1;
  }

  /** Takes bars of the day in, and returns the rows that follow. Bars outside the grid are passed over. */
  take(bars: readonly Bar[], knownAt: EpochMs): IndicatorRows {
    const sink = new RowSink();
    const advancing: number[] = [];
    for (const [slot, cells] of this.bySlot(bars)) {
      if (cells.length === 1 && cells[0]!.index > this.series.last(slot)) {
        const [{ index, bar }] = cells as [Cell];
        if (this.series.put(slot, index, bar)) advancing.push(slot);
      } else this.revise(slot, cells, sink, knownAt);
    }
    this.advance(advancing, sink, knownAt);
    return sink.rows();
  }

  private revise(slot: number, cells: readonly Cell[], sink: RowSink, knownAt: EpochMs): void {
    const before = this.runs.bars(slot, this.tickOf(slot));
    let from = Number.POSITIVE_INFINITY;
    for (const { index, bar } of cells) if (this.series.put(slot, index, bar)) from = Math.min(from, index);
    const { engine } = this;
    if (engine === null || from === Number.POSITIVE_INFINITY) return;
    engine.restore(slot, this.startOf(slot, engine));
    const old = this.runs.runBars(engine, slot, before);
    engine.restore(slot, this.startOf(slot, engine));
    this.emit(sink, slot, this.runs.run(engine, slot, this.tickOf(slot)), old, from, knownAt);
  }

  private advance(slots: readonly number[], sink: RowSink, knownAt: EpochMs): void {
    const { engine } = this;
    if (engine === null || slots.length === 0) return;
    const { grid, instruments, sessionFields } = this.options;
    const rows = new Float64Array(slots.length * BAR_WIDTH);
    const out = new Float64Array(slots.length * NAMES.length);
    for (const [row, slot] of slots.entries()) {
      const at = row * BAR_WIDTH;
      const index = this.series.last(slot);
      this.series.copy(slot, index, rows, at);
      rows[at + BENCH] = Number.NaN;
      rows[at + SESSION] = sessionFields.session[index]!;
      rows[at + MINUTE_OF_DAY] = sessionFields.minuteOfDay[index]!;
      rows[at + MINUTE_OF_SESSION] = sessionFields.minuteOfSession[index]!;
      rows[at + TICK] = this.tickOf(slot);
    }
    engine.advance(Int32Array.from(slots), slots.length, rows, out);
    for (const [row, slot] of slots.entries()) {
      const at = row * NAMES.length;
      const ts = grid.minuteAt(this.series.last(slot));
      sink.add(instruments[slot]!.instrumentId, ts, knownAt, (column) => out[at + column]!);
    }
  }

  /** Rows of a run from a minute on; with `old`, those only that differ from it. */
  private emit(sink: RowSink, slot: number, run: SlotRun, old: SlotRun | null, from: number, knownAt: EpochMs): void {
    const { grid, instruments } = this.options;
    const { instrumentId } = instruments[slot]!;
    let before = 0;
    for (let bar = 0; bar < run.length; bar += 1) {
      const index = run.indexes[bar]!;
      if (index < from) continue;
      while (old !== null && before < old.length && old.indexes[before]! < index) before += 1;
      const isKnown = old !== null && old.indexes[before] === index && before < old.length;
      if (isKnown && !differs(run, bar, old, before)) continue;
      sink.add(instrumentId, grid.minuteAt(index), knownAt, (column) => run.columns[column]![bar]!);
    }
  }

  private startOf(slot: number, { stride }: IndicatorEngine): Float64Array {
    return this.start.subarray(slot * stride, (slot + 1) * stride);
  }

  private bySlot(bars: readonly Bar[]): Map<number, Cell[]> {
    const found = new Map<number, Cell[]>();
    for (const bar of bars) {
      const cell = this.cellOf(bar);
      if (cell === null) continue;
      const cells = found.get(cell.slot);
      if (cells === undefined) found.set(cell.slot, [cell]);
      else cells.push(cell);
    }
    return found;
  }

  private cellOf(bar: Bar): Cell | null {
    const slot = this.slots.get(bar.instrumentId);
    const index = this.options.grid.indexOf(bar.ts);
    return slot === undefined || index < 0 || index >= this.series.minutes ? null : { slot, index, bar };
  }

  private tickOf(slot: number): number {
    return this.options.instruments[slot]!.tickPaise / PAISE_PER_RUPEE;
  }
}

interface Cell {
  readonly slot: number;
  readonly index: number;
  readonly bar: Bar;
}

const PAISE_PER_RUPEE = 100;
const BENCH = BAR_FIELDS.indexOf('bench');
const SESSION = BAR_FIELDS.indexOf('session');
const MINUTE_OF_DAY = BAR_FIELDS.indexOf('minuteOfDay');
const MINUTE_OF_SESSION = BAR_FIELDS.indexOf('minuteOfSession');
const TICK = BAR_FIELDS.indexOf('tick');

function differs(a: SlotRun, barA: number, b: SlotRun, barB: number): boolean {
  return storedColumns.some(
    (column, index) =>
      !Object.is(storedValue(column, a.columns[index]![barA]!), storedValue(column, b.columns[index]![barB]!)),
  );
}
