import { type BarField, type IndicatorColumn, type IndicatorEngine, yearFactor } from '@rtp/indicators';
import { Pace } from '../pace.ts';
import type { NumberRunner } from '../queries/query-runner.ts';
import { giveEngine, takeEngine } from './engine-pool.ts';
import { barsASession, readSeries, type SeriesQuery, type SeriesSlice } from './series.ts';
import { shownAs } from './shown-value.ts';

/** Columns that are compiled together: more share more work, and keep others waiting longer. */
const GROUP_COLUMNS = 32;

/**
 * Columns computed over the whole series, at the bars that start at `times` (ascending): NaN where there is no value,
 * or no bar. Others in the process get their turn in between.
 */
export async function computeColumns(
  run: NumberRunner,
  series: SeriesQuery,
  columns: readonly IndicatorColumn[],
  times: Float64Array,
): Promise<readonly Float64Array[]> {
  const pace = new Pace();
  const values = columns.map(() => new Float64Array(times.length).fill(Number.NaN));
  const groups: Group[] = [];
  for (let start = 0; start < columns.length; start += GROUP_COLUMNS) {
    groups.push(new Group(columns.slice(start, start + GROUP_COLUMNS), values.slice(start, start + GROUP_COLUMNS)));
    await pace.rest();
  }
  const fields = new Set<BarField>(groups.flatMap(({ engine }) => engine.fields));
  const factor = yearFactor(barsASession(series.timeframe));
  let row = 0;
  for await (const slice of readSeries(run, series, fields)) {
    if (row >= times.length) break;
    for (const group of groups) {
      group.take(slice, times, row, factor);
      await pace.rest();
    }
    const last = slice.times[slice.times.length - 1]!;
    while (row < times.length && times[row]! <= last) row += 1;
  }
  for (const { engine } of groups) giveEngine(engine);
  return values;
}

/** Some columns and the engine that computes them. */
class Group {
  readonly engine: IndicatorEngine;
  private readonly columns: readonly IndicatorColumn[];
  private readonly values: readonly Float64Array[];
  private room: readonly Float64Array[] = [];

  constructor(columns: readonly IndicatorColumn[], values: readonly Float64Array[]) {
    this.columns = columns;
    this.values = values;
    this.engine = takeEngine(columns.map(({ name }) => name));
  }

  /** Goes over a slice; keeps what belongs to the wanted times from `row` on. */
  take({ times, bars }: SeriesSlice, wanted: Float64Array, row: number, factor: number): void {
    const { length } = times;
    if ((this.room[0]?.length ?? 0) < length) this.room = this.columns.map(() => new Float64Array(length));
    this.engine.run(0, bars, this.room);
    const rows = rowsOf(times, wanted, row);
    for (const [index, column] of this.columns.entries()) {
      const [from, to, show] = [this.room[index]!, this.values[index]!, shownAs(column)];
      const scale = column.annualised ? factor : 1;
      for (let bar = 0; bar < length; bar += 1) if (rows[bar]! >= 0) to[rows[bar]!] = show(from[bar]! * scale);
    }
  }
}

/** For each of some times its place among the wanted ones, at or after `row`; -1 where it is none of them. */
function rowsOf(times: Float64Array, wanted: Float64Array, row: number): Int32Array {
  const rows = new Int32Array(times.length).fill(-1);
  for (let bar = 0, at = row; bar < times.length; bar += 1) {
    while (at < wanted.length && wanted[at]! < times[bar]!) at += 1;
    if (wanted[at] === times[bar]) rows[bar] = at;
  }
  return rows;
}
