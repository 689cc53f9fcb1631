import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { coreErrors } from '../errors/core-errors.ts';
import { type Sample, sampleSchema } from './metric-sample.ts';

/** What a metrics file holds. */
export interface SampleHistory {
  /** In the order they were taken. */
  readonly samples: readonly Sample[];
  /** Lines that are no sample of this version: torn by a kill or a full disk, or written by another version. */
  readonly skipped: number;
}

/** Reads a metrics file, also while it grows. Errors: RTP_METRICS_UNREADABLE. */
export async function readSamples(file: string): Promise<SampleHistory> {
  const samples: Sample[] = [];
  let skipped = 0;
  for await (const sample of eachSample(file)) {
    if (sample === null) skipped += 1;
    else samples.push(sample);
  }
  return { samples, skipped };
}

/**
 * The samples of a metrics file one by one, in the order they were taken; null for a line that is none. Errors:
 * RTP_METRICS_UNREADABLE.
 */
export async function* eachSample(file: string): AsyncGenerator<Sample | null> {
  try {
    for await (const line of createInterface({
      input: createReadStream(file, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      if (line !== '') yield parseLine(line);
    }
  } catch (cause) {
    throw coreErrors.create('RTP_METRICS_UNREADABLE', `${file} cannot be read.`, { cause });
  }
}

function parseLine(line: string): Sample | null {
  try {
    return sampleSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
