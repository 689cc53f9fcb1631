import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addDays, type EpochMs, type TradingDate, tradingDateOf } from '../time/ist.ts';
import { LOG_FAMILY, rotatedLogs } from './log-files.ts';

export interface CleanLogsOptions {
  readonly logsDir: string;
  /** Days a rotated file is kept. */
  readonly keepDays: number;
  /** Wall clock: logs are dated by it. */
  readonly now: EpochMs;
  /** Nothing is removed; the answer says what would be. */
  readonly isDryRun?: boolean;
}

export interface CleanedLogs {
  /** Oldest first within each log. */
  readonly removed: readonly { readonly file: string; readonly bytes: number }[];
  readonly removedBytes: number;
  /** Files older than this date were removed. */
  readonly before: TradingDate;
}

/**
 * Removes the rotated log files of every process that are older than `keepDays`. The file that a process writes to and
 * files of others are never touched. Throws the file system's error for a file that cannot be removed.
 */
export function cleanLogs({ logsDir, keepDays, now, isDryRun = false }: CleanLogsOptions): CleanedLogs {
  const before = addDays(tradingDateOf(now), -keepDays);
  const removed = Object.values(LOG_FAMILY).flatMap((name) => removeOlder(logsDir, name, before, isDryRun));
  return { removed, removedBytes: removed.reduce((sum, { bytes }) => sum + bytes, 0), before };
}

/** Removes the rotated files of one log that are of a date before `before`. */
export function removeOlder(
  logsDir: string,
  name: string,
  before: TradingDate,
  isDryRun = false,
): { readonly file: string; readonly bytes: number }[] {
  return rotatedLogs(logsDir, name).flatMap(({ file, date }) => {
    if (date >= before) return [];
    const path = join(logsDir, file);
    // Its own process may remove the same file at the same moment.
    const bytes = lstatSync(path, { throwIfNoEntry: false })?.size;
    if (bytes === undefined) return [];
    if (!isDryRun) rmSync(path, { force: true });
    return [{ file, bytes }];
  });
}
