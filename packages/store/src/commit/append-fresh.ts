import { BIGINT, BOOLEAN, DOUBLE, TIMESTAMPTZ, UBIGINT, UINTEGER, UTINYINT } from '@duckdb/node-api';
import type { AbsenceColumns, BarColumns } from '@rtp/store-client';
import type { AppendColumn, Session } from '../engine/session.ts';
import type { Rows } from './split-rows.ts';

/** First revision of a minute. */
const FIRST = 1;

/** Milliseconds as DuckDB's microseconds. */
export function instants(ms: Float64Array): AppendColumn {
  return { type: TIMESTAMPTZ, values: BigInt64Array.from(ms, (value) => BigInt(value) * 1_000n) };
}

/** Appends bars that are the first of their minutes to a day's file, inside the running transaction. */
export async function appendBars(
  session: Session,
  alias: string,
  bars: Rows<BarColumns>,
  commitSeq: number,
): Promise<void> {
  if (bars.length === 0) return;
  const of = bars.columns;
  await session.append({ catalog: alias, table: 'bars' }, bars.length, [
    { type: UINTEGER, values: of.instrument_id },
    instants(of.ts),
    { type: DOUBLE, values: of.open },
    { type: DOUBLE, values: of.high },
    { type: DOUBLE, values: of.low },
    { type: DOUBLE, values: of.close },
    { type: BIGINT, values: BigInt64Array.from(of.volume, BigInt) },
    { type: UTINYINT, values: of.source },
    { type: UTINYINT, values: of.state },
    { type: BOOLEAN, values: of.partial },
    { type: UINTEGER, values: new Uint32Array(bars.length).fill(FIRST) },
    instants(of.known_at),
    { type: UBIGINT, values: new BigUint64Array(bars.length).fill(BigInt(commitSeq)) },
  ]);
}

/** Appends absences of minutes that have nothing yet. */
export async function appendAbsences(
  session: Session,
  alias: string,
  absences: Rows<AbsenceColumns>,
  commitSeq: number,
): Promise<void> {
  if (absences.length === 0) return;
  const of = absences.columns;
  await session.append({ catalog: alias, table: 'absences' }, absences.length, [
    { type: UINTEGER, values: of.instrument_id },
    instants(of.ts),
    { type: UTINYINT, values: of.reason },
    instants(of.known_at),
    { type: UBIGINT, values: new BigUint64Array(absences.length).fill(BigInt(commitSeq)) },
  ]);
}
