/**
 * The body of `POST /ingest`: u32 little-endian length of the header, the header (JSON, padded with spaces so that
 * the first section starts at a multiple of 8), then one Arrow IPC stream a section.
 */
import { parseTradingDate } from '@rtp/core';
import { z } from 'zod';
import { BATCH_SCHEMA_VERSION, type Batch, type BatchEnvelope } from '../contract.ts';
import { storeClientErrors } from '../errors.ts';
import { type IndicatorRows, NO_INDICATORS } from '../indicator-rows.ts';
import { decodeIndicators, encodeIndicators } from './indicator-section.ts';
import { decodeSection, encodeSection } from './section.ts';
import {
  ABSENCES_FIELDS,
  type AbsenceColumns,
  absenceColumns,
  BARS_FIELDS,
  type BarColumns,
  barColumns,
  checkAbsences,
  checkBars,
} from './sections.ts';

/** A batch as it reached the store: columns in place of rows. */
export interface DecodedBatch {
  readonly envelope: BatchEnvelope;
  readonly bars: { readonly length: number; readonly columns: BarColumns };
  readonly absences: { readonly length: number; readonly columns: AbsenceColumns };
  readonly indicators: IndicatorRows;
}

const SECTIONS = ['bars', 'absences', 'indicators'];
const LENGTH_BYTES = 4;
const ALIGNMENT = 8;

const headerSchema = z.strictObject({
  envelope: z.strictObject({
    schemaVersion: z.literal(BATCH_SCHEMA_VERSION),
    producerId: z.string().min(1).max(64),
    epoch: z.int().min(0),
    seq: z.int().min(1),
    tradingDate: z.string().refine(isDate, 'not a date YYYY-MM-DD'),
  }),
  sections: z.array(z.strictObject({ name: z.string(), bytes: z.int().min(0) })).max(16),
});

/** A batch as the body of an ingest request. */
export function encodeBatch(batch: Batch): Uint8Array {
  const streams: [string, Uint8Array][] = [];
  if (batch.bars.length > 0) streams.push(['bars', encodeSection(BARS_FIELDS, barColumns(batch.bars))]);
  if (batch.absences.length > 0) {
    streams.push(['absences', encodeSection(ABSENCES_FIELDS, absenceColumns(batch.absences))]);
  }
  if (batch.indicators.ts.length > 0) streams.push(['indicators', encodeIndicators(batch.indicators)]);
  const { schemaVersion, producerId, epoch, seq, tradingDate } = batch;
  const header = JSON.stringify({
    envelope: { schemaVersion, producerId, epoch, seq, tradingDate },
    sections: streams.map(([name, stream]) => ({ name, bytes: stream.byteLength })),
  });
  const text = Buffer.from(header);
  const headerBytes = Math.ceil((LENGTH_BYTES + text.byteLength) / ALIGNMENT) * ALIGNMENT - LENGTH_BYTES;
  const body = Buffer.alloc(
    streams.reduce((bytes, [, stream]) => bytes + stream.byteLength, LENGTH_BYTES + headerBytes),
    ' ',
  );
  body.writeUInt32LE(headerBytes, 0);
  body.set(text, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const [, stream] of streams) {
    body.set(stream, offset);
    offset += stream.byteLength;
  }
  return body;
}

/** Reads and checks an ingest body. Errors: RTP_BATCH_INVALID. */
export function decodeBatch(body: Uint8Array): DecodedBatch {
  const { envelope, sections } = readHeader(body);
  let offset = LENGTH_BYTES + new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  const found = new Map<string, Uint8Array>();
  for (const { name, bytes } of sections) {
    if (!SECTIONS.includes(name)) throw invalid(`section "${name}" is unknown`);
    if (found.has(name)) throw invalid(`section "${name}" is there twice`);
    if (offset + bytes > body.byteLength) throw invalid(`section "${name}" is cut short`);
    found.set(name, body.subarray(offset, offset + bytes));
    offset += bytes;
  }
  if (offset !== body.byteLength) throw invalid('there are bytes after the last section');
  const bars = decodeOptional('bars', BARS_FIELDS, found.get('bars'));
  const absences = decodeOptional('absences', ABSENCES_FIELDS, found.get('absences'));
  checkBars(bars.length, bars.columns);
  checkAbsences(absences.length, absences.columns);
  const stream = found.get('indicators');
  return { envelope, bars, absences, indicators: stream === undefined ? NO_INDICATORS : decodeIndicators(stream) };
}

/** A batch's rows as the store takes them, without the wire. */
export function toDecodedBatch(batch: Batch): DecodedBatch {
  const { schemaVersion, producerId, epoch, seq, tradingDate } = batch;
  return {
    envelope: { schemaVersion, producerId, epoch, seq, tradingDate },
    bars: { length: batch.bars.length, columns: barColumns(batch.bars) },
    absences: { length: batch.absences.length, columns: absenceColumns(batch.absences) },
    indicators: batch.indicators,
  };
}

const emptySections = { bars: barColumns([]), absences: absenceColumns([]) };

function decodeOptional<Fields extends typeof BARS_FIELDS | typeof ABSENCES_FIELDS>(
  name: 'bars' | 'absences',
  fields: Fields,
  bytes: Uint8Array | undefined,
): ReturnType<typeof decodeSection<Fields>> {
  if (bytes !== undefined) return decodeSection(name, fields, bytes);
  return { length: 0, columns: emptySections[name] } as unknown as ReturnType<typeof decodeSection<Fields>>;
}

function readHeader(body: Uint8Array): z.infer<typeof headerSchema> {
  if (body.byteLength < LENGTH_BYTES) throw invalid('the body is too short');
  const length = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  if (LENGTH_BYTES + length > body.byteLength) throw invalid('the header is cut short');
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(body.buffer, body.byteOffset + LENGTH_BYTES, length).toString('utf8'));
  } catch (cause) {
    throw storeClientErrors.create('RTP_BATCH_INVALID', 'The header is not JSON.', { cause });
  }
  const parsed = headerSchema.safeParse(header);
  if (!parsed.success) throw invalid(`the header is malformed: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function isDate(text: string): boolean {
  try {
    parseTradingDate(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(problem: string): Error {
  return storeClientErrors.create('RTP_BATCH_INVALID', `The batch cannot be read: ${problem}.`);
}
