import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '@rtp/store-client';
import type { OutputLayout, ValueWriter } from './value-writer.ts';

/** Rows of a chunk of the engine. */
const CHUNK_ROWS = 2_048;

interface DoubleVector {
  readonly items: Float64Array;
  readonly validity: { setItemValid(row: number, isValid: boolean): void };
  flush(): void;
}

/** A Parquet file: `time` as TIMESTAMP WITH TIME ZONE, numbers as doubles, null where there is no value. */
export async function parquetWriter(
  connection: DuckDBConnection,
  { hasSymbol, bars, columns }: OutputLayout,
  file: string,
): Promise<ValueWriter> {
  const { DOUBLE, DuckDBDataChunk, VARCHAR } = await import('@duckdb/node-api');
  const names = [...bars, ...columns].map((name) => `"${name}"`);
  await connection.run(
    `CREATE TABLE computed (symbol VARCHAR, ms DOUBLE, ${names.map((name) => `${name} DOUBLE`).join(', ')})`,
  );
  const appender = await connection.createAppender('computed');
  // One chunk for all: the engine's memory of a chunk is freed when the garbage collector comes to it.
  const chunk = DuckDBDataChunk.create([VARCHAR, DOUBLE, ...names.map(() => DOUBLE)], CHUNK_ROWS);
  return {
    write: async ({ symbol, length, times, bars: ofBars, values }) => {
      for (let start = 0; start < length; start += CHUNK_ROWS) {
        const rows = Math.min(CHUNK_ROWS, length - start);
        chunk.rowCount = rows;
        chunk.setColumnValues(0, new Array(rows).fill(symbol));
        for (const [index, numbers] of [times, ...ofBars, ...values].entries()) {
          const vector = chunk.getColumnVector(index + 1) as unknown as DoubleVector;
          fill(vector, numbers.subarray(start, start + rows));
        }
        appender.appendDataChunk(chunk);
      }
    },
    end: async () => {
      appender.closeSync();
      const first = `${hasSymbol ? 'symbol, ' : ''}make_timestamptz((ms * 1000)::BIGINT) AS time`;
      await connection.run(
        `COPY (SELECT ${first}, ${names.join(', ')} FROM computed) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`,
      );
    },
  };
}

function fill(vector: DoubleVector, numbers: Float64Array): void {
  vector.items.set(numbers);
  for (let row = 0; row < numbers.length; row += 1) {
    vector.validity.setItemValid(row, !Number.isNaN(numbers[row]));
  }
  vector.flush();
}
