import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';

/** Runs `work` on an in-memory DuckDB that is gone afterwards. The engine is loaded only here: it is large. */
export async function withDuck<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB', threads: '2' });
  try {
    const connection = await instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** A text literal of SQL. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The values of a DOUBLE column of a chunk as the engine holds them; valid until the next chunk. */
export function doubles(chunk: DuckDBDataChunk, column: number): Float64Array {
  // The typings hide the typed array; the value-by-value way costs a minute on a large day.
  return (chunk.getColumnVector(column) as unknown as { readonly items: Float64Array }).items;
}
