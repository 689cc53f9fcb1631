import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { monitorErrors } from './errors.ts';
import { type Sample, sampleSchema } from './sample.ts';

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
  try {
    for await (const line of createInterface({
      input: createReadStream(file, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      if (line === '') continue;
      const sample = parseLine(line);
      if (sample === null) skipped += 1;
      else samples.push(sample);
    }
  } catch (cause) {
    throw monitorErrors.create('RTP_METRICS_UNREADABLE', `${file} cannot be read.`, { cause });
  }
  return { samples, skipped };
}

function parseLine(line: string): Sample | null {
  try {
    return sampleSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
