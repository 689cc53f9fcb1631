import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { metricsFile, type Sample, sampleSchema, type TradingDate } from '@rtp/core';

/** A sample is a few thousand bytes. */
const TAIL_BYTES = 65_536;

/** The newest sample of the dates before; null when there is none to be read. */
export function lastSampleBefore(metricsDir: string, date: TradingDate): Sample | null {
  const earlier = readdirSync(metricsDir)
    .filter((name) => name.endsWith('.ndjson') && name < date)
    .toSorted()
    .at(-1);
  if (earlier === undefined) return null;
  const lines = tailOf(metricsFile(metricsDir, earlier.slice(0, date.length))).split('\n');
  for (const line of lines.toReversed()) {
    try {
      return sampleSchema.parse(JSON.parse(line));
    } catch {
      // Empty, cut by the tail's beginning, or torn: the one before may be whole.
    }
  }
  return null;
}

function tailOf(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
