import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Beyond it the engine sorts and stores on disk, in its own folder. */
const OPTIONS = { memory_limit: '256MB', threads: '2' };

/**
 * Runs `work` on a database of its own in the temporary directory, which is gone afterwards. A result that is being
 * streamed ends early when its connection does anything else: `second` is for what is written meanwhile.
 */
export async function withScratch<T>(
  work: (connection: DuckDBConnection, second: DuckDBConnection) => Promise<T>,
): Promise<T> {
  // Loaded only here: the engine is large.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const folder = mkdtempSync(join(tmpdir(), 'rtp-compute-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const instance = await DuckDBInstance.create(join(folder, 'scratch.duckdb'), OPTIONS);
    try {
      const [connection, second] = [await instance.connect(), await instance.connect()];
      try {
        return await work(connection, second);
      } finally {
        connection.closeSync();
        second.closeSync();
      }
    } finally {
      instance.closeSync();
    }
  } finally {
    remove();
    process.off('exit', remove);
  }
}

/** Columns of numbers without nulls, chunk by chunk; a chunk is valid until the next one is asked for. */
export async function* numberChunks(
  connection: DuckDBConnection,
  sql: string,
): AsyncGenerator<{ readonly rows: number; readonly columns: readonly Float64Array[] }> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const { rowCount: rows, columnCount } = chunk;
    // The typings hide the typed array; the value-by-value way takes many times as long.
    const column = (index: number): Float64Array =>
      (chunk.getColumnVector(index) as unknown as { readonly items: Float64Array }).items;
    yield { rows, columns: Array.from({ length: columnCount }, (_, index) => column(index)) };
  }
}
