/** Copies of the configuration: a folder each, named by date and time, in the data directory's `backups/`. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../files/replace-file.ts';
import { type DataPaths, projectRoot } from '../process/data-paths.ts';
import { type EpochMs, istTimeOf, tradingDateOf } from '../time/ist.ts';
import { effectiveConfigText } from './load-config.ts';
import type { RtpConfig } from './schema.ts';

const EFFECTIVE = 'effective.json';
const BACKUP_NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}(\.\d+)?$/;

export interface BackupConfigOptions {
  readonly paths: Pick<DataPaths, 'dataDir' | 'backupsDir'>;
  readonly config: RtpConfig;
  /** The file the configuration was read from; null when there was none. */
  readonly configFile: string | null;
  /** Wall clock. */
  readonly now: EpochMs;
  /** Copies that are kept, the newest. */
  readonly kept: number;
}

export interface ConfigBackup {
  /** `unchanged`: the newest copy is the same, and no other was made. */
  readonly outcome: 'written' | 'unchanged';
  /** Its folder. */
  readonly dir: string;
  /** Names of the files in it. */
  readonly files: readonly string[];
  /** Older copies that were removed. */
  readonly removed: number;
}

/**
 * Copies the configuration file, the calendar, the universe and the effective configuration (`effective.json`); each copy
 * has mode 0600. `.env` is never copied: no secret is part of the configuration. Throws the file system's errors.
 */
export function backupConfig(options: BackupConfigOptions): ConfigBackup {
  const { backupsDir } = options.paths;
  const content = contentOf(options);
  const files = [...content.keys()];
  mkdirSync(backupsDir, { recursive: true, mode: 0o700 });
  chmodSync(backupsDir, 0o700);
  const newest = backupsIn(backupsDir).at(-1);
  if (newest !== undefined && isSame(join(backupsDir, newest), content)) {
    return { outcome: 'unchanged', dir: join(backupsDir, newest), files, removed: 0 };
  }
  const draft = mkdtempSync(join(backupsDir, '.draft-'));
  const dir = freeName(backupsDir, options.now);
  try {
    for (const [name, bytes] of content) writeFileSync(join(draft, name), bytes, { mode: 0o600, flush: true });
    renameSync(draft, dir);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  const tooMany = backupsIn(backupsDir).slice(0, -options.kept);
  for (const name of tooMany) rmSync(join(backupsDir, name), { recursive: true, force: true });
  return { outcome: 'written', dir, files, removed: tooMany.length };
}

function contentOf({ config, configFile, paths }: BackupConfigOptions): ReadonlyMap<string, Buffer> {
  const content = new Map<string, Buffer>();
  const effective = effectiveConfigText({ ...config, data_dir: paths.dataDir });
  content.set(EFFECTIVE, Buffer.from(effective));
  for (const file of [configFile, config.calendar.file, config.pipeline.universe_file]) {
    const path = file === null ? null : resolve(projectRoot, file);
    if (path === null || !existsSync(path)) continue;
    const name = basename(path);
    content.set(content.has(name) ? `${content.size}-${name}` : name, readFileSync(path));
  }
  return content;
}

/** Names of the copies, oldest first. */
function backupsIn(dir: string): readonly string[] {
  return readdirSync(dir)
    .filter((name) => BACKUP_NAME.test(name))
    .sort();
}

function isSame(dir: string, content: ReadonlyMap<string, Buffer>): boolean {
  if (readdirSync(dir).length !== content.size) return false;
  return [...content].every(([name, bytes]) => {
    const path = join(dir, name);
    return existsSync(path) && readFileSync(path).equals(bytes);
  });
}

function freeName(backupsDir: string, now: EpochMs): string {
  const name = `${tradingDateOf(now)}T${istTimeOf(now).replaceAll(':', '-')}`;
  for (let number = 1; ; number += 1) {
    const dir = join(backupsDir, number === 1 ? name : `${name}.${number}`);
    if (!existsSync(dir)) return dir;
  }
}

const originSchema = z.object({ file: z.string().nullable() });

/** Notes for the processes of this run which file the configuration was read from. */
export function writeConfigOrigin(
  { configOriginFile }: Pick<DataPaths, 'configOriginFile'>,
  file: string | null,
): void {
  replaceFile(configOriginFile, Buffer.from(`${JSON.stringify({ file })}\n`));
}

/** The file the running configuration was read from; null when there was none, or it was not noted. */
export function readConfigOrigin({ configOriginFile }: Pick<DataPaths, 'configOriginFile'>): string | null {
  try {
    return originSchema.parse(JSON.parse(readFileSync(configOriginFile, 'utf8'))).file;
  } catch {
    return null;
  }
}
