import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type DataPaths, dataPaths, identityOf } from '@rtp/core';
import {
  type PidRecord,
  pidRecordFile,
  readPidRecord,
  writePidRecord,
} from '../../packages/system-manager/src/records/pid-record.ts';
import { clearEarlierRun } from '../../packages/system-manager/src/records/survivors.ts';
import { processEnds } from './support/children.ts';

let dir: string;
let paths: DataPaths;
let lines: string[];
const started: number[] = [];
const limits = { orphanExitMs: 150, termTimeoutMs: 300 };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-records-'));
  paths = dataPaths(dir);
  mkdirSync(paths.runDir, { mode: 0o700 });
  lines = [];
});

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended as it should.
    }
  }
  rmSync(dir, { recursive: true });
});

const clear = (): Promise<void> => clearEarlierRun(paths, limits, (line) => lines.push(line));

function ownRecord(): PidRecord {
  const identity = identityOf(process.pid);
  if (identity === null) throw new Error('this process is gone');
  return { ...identity, role: 'store', startedAt: '2026-01-01T00:00:00.000Z', version: '0.1.0' };
}

/** A process that leads its own group, as children of the manager do. */
function startStranger(file: string, args: readonly string[] = []): PidRecord {
  const child = spawn(file, args, { detached: true, stdio: 'ignore' });
  child.unref();
  const pid = child.pid as number;
  started.push(pid);
  const identity = identityOf(pid);
  if (identity === null) throw new Error('the process is gone');
  return { ...identity, role: 'store', startedAt: '2026-01-01T00:00:00.000Z', version: '0.1.0' };
}

describe('a PID record', () => {
  test('is a private file that names the process beyond its number', () => {
    const record = ownRecord();
    writePidRecord(paths, record);
    const file = pidRecordFile(paths, 'store');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(record);
    expect(readPidRecord(paths, 'store')).toEqual({ kind: 'record', record });
    const startedAtTicks = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ')[19];
    expect(record.startToken).toBe(startedAtTicks);
  });

  test('is not read through a symbolic link', () => {
    const elsewhere = join(dir, 'elsewhere.pid');
    writeFileSync(elsewhere, '{}');
    symlinkSync(elsewhere, pidRecordFile(paths, 'store'));
    expect(readPidRecord(paths, 'store')).toEqual({ kind: 'unusable', why: 'it is a symbolic link' });
  });

  test('is not written through a symbolic link', () => {
    const elsewhere = join(dir, 'elsewhere.pid');
    writeFileSync(elsewhere, 'untouched');
    symlinkSync(elsewhere, pidRecordFile(paths, 'store'));
    writePidRecord(paths, ownRecord());
    expect(readFileSync(elsewhere, 'utf8')).toBe('untouched');
    expect(readPidRecord(paths, 'store')?.kind).toBe('record');
  });
});

describe('what an earlier run left behind', () => {
  test.each([
    ['garbage', 'not json', 'it is not a PID record'],
    ['a record without a start token', '{"pid": 4711}', 'it is not a PID record'],
    ['a number of a whole group', '{"pid": -1, "startToken": "1", "bootId": "x"}', 'it is not a PID record'],
  ])('%s is reported and removed', async (_name, content, why) => {
    writeFileSync(pidRecordFile(paths, 'store'), content);
    await clear();
    expect(lines).toEqual([`Removed a stale PID record of store: ${why}.`]);
    expect(readPidRecord(paths, 'store')).toBeNull();
  });

  test('a record of another role is not believed', async () => {
    const record = startStranger('sleep', ['60']);
    writeFileSync(pidRecordFile(paths, 'monitor'), JSON.stringify(record));
    await clear();
    expect(lines).toEqual(['Removed a stale PID record of monitor: it is the record of store.']);
    expect(identityOf(record.pid)).not.toBeNull();
  });

  test('a process that now has a recorded number is never signalled', async () => {
    const record = startStranger('sleep', ['60']);
    writePidRecord(paths, { ...record, startToken: String(Number(record.startToken) - 1) });
    await clear();
    expect(lines).toEqual([`Removed a stale PID record of store: process ${record.pid} is gone.`]);
    expect(identityOf(record.pid)).not.toBeNull();
  });

  test('a record of another boot is never signalled', async () => {
    const record = startStranger('sleep', ['60']);
    writePidRecord(paths, { ...record, bootId: '00000000-0000-0000-0000-000000000000' });
    await clear();
    expect(identityOf(record.pid)).not.toBeNull();
    expect(readPidRecord(paths, 'store')).toBeNull();
  });

  test('a link in place of a record is removed, and what it points to is not', async () => {
    const elsewhere = join(dir, 'elsewhere.pid');
    writeFileSync(elsewhere, JSON.stringify(startStranger('sleep', ['60'])));
    symlinkSync(elsewhere, pidRecordFile(paths, 'store'));
    await clear();
    expect(lines).toEqual(['Removed a stale PID record of store: it is a symbolic link.']);
    expect(readFileSync(elsewhere, 'utf8')).not.toBe('');
  });

  test('a surviving process is left to end by itself', async () => {
    const record = startStranger('sleep', ['0.1']);
    writePidRecord(paths, record);
    await clearEarlierRun(paths, { orphanExitMs: 5_000, termTimeoutMs: 5_000 }, (line) => lines.push(line));
    expect(lines.some((line) => line.startsWith('Sending'))).toBe(false);
    expect(readPidRecord(paths, 'store')).toBeNull();
  });

  test('a survivor that stays is asked with SIGTERM', async () => {
    const record = startStranger('sleep', ['60']);
    writePidRecord(paths, record);
    await clear();
    await processEnds(record.pid);
    expect(lines.filter((line) => line.startsWith('Sending'))).toHaveLength(1);
  });

  test('and in the end with SIGKILL', async () => {
    const record = startStranger('sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done']);
    writePidRecord(paths, record);
    await clearEarlierRun(paths, { orphanExitMs: 500, termTimeoutMs: 300 }, (line) => lines.push(line));
    await processEnds(record.pid);
    expect(lines.filter((line) => line.startsWith('Sending')).map((line) => line.split(' ')[1])).toEqual([
      'SIGTERM',
      'SIGKILL',
    ]);
  });
});
