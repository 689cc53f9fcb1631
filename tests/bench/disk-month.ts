/**
 * How much disk a month of sealed bars and stored indicators takes: generated days of `--symbols` (500), computed by
 * the indicator engine and written as a seal writes them, against the limit of 1 GB. Writes a section of
 * `docs/performance.md` and prints the columns that cost most.
 *
 * node tests/bench/disk-month.ts [--symbols 500] [--days 21] [--row-group 20480]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  FLOAT,
  SMALLINT,
  UINTEGER,
} from '@duckdb/node-api';
import { type IndicatorColumn, IndicatorEngine, storedColumns, storeValues } from '@rtp/indicators';
import { type IndicatorValues, NULL_I16 } from '@rtp/store-client';
import { SEALED_FORMAT } from '../../packages/store/src/publish/write-parquet.ts';
import { generator, part, randomSeries, type Series } from '../indicators/support/series.ts';
import { provenance, writeSection } from '../lib/generated-section.ts';

const { values } = parseArgs({
  options: {
    symbols: { type: 'string', default: '500' },
    days: { type: 'string', default: '21' },
    'row-group': { type: 'string', default: '20480' },
  },
});
const symbols = Number(values.symbols);
const days = Number(values.days);
const format = `${SEALED_FORMAT}, ROW_GROUP_SIZE ${Number(values['row-group'])}`;
const TRADING_DAYS = 21;
const MINUTES = 375;
const LIMIT_MB = 1_000;
const CHUNK_ROWS = 2_048;
const MB = 1e6;

type Column = readonly [name: string, type: DuckDBType, values: Uint32Array | IndicatorValues];

const TYPES = { f32: FLOAT, f64: DOUBLE, i16: SMALLINT } as const;
const ARRAYS = { f32: Float32Array, f64: Float64Array, i16: Int16Array } as const;

const folder = mkdtempSync(join(tmpdir(), 'rtp-disk-'));
try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const series = Array.from({ length: symbols }, (_, symbol) => aShare(symbol));
  const engine = new IndicatorEngine(
    storedColumns.map(({ name }) => name),
    symbols,
  );
  let [bars, indicators] = [0, 0];
  for (let day = 0; day < days; day += 1) {
    const rows = ofDay(series, day, engine);
    bars += await writeDay(connection, rows.bars, `bars-${day}`);
    indicators += await writeDay(connection, rows.indicators, `indicators-${day}`);
    console.error(`day ${day + 1} of ${days}: ${megabytes(bars)} + ${megabytes(indicators)} MB`);
  }
  const share = TRADING_DAYS / days;
  const total = (bars + indicators) * share;
  const section = `## Disk

${provenance('pnpm bench disk-month')}
${symbols} generated symbols, ${days} days of ${MINUTES} minutes, as a seal writes them, as ${TRADING_DAYS} days a month.

| What | MB a month | Limit | Ratio |
|---|---|---|---|
| bars | ${megabytes(bars * share)} | | |
| ${storedColumns.length} stored indicators | ${megabytes(indicators * share)} | | |
| both | ${megabytes(total)} | ${LIMIT_MB} | ${(total / MB / LIMIT_MB).toFixed(2)} |
`;
  writeSection('performance', 'disk-month', section);
  console.log(section);
  console.log((await dearest(connection, days - 1)).join('\n'));
  connection.closeSync();
  instance.closeSync();
}

/** Shares as the exchange has them: from a few rupees to a hundred thousand, thin and heavy. */
function aShare(symbol: number): Series {
  const random = generator(symbol + 1);
  const price = 10 ** (1.2 + 2.6 * random() + (random() < 0.02 ? 1.4 : 0));
  return randomSeries({
    seed: symbol + 1,
    length: days * MINUTES,
    price,
    tick: price < 250 ? 0.01 : price < 1_000 ? 0.05 : price < 5_000 ? 0.1 : price < 10_000 ? 0.5 : 1,
    volatility: 0.0003 + 0.0007 * random(),
    flat: 0.02,
    quiet: 0,
    volume: 10 ** (2 + 3 * random()),
    absent: 0,
  });
}

