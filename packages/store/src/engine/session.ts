import { type DuckDBConnection, DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import type { QueryValue } from '@rtp/store-client';
import { engineError } from './engine-error.ts';
import type { StatementGate } from './statement-gate.ts';

/** Rows a data chunk holds at most: a limit of DuckDB. */
const CHUNK_ROWS = 2_048;

/** A column to append: its values as DuckDB lays them out; booleans as 0 and 1. */
export interface AppendColumn {
  readonly type: DuckDBType;
  readonly values: Uint8Array | Int16Array | Uint32Array | Float32Array | Float64Array | BigInt64Array | BigUint64Array;
  /** Which values stand for null; none when not given. */
  readonly isNull?: (value: number) => boolean;
}

/** A vector as the binding has it; booleans alone have no array of items. */
interface WritableVector {
  readonly items?: { set(values: AppendColumn['values']): void };
  readonly validity: { setItemValid(index: number, isValid: boolean): void };
  setItem(index: number, value: boolean): void;
  flush(): void;
}

/** A table of the connection's temporary schema, or of an attached database. */
export type AppendTarget = string | { readonly catalog: string; readonly table: string };

/** One connection: statements one after the other, errors of ours. */
export class Session {
  private readonly connection: DuckDBConnection;
  private readonly gate: StatementGate;
  private readonly onError: (error: unknown) => void;
  private isWatched = true;

  constructor(connection: DuckDBConnection, gate: StatementGate, onError: (error: unknown) => void) {
    this.connection = connection;
    this.gate = gate;
    this.onError = onError;
  }

  /** Runs statements for their effect. Errors: those of `engineError`. */
  async exec(sql: string): Promise<void> {
    await this.gate.enter();
    try {
      await this.connection.run(sql);
    } catch (cause) {
      throw this.failed(cause, sql);
    } finally {
      this.gate.leave();
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
    await this.gate.enter();
    try {
      const result = await this.connection.runAndReadAll(sql);
      return result.getRows() as QueryValue[][];
    } catch (cause) {
      throw this.failed(cause, sql);
    } finally {
      this.gate.leave();
    }
  }

  /** Columns of one chunk after another, without holding the whole result. */
  async *chunks(sql: string): AsyncGenerator<QueryValue[][]> {
    await this.gate.enter();
    try {
      const result = await this.connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield chunk.getColumns() as QueryValue[][];
      }
    } catch (cause) {
      throw this.failed(cause, sql);
    } finally {
      this.gate.leave();
    }
  }

  /** As `chunks`, for numbers only, as they lie in memory: valid until the next chunk is asked for. */
  async *numbers(sql: string): AsyncGenerator<ArrayLike<number>[]> {
    await this.gate.enter();
    try {
      const result = await this.connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield Array.from({ length: chunk.columnCount }, (_, index) => {
          return (chunk.getColumnVector(index) as unknown as { items: ArrayLike<number> }).items;
        });
      }
    } catch (cause) {
      throw this.failed(cause, sql);
    } finally {
      this.gate.leave();
    }
  }

  /** Appends columns to a table, whole chunks at a time. */
  async append(target: AppendTarget, length: number, columns: readonly AppendColumn[]): Promise<void> {
    const types = columns.map(({ type }) => type);
    const { catalog, table } = typeof target === 'string' ? { catalog: null, table: target } : target;
    await this.gate.enter();
    try {
      const appender = await this.connection.createAppender(table, null, catalog);
      for (let start = 0; start < length; start += CHUNK_ROWS) {
        const rowCount = Math.min(CHUNK_ROWS, length - start);
        const chunk = DuckDBDataChunk.create(types, rowCount);
        for (const [index, { values, isNull }] of columns.entries()) {
          const vector = chunk.getColumnVector(index) as unknown as WritableVector;
          fill(vector, values.subarray(start, start + rowCount), isNull);
        }
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
    } catch (cause) {
      throw this.failed(cause, `append to ${table}`);
    } finally {
      this.gate.leave();
    }
  }

  /** Runs `work` whose failures are expected: none of them ends the process. */
  async expectingDamage<T>(work: () => Promise<T>): Promise<T> {
    this.isWatched = false;
    try {
      return await work();
    } finally {
      this.isWatched = true;
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
    if (this.isWatched) this.onError(error);
    return error;
  }
}

function fill(vector: WritableVector, values: AppendColumn['values'], isNull?: (value: number) => boolean): void {
  if (vector.items !== undefined) vector.items.set(values);
  else for (let row = 0; row < values.length; row += 1) vector.setItem(row, values[row] === 1);
  if (isNull !== undefined) {
    for (let row = 0; row < values.length; row += 1) {
      if (isNull(values[row] as number)) vector.validity.setItemValid(row, false);
    }
  }
  vector.flush();
}
