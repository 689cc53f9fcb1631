import { DOUBLE, type DuckDBType, FLOAT, SMALLINT, UBIGINT, UINTEGER } from '@duckdb/node-api';
import { MINUTE_MS } from '@rtp/core';
import { type IndicatorRows, type IndicatorValues, NULL_I16 } from '@rtp/store-client';
import type { HotDay } from '../days/hot-day.ts';
import type { AppendColumn, Session } from '../engine/session.ts';
import type { HotColumn } from '../indicators/hot-table.ts';
import { indicatorList } from '../indicators/sql-columns.ts';
import { instants } from './append-fresh.ts';

/**
 * Appends rows of indicators to a day's file, inside the running transaction. Returns how many: of a minute named
 * twice only the last row is written, so that (instrument, minute, commit) is a row.
 */
export async function appendIndicators(
  session: Session,
  { alias, indicatorColumns }: HotDay,
  given: IndicatorRows,
  commitSeq: number,
): Promise<number> {
  const rows = lastOfEachMinute(given);
  const { length } = rows.ts;
  if (length === 0) return 0;
  const byName = new Map(rows.names.map((name, index) => [name, rows.columns[index] as IndicatorValues]));
  await session.append({ catalog: alias, table: 'indicators' }, length, [
    { type: UINTEGER, values: rows.instrumentIds },
    instants(rows.ts),
    instants(rows.knownAt),
    { type: UBIGINT, values: new BigUint64Array(length).fill(BigInt(commitSeq)) },
    ...indicatorColumns.map((column) => appendColumn(column, byName.get(column.name), length)),
  ]);
  return length;
}

/** Rows of a commit that are not equal to the newest ones before it, counted. */
export function differingIndicatorsSql(alias: string, commitSeq: number): string {
  const columns = `instrument_id, ts, ${indicatorList()}`;
  return `SELECT count(*)::DOUBLE FROM (
    SELECT ${columns} FROM ${alias}.indicators WHERE commit_seq = ${commitSeq}
    EXCEPT SELECT ${columns} FROM (SELECT * FROM ${alias}.indicators WHERE commit_seq < ${commitSeq}
      QUALIFY row_number() OVER (PARTITION BY instrument_id, ts ORDER BY commit_seq DESC) = 1))`;
}

const TYPES: Readonly<Record<string, DuckDBType>> = { FLOAT, DOUBLE, SMALLINT };

/** A column that the registry does not have (any more) gets nulls. */
function appendColumn({ name, type }: HotColumn, values: IndicatorValues | undefined, length: number): AppendColumn {
  const duckType = TYPES[type];
  if (duckType === undefined) throw new TypeError(`indicators.${name} is of type ${type}`);
  return {
    type: duckType,
    values: values ?? nulls(duckType, length),
    isNull: type === 'SMALLINT' ? isNullI16 : Number.isNaN,
  };
}

function nulls(type: DuckDBType, length: number): IndicatorValues {
  if (type === SMALLINT) return new Int16Array(length).fill(NULL_I16);
  return (type === FLOAT ? new Float32Array(length) : new Float64Array(length)).fill(Number.NaN);
}

const isNullI16 = (value: number): boolean => value === NULL_I16;

/** The rows themselves when no minute is named twice. */
function lastOfEachMinute(rows: IndicatorRows): IndicatorRows {
  const { instrumentIds, ts } = rows;
  // Minutes since 1970 fit 26 bits, which leaves 27 of a double's 53 for the instrument.
  const minute = (row: number): number => (instrumentIds[row] as number) * 2 ** 26 + (ts[row] as number) / MINUTE_MS;
  const last = new Map<number, number>();
  for (let row = 0; row < ts.length; row += 1) last.set(minute(row), row);
  if (last.size === ts.length) return rows;
  const pick = <Values extends Uint32Array | IndicatorValues>(values: Values): Values =>
    values.filter((_, row) => last.get(minute(row)) === row) as Values;
  return {
    names: rows.names,
    instrumentIds: pick(instrumentIds),
    ts: pick(ts),
    knownAt: pick(rows.knownAt),
    columns: rows.columns.map((values) => pick(values)),
  };
}
