import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type DataPaths, dataPaths, projectRoot, type TradingDate } from '@rtp/core';
import { z } from 'zod';
import { managerErrors } from '../errors.ts';
import { acquireInstanceLock } from '../records/instance-lock.ts';
import { runPrepareDay } from '../source/prepared-day.ts';
import { readSourceStamp } from '../source/source-stamp.ts';
import { DEFAULT_DATE, type DemoOptions, GENERATED_DATE } from './demo-options.ts';

/** The date the demo will show. A bars file that does not say it is read for it. Errors: those of the bars file. */
export async function demoDate(options: DemoOptions, signal: AbortSignal): Promise<TradingDate> {
  if (options.date !== undefined) return options.date;
  if (options.bars === undefined) return options.symbols === undefined ? DEFAULT_DATE : GENERATED_DATE;
  const folder = mkdtempSync(join(tmpdir(), 'rtp-day-'));
  try {
    await runPrepareDay(['--bars', resolve(options.bars), '--out', join(folder, 'day')], signal);
    const day: unknown = JSON.parse(readFileSync(join(folder, 'day', 'day.json'), 'utf8'));
    return z.object({ date: z.string() }).parse(day).date;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the demo of `date` keeps its data: `data/demo/<date>` unless told. */
export function demoPaths(options: DemoOptions, date: TradingDate): DataPaths {
  return dataPaths(options.dataDir ?? join(projectRoot, 'data', 'demo', date));
}

/**
 * Removes what an earlier demo stored. Only a directory stamped by a simulated day is touched, and only while nothing
 * runs on it. Errors: RTP_DEMO_NOT_REMOVABLE, RTP_ALREADY_RUNNING.
 */
export async function removeEarlierDemo(paths: DataPaths): Promise<void> {
  if (!existsSync(paths.dataDir)) return;
  const stamp = readSourceStamp(paths);
  if (stamp === null || stamp.source !== 'simulator') {
    throw managerErrors.create('RTP_DEMO_NOT_REMOVABLE', `${paths.dataDir} was not written by a simulated day.`);
  }
  const lock = await acquireInstanceLock(paths);
  try {
    rmSync(paths.dataDir, { recursive: true, force: true });
  } finally {
    await lock.release();
  }
}
