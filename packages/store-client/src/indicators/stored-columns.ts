import type { IndicatorColumn } from '@rtp/indicators';
import { dateLiteral, type NumberRunner, type QueryRunner } from '../queries/query-runner.ts';
import type { SeriesQuery } from './series.ts';
import { shownAs } from './shown-value.ts';

/** What the store holds for the bars that start at given times. */
export interface StoredRows {
  /** By column, NaN where there is no value or no row. */
  readonly values: readonly Float64Array[];
  /** 1 where there is a row. */
  readonly found: Uint8Array;
}

/** Names of the columns that the reading surface has: a catalogue may be older than the registry. */
export async function storedNames(run: QueryRunner): Promise<ReadonlySet<string>> {
  const rows = await run.rows(`SELECT column_name FROM duckdb_columns()
    WHERE table_name = 'indicators' AND database_name = current_database() AND schema_name = 'main'`);
  return new Set(rows.map(([name]) => name as string));
}

/** Stored values of one-minute bars, at `times` (ascending, not empty) from date `from` on. */
export async function readStored(
  run: NumberRunner,
  series: SeriesQuery,
  from: string,
  columns: readonly IndicatorColumn[],
  times: Float64Array,
): Promise<StoredRows> {
  const values = columns.map(() => new Float64Array(times.length).fill(Number.NaN));
  const found = new Uint8Array(times.length);
  const list = columns.map(({ name }) => `coalesce("${name}"::DOUBLE, 'NaN'::DOUBLE)`);
  const sql = `SELECT ${['epoch_ms(ts)::DOUBLE AS time', ...list].join(', ')} FROM indicators
    WHERE instrument_id = ${series.instrumentId} AND date BETWEEN ${dateLiteral(from)} AND ${dateLiteral(series.last)}
      AND ts >= TIMESTAMPTZ '${new Date(times[0]!).toISOString()}' ORDER BY time`;
  const show = columns.map(shownAs);
  let at = 0;
  for await (const [rowTimes, ...rows] of run.numbers(sql)) {
    for (let row = 0; row < rowTimes!.length; row += 1) {
      while (at < times.length && times[at]! < rowTimes![row]!) at += 1;
      if (times[at] !== rowTimes![row]) continue;
      found[at] = 1;
      for (const [index, of] of values.entries()) of[at] = show[index]!(rows[index]![row]!);
    }
  }
  return { values, found };
}
