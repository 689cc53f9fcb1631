/**
 * What is done to damaged files. Copying and cutting run in another process: this one may never open a DuckDB file,
 * because closing it would drop the engine's locks (POSIX record locks belong to the process).
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** DuckDB reports the place of an entry's content; the entry starts with its size and checksum, 8 bytes each. */
const ENTRY_HEADER_BYTES = 16;

const walOf = (file: string): string => `${file}.wal`;

/** Copies a database and its WAL to `damaged/` beside it. Returns the copy's path. */
export async function copyAside(file: string): Promise<string> {
  const target = freeName(file);
  for (const [from, to] of pairs(file, target)) await run('cp', ['--', from, to]);
  return target;
}

/** Moves a database and its WAL to `damaged/` beside it. Returns the new path. */
export function moveAside(file: string): string {
  const target = freeName(file);
  for (const [from, to] of pairs(file, target)) renameSync(from, to);
  return target;
}

/** Cuts the WAL before the entry that DuckDB reported: everything committed before it is kept. */
export async function cutWal(file: string, reportedPosition: number): Promise<void> {
  const bytes = Math.max(0, reportedPosition - ENTRY_HEADER_BYTES);
  await run('truncate', ['-s', String(bytes), '--', walOf(file)]);
}

/** How DuckDB describes damage (measured with 1.5.6); any other failure to open leaves the files alone. */
const DAMAGE =
  /Failure while replaying WAL|Corrupt|not a valid DuckDB database|Could not read enough bytes|Serialization Error|INTERNAL Error|Allocation failure/;

/** Whether a failure to open or read means that the file itself is damaged. */
export const isDamage = (text: string): boolean => DAMAGE.test(text);

/** The byte position of a replay failure's text, or null when the failure is of another kind. */
export function replayFailurePosition(text: string): number | null {
  if (!text.includes('Failure while replaying WAL file')) return null;
  const position = /entry at byte position (\d+)/.exec(text)?.[1];
  return position === undefined ? null : Number(position);
}

function pairs(file: string, target: string): [string, string][] {
  const all: [string, string][] = [
    [file, target],
    [walOf(file), walOf(target)],
  ];
  return all.filter(([from]) => existsSync(from));
}

function freeName(file: string): string {
  const folder = join(dirname(file), 'damaged');
  mkdirSync(folder, { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const name = join(folder, `${basename(file)}.${attempt}`);
    if (!existsSync(name) && !existsSync(walOf(name))) return name;
  }
}
