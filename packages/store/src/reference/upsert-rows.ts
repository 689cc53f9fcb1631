import { BIGINT, DOUBLE, type DuckDBType, UINTEGER } from '@duckdb/node-api';
import { DAY_MS, type TradingDate } from '@rtp/core';
import { instants } from '../commit/append-fresh.ts';
import { REFERENCE } from '../days/names.ts';
import type { Session } from '../engine/session.ts';

/** A reference table with one row an instrument and date. */
export interface KeyedTable {
  readonly table: 'daily_official' | 'adjustments';
  readonly dateColumn: string;
  readonly values: readonly { readonly name: string; readonly type: 'DOUBLE' | 'BIGINT' }[];
}

/** A row of one: `values` in the order of the table's. */
export interface KeyedRow {
  readonly instrumentId: number;
  readonly date: TradingDate;
  readonly values: readonly number[];
  readonly knownAt: number;
}

const STAGE = 'stage_reference';
const CHANGED = 'changed_reference';
const EPOCH = "DATE '1970-01-01'";

/**
 * Stores rows that are new or say something else than the row of their key, which they replace; of a key given twice
 * the last row counts. Returns how many were written. Inside the writer's queue. Errors: the engine's.
 */
export async function upsertRows(session: Session, of: KeyedTable, rows: readonly KeyedRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  const names = of.values.map(({ name }) => name);
  const target = `${REFERENCE}.${of.table}`;
  await stage(session, of, rows);
  await session.exec(`CREATE OR REPLACE TEMP TABLE ${CHANGED} AS
    SELECT s.* FROM (SELECT * FROM ${STAGE}
        QUALIFY row_number() OVER (PARTITION BY instrument_id, ${of.dateColumn} ORDER BY row DESC) = 1) s
      LEFT JOIN ${target} x USING (instrument_id, ${of.dateColumn})
    WHERE ${names.map((name) => `x.${name} IS DISTINCT FROM s.${name}`).join(' OR ')}`);
  const [row] = await session.rows(`SELECT count(*)::DOUBLE FROM ${CHANGED}`);
  const written = row?.[0] as number;
  if (written > 0) await session.transaction(() => session.exec(replaceSql(of, target)));
  await session.exec(`DROP TABLE ${STAGE}; DROP TABLE ${CHANGED}`);
  return written;
}

/** A row carries the symbol of its date: of the listing valid then, before the first one of that. */
function replaceSql({ dateColumn, values }: KeyedTable, target: string): string {
  const names = values.map(({ name }) => name).join(', ');
  return `DELETE FROM ${target} WHERE (instrument_id, ${dateColumn}) IN (SELECT (instrument_id, ${dateColumn}) FROM ${CHANGED});
    INSERT INTO ${target} BY NAME
    SELECT c.instrument_id, c.${dateColumn}, coalesce(i.symbol, f.symbol) AS symbol, ${names}, c.known_at
    FROM ${CHANGED} c
      ASOF LEFT JOIN ${REFERENCE}.instruments i ON i.instrument_id = c.instrument_id AND i.valid_from <= c.${dateColumn}
      LEFT JOIN (SELECT instrument_id, arg_min(symbol, valid_from) AS symbol FROM ${REFERENCE}.instruments
        GROUP BY instrument_id) f ON f.instrument_id = c.instrument_id`;
}

async function stage(session: Session, { dateColumn, values }: KeyedTable, rows: readonly KeyedRow[]): Promise<void> {
  const columns = values.map(({ name, type }) => `${name} ${type}`).join(', ');
  await session.exec(`CREATE OR REPLACE TEMP TABLE stage_days (instrument_id UINTEGER, day UINTEGER, ${columns},
    known_at TIMESTAMPTZ, row UINTEGER)`);
  await session.append('stage_days', rows.length, [
    { type: UINTEGER, values: Uint32Array.from(rows, ({ instrumentId }) => instrumentId) },
    { type: UINTEGER, values: Uint32Array.from(rows, ({ date }) => Date.parse(`${date}T00:00:00Z`) / DAY_MS) },
    ...values.map(({ type }, index) =>
      columnOf(
        type,
        Float64Array.from(rows, (row) => row.values[index] as number),
      ),
    ),
    instants(Float64Array.from(rows, ({ knownAt }) => knownAt)),
    { type: UINTEGER, values: Uint32Array.from(rows.keys()) },
  ]);
  await session.exec(`CREATE OR REPLACE TEMP TABLE ${STAGE} AS
    SELECT * EXCLUDE (day), ${EPOCH} + day::INTEGER AS ${dateColumn} FROM stage_days; DROP TABLE stage_days`);
}

function columnOf(
  type: 'DOUBLE' | 'BIGINT',
  values: Float64Array,
): { readonly type: DuckDBType; readonly values: Float64Array | BigInt64Array } {
  return type === 'DOUBLE' ? { type: DOUBLE, values } : { type: BIGINT, values: BigInt64Array.from(values, BigInt) };
}
