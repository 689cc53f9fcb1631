import { closeSync, constants, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { COMPONENTS, type DataPaths, type ProcessRole } from '@rtp/core';
import { z } from 'zod';

/** Every role that has a record, in start order. */
export const RECORDED_ROLES: readonly ProcessRole[] = ['system-manager', ...COMPONENTS];

const pidRecordSchema = z
  .object({
    pid: z.int().min(2),
    startToken: z.string().regex(/^\d+$/),
    bootId: z.string().min(1),
    role: z.enum(['system-manager', ...COMPONENTS]),
    /** ISO 8601, UTC. */
    startedAt: z.string(),
    version: z.string(),
  })
  .readonly();

/** `<dataDir>/run/<role>.pid`: which process has that role, so that a later start can tell it from any other. */
export type PidRecord = z.infer<typeof pidRecordSchema>;

/** A record file as found: a record, or why it is none. */
export type FoundRecord =
  | { readonly kind: 'record'; readonly record: PidRecord }
  | { readonly kind: 'unusable'; readonly why: string };

export const pidRecordFile = (paths: DataPaths, role: ProcessRole): string => join(paths.runDir, `${role}.pid`);

/** Writes a record so that a reader sees the old one or the new one, after a power cut too. Mode 0600. */
export function writePidRecord(paths: DataPaths, record: PidRecord): void {
  const target = pidRecordFile(paths, record.role);
  const temporary = `${target}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeSync(file, `${JSON.stringify(record)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, target);
}

/** Reads a role's record; null when there is no file. A symbolic link is never followed. */
export function readPidRecord(paths: DataPaths, role: ProcessRole): FoundRecord | null {
  let file: number;
  try {
    file = openSync(pidRecordFile(paths, role), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    return { kind: 'unusable', why: code === 'ELOOP' ? 'it is a symbolic link' : `it cannot be read (${code})` };
  }
  try {
    const parsed = pidRecordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (!parsed.success) return { kind: 'unusable', why: 'it is not a PID record' };
    if (parsed.data.role !== role) return { kind: 'unusable', why: `it is the record of ${parsed.data.role}` };
    return { kind: 'record', record: parsed.data };
  } catch {
    return { kind: 'unusable', why: 'it is not a PID record' };
  } finally {
    closeSync(file);
  }
}

/** Removes a role's record (a symbolic link itself, never what it points to). */
export function removePidRecord(paths: DataPaths, role: ProcessRole): void {
  rmSync(pidRecordFile(paths, role), { force: true, recursive: true });
}
