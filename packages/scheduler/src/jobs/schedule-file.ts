/** What has been run when, over the lives of the scheduler's processes: a private file, replaced as a whole. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { jobReportSchema, replaceFile } from '@rtp/core';
import { z } from 'zod';
import { JOB_NAMES } from './job-definitions.ts';

const instant = z.number().int();

export const jobStateSchema = z
  .object({
    /** Occurrences up to this one have been run, passed over, or begun; null while the job is switched off. */
    settled: instant.nullable(),
    /** The run that has been begun and not ended, or waits to be tried again. */
    run: z
      .object({
        occurrence: instant,
        date: z.string(),
        /** Attempts begun so far. */
        attempts: z.number().int().min(0),
        /** Market instant of the next attempt; null while one is under way. */
        retryAt: instant.nullable(),
      })
      .readonly()
      .nullable(),
    /** How the last run ended. */
    last: z
      .object({
        at: instant,
        date: z.string(),
        result: jobReportSchema.shape.lastResult.unwrap(),
        text: z.string(),
      })
      .readonly()
      .nullable(),
  })
  .readonly();
export type JobState = z.infer<typeof jobStateSchema>;

const scheduleSchema = z.object({
  version: z.literal(1),
  jobs: z.partialRecord(z.enum(JOB_NAMES), jobStateSchema),
});
/** The state of every job that is known. */
export type Schedule = Readonly<z.infer<typeof scheduleSchema>['jobs']>;

/** The schedule in `file`; empty where there is no file. Throws for one that is not a schedule. */
export function readSchedule(file: string): Schedule {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  return scheduleSchema.parse(JSON.parse(text)).jobs;
}

/** Throws the file system's error. */
export function writeSchedule(file: string, jobs: Schedule): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  replaceFile(file, Buffer.from(`${JSON.stringify({ version: 1, jobs }, null, 2)}\n`));
}
