import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { describeError, RtpError, type TradingDate } from '@rtp/core';
import { CsvError, type Info, parse } from 'csv-parse';
import { simulatorErrors } from '../errors.ts';
import { BAR_COLUMNS, type BarColumn } from './bar-checks.ts';
import type { BarTable } from './bar-table.ts';
import { parseBarTime } from './bar-time.ts';
import { DayCollector } from './day-collector.ts';

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: Info;
}

/**
 * Reads one day out of a CSV file with a header, gzip-compressed or not, and checks every row of it.
 * Errors: RTP_BARS_FILE_UNREADABLE, RTP_BARS_FILE_INVALID, RTP_BARS_DATE_UNKNOWN.
 */
export async function readCsvDay(
  file: string,
  options: { readonly gzip: boolean; readonly date?: TradingDate | undefined },
): Promise<{ readonly date: TradingDate; readonly bars: BarTable }> {
  const collector = new DayCollector(file, 'line', options.date);
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
  const source = createReadStream(file);
  let line = 0;
  const consume = async (records: AsyncIterable<CsvRecord>): Promise<void> => {
    let columns: Columns | undefined;
    for await (const { record, info } of records) {
      line = info.lines;
      if (columns === undefined) columns = readHeader(record, collector, line);
      else addRow(record, columns, collector, line);
    }
    if (columns === undefined) collector.refuse(1, 'the file is empty, a header is expected');
  };
  const records = async (parsed: AsyncIterable<unknown>): Promise<void> => consume(parsed as AsyncIterable<CsvRecord>);
  try {
    if (options.gzip) await pipeline(source, createGunzip(), parser, records);
    else await pipeline(source, parser, records);
  } catch (error) {
    if (error instanceof RtpError) throw error;
    if (error instanceof CsvError) collector.refuse(errorLine(error) ?? line + 1, error.message);
    throw simulatorErrors.create(
      'RTP_BARS_FILE_UNREADABLE',
      `${file} cannot be read to its end (after line ${line}): ${describeError(error)}.`,
    );
  }
  return collector.finish();
}

/** Where each column is, and how many there are. */
interface Columns {
  readonly count: number;
  readonly at: Readonly<Record<BarColumn, number>>;
}

function readHeader(record: readonly string[], collector: DayCollector, line: number): Columns {
  const names = record.map((name) => name.trim().toLowerCase());
  const at = {} as Record<BarColumn, number>;
  for (const column of BAR_COLUMNS) {
    const position = names.indexOf(column);
    if (position === -1) collector.refuse(line, `the header has no column "${column}" (it has ${names.join(', ')})`);
    at[column] = position;
  }
  return { count: names.length, at };
}

function addRow(record: readonly string[], columns: Columns, collector: DayCollector, line: number): void {
  if (record.length !== columns.count) {
    collector.refuse(line, `${record.length} fields where the header has ${columns.count}`);
  }
  const field = (column: BarColumn): string => (record[columns.at[column]] as string).trim();
  const number = (column: BarColumn): number => {
    const text = field(column);
    const value = text === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) collector.refuse(line, `${column} "${text}" is not a number`);
    return value;
  };
  const time = field('time');
  collector.add(line, field('symbol'), parseBarTime(time), time, {
    open: number('open'),
    high: number('high'),
    low: number('low'),
    close: number('close'),
    volume: number('volume'),
  });
}

function errorLine(error: CsvError): number | undefined {
  const { lines } = error as CsvError & { lines?: unknown };
  return typeof lines === 'number' ? lines : undefined;
}
