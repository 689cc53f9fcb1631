import { existsSync, readFileSync } from 'node:fs';
import { coreErrors, type DataPaths, wallClockMs } from '@rtp/core';
import { z } from 'zod';
import { writeJsonFile } from './write-json.ts';

const runSchema = z.object({
  kind: z.enum(['recorded', 'generated']),
  date: z.string(),
  symbols: z.int(),
  /** Null for a recorded day. */
  seed: z.int().nullable(),
});

const stampSchema = z.object({
  source: z.enum(['dhan', 'simulator']),
  /** ISO 8601, UTC. */
  since: z.string(),
  /** The simulated day; null for the real broker. */
  run: runSchema.nullable(),
});

/** Identity of a simulated day: data of two of them never mix. */
export type SimulatorRun = z.infer<typeof runSchema>;
/** `data/source.json`: whose market data the directory holds. */
export type SourceStamp = z.infer<typeof stampSchema>;
export type SourceIdentity = Pick<SourceStamp, 'source' | 'run'>;

/** The stamp of a data directory; null when it has none. Errors: RTP_DATA_DIR_OTHER_SOURCE (unreadable). */
export function readSourceStamp(paths: DataPaths): SourceStamp | null {
  if (!existsSync(paths.stampFile)) return null;
  try {
    return stampSchema.parse(JSON.parse(readFileSync(paths.stampFile, 'utf8')));
  } catch (cause) {
    throw coreErrors.create('RTP_DATA_DIR_OTHER_SOURCE', `${paths.stampFile} is not a source stamp.`, { cause });
  }
}

/** Stamps a fresh data directory, or proves that it belongs to the same source. Errors: RTP_DATA_DIR_OTHER_SOURCE. */
export function claimDataDir(paths: DataPaths, identity: SourceIdentity): void {
  const stamp = readSourceStamp(paths);
  if (stamp === null) {
    const since = new Date(wallClockMs()).toISOString();
    writeJsonFile(paths.stampFile, { source: identity.source, since, run: identity.run } satisfies SourceStamp);
    return;
  }
  const held = describeSource(stamp);
  const asked = describeSource(identity);
  if (held !== asked) {
    const message = `${paths.dataDir} holds data of ${held}, not of ${asked}.`;
    throw coreErrors.create('RTP_DATA_DIR_OTHER_SOURCE', message);
  }
}

/** A source in words that differ exactly when the sources do. */
export function describeSource({ source, run }: SourceIdentity): string {
  if (source === 'dhan' || run === null) return source === 'dhan' ? 'the broker' : 'an unknown simulated day';
  const seed = run.seed === null ? '' : `, seed ${run.seed}`;
  return `the ${run.kind} day ${run.date} (${run.symbols} symbols${seed})`;
}
