/**
 * The body of an indicator start: u32 little-endian length of the header, the header (JSON, padded with spaces to a
 * multiple of 8), the memory (f64, little-endian), then two Arrow IPC streams: counts, bars.
 */
import { BAR_SOURCES, BAR_STATES, type Bar } from '@rtp/core';
import { z } from 'zod';
import { storeClientErrors } from '../errors.ts';
import type { IndicatorStart } from '../indicator-start.ts';
import { decodeSection, encodeSection, type SectionField } from './section.ts';
import { BARS_FIELDS, type BarColumns } from './sections.ts';

const COUNT_FIELDS = [
  { name: 'instrument_id', kind: 'u32' },
  { name: 'rows', kind: 'u32' },
] as const satisfies readonly SectionField[];

const LENGTH_BYTES = 4;
const ALIGNMENT = 8;

const headerSchema = z.strictObject({
  fingerprint: z.string().min(1),
  stride: z.int().min(1),
  memoryBytes: z.int().min(0),
  countBytes: z.int().min(0),
  barBytes: z.int().min(0),
});

/** An indicator start, its bars as columns. */
export function encodeIndicatorStart(start: Omit<IndicatorStart, 'bars'> & { readonly bars: BarColumns }): Uint8Array {
  const { fingerprint, stride, instrumentIds, rows, memory } = start;
  const counts = encodeSection(COUNT_FIELDS, {
    instrument_id: Uint32Array.from(instrumentIds),
    rows: Uint32Array.from(rows),
  });
  const bars = encodeSection(BARS_FIELDS, start.bars);
  const memoryBytes = memory.byteLength;
  const header = { fingerprint, stride, memoryBytes, countBytes: counts.byteLength, barBytes: bars.byteLength };
  const text = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil((LENGTH_BYTES + text.byteLength) / ALIGNMENT) * ALIGNMENT;
  const body = Buffer.alloc(padded + memoryBytes + counts.byteLength + bars.byteLength, ' ');
  body.writeUInt32LE(padded - LENGTH_BYTES, 0);
  body.set(text, LENGTH_BYTES);
  body.set(new Uint8Array(memory.buffer, memory.byteOffset, memoryBytes), padded);
  body.set(counts, padded + memoryBytes);
  body.set(bars, padded + memoryBytes + counts.byteLength);
  return body;
}

/** Errors: RTP_STORE_ANSWER_INVALID. */
export function decodeIndicatorStart(body: Uint8Array): IndicatorStart {
  try {
    const headerEnd = LENGTH_BYTES + new DataView(body.buffer, body.byteOffset).getUint32(0, true);
    const { fingerprint, stride, memoryBytes, countBytes, barBytes } = headerSchema.parse(
      JSON.parse(Buffer.from(body.subarray(LENGTH_BYTES, headerEnd)).toString('utf8')),
    );
    const countsAt = headerEnd + memoryBytes;
    const barsAt = countsAt + countBytes;
    // The copy is aligned, which a slice of the body need not be.
    const memory = new Float64Array(new Uint8Array(body.subarray(headerEnd, countsAt)).buffer);
    const counts = decodeSection('counts', COUNT_FIELDS, body.subarray(countsAt, barsAt)).columns;
    const bars = decodeSection('bars', BARS_FIELDS, body.subarray(barsAt, barsAt + barBytes)).columns;
    const { instrument_id: instrumentIds, rows } = counts;
    if (memory.length !== stride * instrumentIds.length) throw new Error(`${memory.length} numbers of state`);
    return { fingerprint, stride, instrumentIds, rows, memory, bars: barsOf(bars) };
  } catch (cause) {
    throw storeClientErrors.create('RTP_STORE_ANSWER_INVALID', 'The state of the indicators cannot be read.', {
      cause,
    });
  }
}

/** Columns as bars, one at a time. */
export function* barsOf(columns: BarColumns): Generator<Bar> {
  for (let row = 0; row < columns.ts.length; row += 1) {
    yield {
      instrumentId: columns.instrument_id[row]!,
      ts: columns.ts[row]!,
      open: columns.open[row]!,
      high: columns.high[row]!,
      low: columns.low[row]!,
      close: columns.close[row]!,
      volume: columns.volume[row]!,
      source: BAR_SOURCES[columns.source[row]!]!,
      state: BAR_STATES[columns.state[row]!]!,
      partial: columns.partial[row] === 1,
      knownAt: columns.known_at[row]!,
    };
  }
}