function ofDay(
  series: readonly Series[],
  day: number,
  engine: IndicatorEngine,
): { bars: Column[]; indicators: Column[] } {
  const rows = symbols * MINUTES;
  const instrumentIds = Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / MINUTES) + 1);
  const ts = Float64Array.from({ length: rows }, (_, row) => (day * 1_440 + (row % MINUTES)) * 60_000);
  const fields = (['open', 'high', 'low', 'close', 'volume'] as const).map((name) => {
    const whole = new Float64Array(rows);
    for (const [symbol, of] of series.entries()) {
      whole.set(of[name].subarray(day * MINUTES, (day + 1) * MINUTES), symbol * MINUTES);
    }
    return [name, DOUBLE, whole] as const;
  });
  const stored = storedColumns.map((column) => new ARRAYS[column.valueType](rows));
  const out = storedColumns.map(() => new Float64Array(MINUTES));
  for (const [symbol, of] of series.entries()) {
    engine.run(symbol, part(of, day * MINUTES, (day + 1) * MINUTES), out);
    for (const [index, column] of storedColumns.entries()) {
      const missing = column.valueType === 'i16' ? NULL_I16 : Number.NaN;
      storeValues(column, out[index]!, MINUTES, stored[index]!, symbol * MINUTES, missing);
    }
  }
  const keys = [
    ['instrument_id', UINTEGER, instrumentIds],
    ['ts', DOUBLE, ts],
  ] as const;
  return {
    bars: [...keys, ...fields],
    indicators: [
      ...keys,
      ...storedColumns.map(({ name, valueType }, index) => [name, TYPES[valueType], stored[index]!] as const),
    ],
  };
}

/** Writes rows as a sealed file; returns its bytes. */
async function writeDay(connection: DuckDBConnection, columns: readonly Column[], name: string): Promise<number> {
  const declared = columns.map(([column, type]) => `${column} ${type.toString()}`).join(', ');
  await connection.run(`CREATE OR REPLACE TABLE day (${declared})`);
  const appender = await connection.createAppender('day');
  const rows = columns[0]![2].length;
  for (let start = 0; start < rows; start += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - start);
    const chunk = DuckDBDataChunk.create(
      columns.map(([, type]) => type),
      count,
    );
    for (const [index, [, , source]] of columns.entries()) fill(chunk, index, source.subarray(start, start + count));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  const file = join(folder, `${name}.parquet`);
  await connection.run(`COPY (SELECT * REPLACE (make_timestamptz(ts::BIGINT * 1000) AS ts) FROM day
    ORDER BY instrument_id, ts) TO '${file}' (${format})`);
  return statSync(file).size;
}

function fill(chunk: DuckDBDataChunk, index: number, values: Column[2]): void {
  const vector = chunk.getColumnVector(index) as unknown as {
    items: { set(values: Column[2]): void };
    validity: { setItemValid(row: number, isValid: boolean): void };
    flush(): void;
  };
  vector.items.set(values);
  for (const [row, value] of values.entries()) {
    if (Number.isNaN(value) || (values instanceof Int16Array && value === NULL_I16)) {
      vector.validity.setItemValid(row, false);
    }
  }
  vector.flush();
}

/** The columns of one day's file by size, as megabytes a month. */
async function dearest(connection: DuckDBConnection, day: number): Promise<string[]> {
  const file = join(folder, `indicators-${day}.parquet`);
  const reader = await connection.runAndReadAll(
    `SELECT path_in_schema, sum(total_compressed_size)::DOUBLE FROM parquet_metadata('${file}') GROUP BY 1 ORDER BY 2 DESC`,
  );
  const bits = (column: IndicatorColumn | undefined): string =>
    column === undefined ? '' : `${column.valueType}, ${column.decimals} decimals`;
  return (reader.getRows() as [string, number][]).map(([name, bytes]) => {
    const column = storedColumns.find((stored) => stored.name === name);
    return `${megabytes(bytes * TRADING_DAYS).padStart(7)}  ${name}  ${bits(column)}`;
  });
}

function megabytes(bytes: number): string {
  return (bytes / MB).toFixed(1);
}
