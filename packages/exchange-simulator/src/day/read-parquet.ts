import type { DuckDBConnection } from '@duckdb/node-api';
import { describeError, IST_OFFSET_MS, RtpError, type TradingDate } from '@rtp/core';
import { simulatorErrors } from '../errors.ts';
import { BAR_COLUMNS, type BarColumn } from './bar-checks.ts';
import type { BarTable } from './bar-table.ts';
import { parseBarTime } from './bar-time.ts';
import { DayCollector } from './day-collector.ts';
import { sqlText, withDuck } from './duck.ts';

const NUMERIC = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL.*|DOUBLE|FLOAT)$/;

/**
 * Reads one day out of a Parquet file and checks every row of it. `time` is TIMESTAMP WITH TIME ZONE, TIMESTAMP
 * (then IST) or ISO text.
 * Errors: RTP_BARS_FILE_UNREADABLE, RTP_BARS_FILE_INVALID, RTP_BARS_DATE_UNKNOWN.
 */
export async function readParquetDay(
  file: string,
  date?: TradingDate,
): Promise<{ readonly date: TradingDate; readonly bars: BarTable }> {
  const collector = new DayCollector(file, 'row', date);
  try {
    await withDuck((connection) => readRows(connection, file, collector));
  } catch (error) {
    if (error instanceof RtpError) throw error;
    throw simulatorErrors.create(
      'RTP_BARS_FILE_UNREADABLE',
      `${file} is not a readable Parquet file: ${describeError(error)}.`,
    );
  }
  return collector.finish();
}

async function readRows(connection: DuckDBConnection, file: string, collector: DayCollector): Promise<void> {
  const source = `read_parquet(${sqlText(file)})`;
  const described = await connection.runAndReadAll(`describe select * from ${source}`);
  const types = new Map<string, { name: string; type: string }>();
  for (const [name, type] of described.getRowsJS() as [string, string][]) {
    types.set(name.toLowerCase(), { name, type });
  }
  const expressions = BAR_COLUMNS.map((column) => {
    const found = types.get(column);
    if (found === undefined) {
      throw simulatorErrors.create(
        'RTP_BARS_FILE_INVALID',
        `${file} has no column "${column}" (it has ${[...types.keys()].join(', ')}).`,
      );
    }
    return expressionOf(column, `"${found.name.replaceAll('"', '""')}"`, found.type, file);
  });
  const result = await connection.stream(`select ${expressions.join(', ')} from ${source}`);
  let row = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    for (const values of chunk.getRows()) {
      row += 1;
      addRow(values as readonly (string | number | null)[], row, collector);
    }
  }
}

function expressionOf(column: BarColumn, name: string, type: string, file: string): string {
  const refuse = (wanted: string): never => {
    throw simulatorErrors.create(
      'RTP_BARS_FILE_INVALID',
      `${file}: column "${column}" is ${type}, ${wanted} is expected.`,
    );
  };
  if (column === 'symbol') return type === 'VARCHAR' ? name : refuse('text');
  if (column === 'time') {
    if (type === 'VARCHAR') return name;
    if (type === 'TIMESTAMP WITH TIME ZONE') return `epoch_us(${name})::double / 1000`;
    if (type.startsWith('TIMESTAMP')) return `epoch_us(${name}::timestamp)::double / 1000 - ${IST_OFFSET_MS}`;
    return refuse('a TIMESTAMP, a TIMESTAMP WITH TIME ZONE or ISO text');
  }
  if (!NUMERIC.test(type)) refuse('a number');
  // A 32-bit float means its shortest decimal: 1329.95, not 1329.949951171875.
  return type === 'FLOAT' ? `${name}::varchar::double` : `${name}::double`;
}

function addRow(values: readonly (string | number | null)[], row: number, collector: DayCollector): void {
  for (const [index, column] of BAR_COLUMNS.entries()) {
    if (values[index] === null) collector.refuse(row, `${column} is null`);
  }
  const [symbol, time, open, high, low, close, volume] = values as readonly [
    string,
    string | number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ts = typeof time === 'number' ? time : parseBarTime(time);
  collector.add(row, symbol, ts, String(time), { open, high, low, close, volume });
}
