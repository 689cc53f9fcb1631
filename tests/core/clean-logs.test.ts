import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { atIst, cleanLogs, rotatedLogs } from '@rtp/core';

const NOW = atIst('2026-10-06', '00:30');
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-clean-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const have = (...names: string[]): void => {
  for (const name of names) writeFileSync(join(dir, name), 'x'.repeat(10));
};
const left = (): string[] => readdirSync(dir).sort();

describe('cleaning the logs', () => {
  test('removes the rotated files of every process that are too old by the IST date, and says which and how many bytes', () => {
    have(
      'store.2026-10-03.1.log',
      'store.2026-10-04.1.log',
      'realtime_pipeline.2025-01-01.12.log',
      'control_audit.2026-10-03.1.log',
    );
    const { removed, removedBytes, before } = cleanLogs({ logsDir: dir, keepDays: 2, now: NOW });
    expect(removed.map(({ file }) => file).sort()).toEqual([
      'control_audit.2026-10-03.1.log',
      'realtime_pipeline.2025-01-01.12.log',
      'store.2026-10-03.1.log',
    ]);
    expect([removedBytes, before]).toEqual([30, '2026-10-04']);
    expect(left()).toEqual(['store.2026-10-04.1.log']);
  });

  test("never touches a file that is being written, another program's, a folder or a link", () => {
    have('store.log', 'storehouse.2020-01-01.1.log', 'store.2020-01-01.log', 'store.2020-01-01.1.log.gz', 'notes.txt');
    mkdirSync(join(dir, 'store.2020-01-01.1.log'));
    symlinkSync(join(dir, 'notes.txt'), join(dir, 'store.2020-01-02.1.log'));
    const before = left();
    expect(cleanLogs({ logsDir: dir, keepDays: 1, now: NOW }).removed).toEqual([]);
    expect(left()).toEqual(before);
  });

  test('removes nothing in a dry run, but says what it would', () => {
    have('store.2026-01-01.1.log');
    const { removed } = cleanLogs({ logsDir: dir, keepDays: 1, now: NOW, isDryRun: true });
    expect(removed).toEqual([{ file: 'store.2026-01-01.1.log', bytes: 10 }]);
    expect(left()).toEqual(['store.2026-01-01.1.log']);
  });

  test('has nothing to do where there is no folder', () => {
    expect(cleanLogs({ logsDir: join(dir, 'none'), keepDays: 1, now: NOW }).removed).toEqual([]);
  });
});

test('rotated files are in the order in which they were written', () => {
  have('store.2026-10-04.10.log', 'store.2026-10-04.2.log', 'store.2026-09-30.3.log');
  expect(rotatedLogs(dir, 'store').map(({ file }) => file)).toEqual([
    'store.2026-09-30.3.log',
    'store.2026-10-04.2.log',
    'store.2026-10-04.10.log',
  ]);
});
