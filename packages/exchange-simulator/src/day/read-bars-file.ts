import { open } from 'node:fs/promises';
import { describeError, type TradingDate } from '@rtp/core';
import { simulatorErrors } from '../errors.ts';
import type { BarTable } from './bar-table.ts';
import { readCsvDay } from './read-csv.ts';
import { readParquetDay } from './read-parquet.ts';

/**
 * Reads one day of bars from a CSV, CSV.gz or Parquet file; which one, the file's first bytes say.
 * Errors: RTP_BARS_FILE_UNREADABLE, RTP_BARS_FILE_INVALID, RTP_BARS_DATE_UNKNOWN.
 */
export async function readBarsFile(
  file: string,
  date?: TradingDate,
): Promise<{ readonly date: TradingDate; readonly bars: BarTable }> {
  const head = await firstBytes(file);
  if (head.toString('latin1').startsWith('PAR1')) return readParquetDay(file, date);
  if (head[0] === 0x1f && head[1] === 0x8b) return readCsvDay(file, { gzip: true, date });
  if (head.includes(0)) {
    throw simulatorErrors.create('RTP_BARS_FILE_UNREADABLE', `${file} is neither CSV, CSV.gz nor Parquet.`);
  }
  return readCsvDay(file, { gzip: false, date });
}

async function firstBytes(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw simulatorErrors.create('RTP_BARS_FILE_UNREADABLE', `${file} cannot be read: ${describeError(error)}.`);
  }
}
