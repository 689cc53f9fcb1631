/** Questions to `data/market.duckdb` as any user would ask them: a READ_ONLY connection of another process. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { RecordedBar } from './recorded-bars.ts';

export type Row = Record<string, unknown>;

/** Runs one query on the catalogue of a data directory. */
export async function ask(dataDir: string, sql: string): Promise<readonly Row[]> {
  const instance = await DuckDBInstance.create(`${dataDir}/market.duckdb`, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(sql);
    return result.getRowObjectsJson() as readonly Row[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** One number. */
export async function askNumber(dataDir: string, sql: string): Promise<number> {
  const [row] = await ask(dataDir, sql);
  return Number(Object.values(row ?? {})[0]);
}

const BARS_SQL = `
  SELECT symbol, strftime(ts AT TIME ZONE 'Asia/Kolkata', '%Y-%m-%dT%H:%M:%S') || '+05:30' AS time,
         open, high, low, close, volume::DOUBLE AS volume
  FROM bars`;

/** The stored bars of a date in the shape of a recording, sorted by symbol and time. */
export async function storedBars(dataDir: string, date: string, where = 'true'): Promise<readonly RecordedBar[]> {
  const rows = await ask(dataDir, `${BARS_SQL} WHERE date = '${date}' AND ${where} ORDER BY symbol, ts`);
  return rows as unknown as readonly RecordedBar[];
}
