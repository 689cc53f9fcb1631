/** The log files of a folder that are ours: `<name>.log`, which is being written, and `<name>.<date>.<n>.log`, rotated. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_NAMES } from '../ipc/components.ts';
import type { TradingDate } from '../time/ist.ts';

/** The base name of the log of who changed what over the Control API. */
export const AUDIT_LOG_NAME = 'control_audit';

/** Every log of a system, by what it is called on the command line. */
export const LOG_FAMILY = Object.freeze({ ...LOG_NAMES, audit: AUDIT_LOG_NAME });
export type LogOwner = keyof typeof LOG_FAMILY;

/** A log file that is not written any more. */
export interface RotatedLog {
  /** Its name within the folder. */
  readonly file: string;
  /** IST date of its lines. */
  readonly date: TradingDate;
  /** Tells the files of one date apart; grows. */
  readonly number: number;
}

export const currentLogFile = (logsDir: string, name: string): string => join(logsDir, `${name}.log`);

export const rotatedLogFile = (name: string, date: TradingDate, number: number): string =>
  `${name}.${date}.${number}.log`;

/** The rotated files of the log `name`, oldest first; empty where there is no folder. Only regular files count. */
export function rotatedLogs(logsDir: string, name: string): readonly RotatedLog[] {
  const found: RotatedLog[] = [];
  for (const file of entriesOf(logsDir)) {
    if (!file.startsWith(`${name}.`)) continue;
    const [, date, number] = /^\.(\d{4}-\d{2}-\d{2})\.(\d+)\.log$/.exec(file.slice(name.length)) ?? [];
    if (date === undefined || number === undefined) continue;
    const isRegular = lstatSync(join(logsDir, file), { throwIfNoEntry: false })?.isFile() === true;
    if (isRegular) found.push({ file, date, number: Number(number) });
  }
  return found.sort((a, b) => (a.date === b.date ? a.number - b.number : a.date < b.date ? -1 : 1));
}

function entriesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
