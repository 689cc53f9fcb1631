import { renameSync, writeFileSync } from 'node:fs';

/** Writes JSON so that a reader sees the old file or the new one, never a part. */
export function writeJsonFile(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
