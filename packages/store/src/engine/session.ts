import { type DuckDBConnection, DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import type { QueryValue } from '@rtp/store-client';
import { engineError } from './engine-error.ts';

/** Rows a data chunk holds at most: a limit of DuckDB. */
const CHUNK_ROWS = 2_048;

/** A column to append: its values as DuckDB lays them out. */
export interface AppendColumn {
  readonly type: DuckDBType;
  readonly values: Uint8Array | Uint32Array | Float64Array | BigInt64Array;
}

interface WritableVector {
  readonly items: { set(values: ArrayLike<number> | ArrayLike<bigint>, offset?: number): void };
  flush(): void;
}

/** One connection: statements one after the other, errors of ours. */
export class Session {
  private readonly connection: DuckDBConnection;
  private readonly onError: (error: unknown) => void;

  constructor(connection: DuckDBConnection, onError: (error: unknown) => void) {
    this.connection = connection;
    this.onError = onError;
  }

  /** Runs statements for their effect. Errors: those of `engineError`. */
  async exec(sql: string): Promise<void> {
    try {
      await this.connection.run(sql);
    } catch (cause) {
      throw this.failed(cause, sql);
    }
  }

  /** Runs `work` between BEGIN and COMMIT; a failure rolls back. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.exec('BEGIN');
    try {
      const result = await work();
      await this.exec('COMMIT');
      return result;
    } catch (error) {
      // A refused commit has rolled back by itself; then there is nothing to roll back.
      await this.connection.run('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  /** Rows as arrays of plain values: select doubles, integers up to 32 bits, text and booleans only. */
  async rows(sql: string): Promise<QueryValue[][]> {
    try {
      const result = await this.connection.runAndReadAll(sql);
      return result.getRows() as QueryValue[][];
    } catch (cause) {
      throw this.failed(cause, sql);
    }
  }

  /** Columns of one chunk after another, without holding the whole result. */
  async *chunks(sql: string): AsyncGenerator<QueryValue[][]> {
    try {
      const result = await this.connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield chunk.getColumns() as QueryValue[][];
      }
    } catch (cause) {
      throw this.failed(cause, sql);
    }
  }

  /** Appends columns to a table, whole chunks at a time. */
  async append(table: string, length: number, columns: readonly AppendColumn[]): Promise<void> {
    const types = columns.map(({ type }) => type);
    try {
      const appender = await this.connection.createAppender(table);
      for (let start = 0; start < length; start += CHUNK_ROWS) {
        const rowCount = Math.min(CHUNK_ROWS, length - start);
        const chunk = DuckDBDataChunk.create(types, rowCount);
        columns.forEach(({ values }, index) => {
          const vector = chunk.getColumnVector(index) as unknown as WritableVector;
          vector.items.set(values.subarray(start, start + rowCount) as Float64Array);
          vector.flush();
        });
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
    } catch (cause) {
      throw this.failed(cause, `append to ${table}`);
    }
  }

  /** Ends the statement under way, which then fails. */
  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
  }

  private failed(cause: unknown, sql: string): Error {
    const error = engineError(cause, sql.trim().split('\n', 1)[0]?.slice(0, 80) ?? '');
    this.onError(error);
    return error;
  }
}
