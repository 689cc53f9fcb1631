/**
 * Runs a group of bars through the engine of stored indicators. Loaded by the store and by its worker threads, to
 * which every import costs memory: of other packages only the indicators.
 */
import { IndicatorEngine, type SessionFields, storedColumns, storeValues } from '@rtp/indicators';
import type { IndicatorValues, NULL_I16 as NullI16 } from '@rtp/store-client';
import type { BarGroup } from './bar-groups.ts';

// By value it would load the whole of the other package; the type holds them equal.
const NULL_I16: typeof NullI16 = -32_768;
const MINUTES_A_DAY = 1_440;

export interface GroupTask {
  readonly bars: BarGroup;
  /** State of each instrument before its first bar, `stride` numbers each; taken over by the run. */
  readonly states: Float64Array;
  /** Smallest price step of each instrument, rupees. */
  readonly ticks: Float64Array;
  /** Of every minute of the day. */
  readonly fields: SessionFields;
  /** Whether the values are wanted beside the state. */
  readonly wantsRows: boolean;
}

export interface GroupResult {
  /** State of each instrument after its last bar. */
  readonly states: Float64Array;
  /** Values as they are stored, one array a stored column, one element a bar; empty when not wanted. */
  readonly columns: readonly IndicatorValues[];
}

/** Names of the stored columns. */
export const STORED_NAMES: readonly string[] = storedColumns.map(({ name }) => name);

/** The engine that stored indicators come from; `series` as many as are kept in its memory. */
export const storedEngine = (series: number): IndicatorEngine => new IndicatorEngine(STORED_NAMES, series);

/** Buffers for the columns of one group after the other: a day would otherwise leave 120 MB behind. */
export class RowRoom {
  private room: readonly IndicatorValues[] = [];

  /** Columns of some rows, good until the next are asked for. */
  columns(rows: number): readonly IndicatorValues[] {
    if ((this.room[0]?.length ?? 0) < rows) this.room = allocateRows(rows);
    return this.room.map((values) => values.subarray(0, rows));
  }
}

/** One engine, for one group after the other, or several in turns. */
export class GroupRunner {
  private readonly engine = storedEngine(1);
  private readonly out = STORED_NAMES.map(() => new Float64Array(MINUTES_A_DAY));

  /** Runs a group, one instrument at each step; its columns are of `room` when there is one. */
  *steps(task: GroupTask, room?: RowRoom): Generator<void, GroupResult> {
    const { bars, wantsRows } = task;
    const rows = bars.minutes.length;
    const columns = wantsRows ? (room?.columns(rows) ?? allocateRows(rows)) : [];
    for (let index = 0; index < bars.instrumentIds.length; index += 1) {
      this.runInstrument(task, index, columns);
      yield;
    }
    return { states: task.states, columns };
  }

  run(task: GroupTask): GroupResult {
    const steps = this.steps(task);
    for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
  }

  private runInstrument(task: GroupTask, index: number, columns: readonly IndicatorValues[]): void {
    const { bars, states, ticks, fields } = task;
    const { engine, out } = this;
    const from = index === 0 ? 0 : bars.ends[index - 1]!;
    const to = bars.ends[index]!;
    const length = to - from;
    const at = index * engine.stride;
    const minutes = bars.minutes.subarray(from, to);
    engine.restore(0, states.subarray(at, at + engine.stride));
    engine.run(
      0,
      {
        length,
        open: bars.open.subarray(from, to),
        high: bars.high.subarray(from, to),
        low: bars.low.subarray(from, to),
        close: bars.close.subarray(from, to),
        volume: bars.volume.subarray(from, to),
        session: pick(fields.session, minutes),
        minuteOfDay: pick(fields.minuteOfDay, minutes),
        minuteOfSession: pick(fields.minuteOfSession, minutes),
        tick: new Float64Array(length).fill(ticks[index]!),
      },
      out,
    );
    states.set(engine.memory, at);
    for (const [column, values] of columns.entries()) {
      const stored = storedColumns[column]!;
      storeValues(stored, out[column]!, length, values, from, stored.valueType === 'i16' ? NULL_I16 : Number.NaN);
    }
  }
}

/** Empty columns for rows of stored indicators. */
function allocateRows(length: number): IndicatorValues[] {
  return storedColumns.map(({ valueType }) => {
    if (valueType === 'i16') return new Int16Array(length);
    return valueType === 'f32' ? new Float32Array(length) : new Float64Array(length);
  });
}

function pick(values: Float64Array, minutes: Uint16Array): Float64Array {
  const picked = new Float64Array(minutes.length);
  for (let row = 0; row < minutes.length; row += 1) picked[row] = values[minutes[row]!]!;
  return picked;
}
