/**
 * A backfill that was asked for, as a file: whoever asks writes it, the scheduler wants the pipeline up while it is not
 * finished, the pipeline carries it out and writes how it stands. It outlives them all.
 *
 *   (asked) ──▶ waiting ──taken up──▶ running ──▶ done | failed
 *                  └──────given up────────┴─────▶ cancelled
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataPaths } from '../process/data-paths.ts';
import type { EpochMs, TradingDate } from '../time/ist.ts';
import { replaceFile } from './replace-file.ts';

export const BACKFILL_STATES = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;
export type BackfillState = (typeof BACKFILL_STATES)[number];

export const backfillJobSchema = z
  .object({
    version: z.literal(1),
    id: z.string().regex(/^[0-9a-f]{8}$/),
    /** First and last date, inclusive. */
    from: z.string(),
    to: z.string(),
    /** Null: the whole universe. */
    symbols: z.array(z.string()).readonly().nullable(),
    /** Market instant. */
    requestedAt: z.number().int(),
    state: z.enum(BACKFILL_STATES),
    /** What came of it, or what went wrong. */
    note: z.string(),
  })
  .readonly();
export type BackfillJob = z.infer<typeof backfillJobSchema>;

type JobsDir = Pick<DataPaths, 'jobsDir'>;

/** A new request. */
export function newBackfillJob(
  from: TradingDate,
  to: TradingDate,
  symbols: readonly string[] | null,
  requestedAt: EpochMs,
): BackfillJob {
  const id = randomUUID().slice(0, 8);
  return { version: 1, id, from, to, symbols, requestedAt, state: 'waiting', note: '' };
}

/** The backfill asked for last; null when there is none, or a file that is none. */
export function readBackfillJob({ jobsDir }: JobsDir): BackfillJob | null {
  try {
    return backfillJobSchema.parse(JSON.parse(readFileSync(join(jobsDir, 'backfill.json'), 'utf8')));
  } catch {
    return null;
  }
}

export function writeBackfillJob({ jobsDir }: JobsDir, job: BackfillJob): void {
  mkdirSync(jobsDir, { recursive: true, mode: 0o700 });
  replaceFile(join(jobsDir, 'backfill.json'), Buffer.from(`${JSON.stringify(job, null, 2)}\n`));
}

export const isUnfinished = ({ state }: Pick<BackfillJob, 'state'>): boolean =>
  state === 'waiting' || state === 'running';
