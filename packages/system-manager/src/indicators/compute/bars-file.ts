import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { describeError } from '@rtp/core';
import { managerErrors } from '../../errors.ts';

export type FileFormat = 'csv' | 'csv.gz' | 'parquet';

/** A header longer than this is none. */
const MAX_HEADER_BYTES = 1_048_576;

/** What a file of bars is, by its first bytes. Errors: RTP_OHLCV_FILE_UNREADABLE, RTP_OHLCV_FILE_INVALID (empty). */
export async function formatOf(file: string): Promise<FileFormat> {
  const head = await firstBytes(file);
  if (head.length === 0) throw managerErrors.create('RTP_OHLCV_FILE_INVALID', `${file} is empty.`);
  if (head.toString('latin1').startsWith('PAR1')) return 'parquet';
  if (file.toLowerCase().endsWith('.parquet')) throw unreadable(file, 'is not a Parquet file');
  if (head[0] === 0x1f && head[1] === 0x8b) return 'csv.gz';
  if (head.includes(0)) throw unreadable(file, 'is neither CSV, CSV.gz nor Parquet');
  return 'csv';
}

/** Names of the columns of a CSV file. Errors: RTP_OHLCV_FILE_UNREADABLE, RTP_OHLCV_FILE_INVALID (empty). */
export async function csvHeader(file: string, format: 'csv' | 'csv.gz'): Promise<readonly string[]> {
  let text = '';
  try {
    for await (const part of csvBytes(file, format)) {
      text += part.toString('latin1');
      if (/\S.*[\r\n]/.test(text) || text.length > MAX_HEADER_BYTES) break;
    }
  } catch (error) {
    throw unreadable(file, `cannot be read: ${describeError(error)}`);
  }
  const line = Buffer.from(text, 'latin1')
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
    .split(/[\r\n]/, 1)[0];
  if (line === undefined || line.trim() === '') {
    throw managerErrors.create('RTP_OHLCV_FILE_INVALID', `${file} is empty.`);
  }
  return (
    line
      .match(/("([^"]|"")*"|[^,]*)(,|$)/g)
      ?.slice(0, fieldCount(line))
      .map(unquoted) ?? []
  );
}

/** The bytes of a CSV file, decompressed. */
export async function* csvBytes(file: string, format: 'csv' | 'csv.gz'): AsyncGenerator<Buffer> {
  const source = createReadStream(file);
  const stream = format === 'csv' ? source : source.pipe(createGunzip());
  source.on('error', (error) => stream.destroy(error));
  try {
    for await (const part of stream) yield part as Buffer;
  } finally {
    source.destroy();
  }
}

export const unreadable = (file: string, why: string, cause?: unknown): Error =>
  managerErrors.create('RTP_OHLCV_FILE_UNREADABLE', `${file} ${why}.`, cause === undefined ? {} : { cause });

const fieldCount = (line: string): number => line.replace(/"([^"]|"")*"/g, '').split(',').length;

const unquoted = (field: string): string =>
  field
    .replace(/,$/, '')
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replaceAll('""', '"');

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
    throw unreadable(file, `cannot be read: ${describeError(error)}`);
  }
}
