import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { projectRoot, realDelay } from '@rtp/core';
import { LogReader } from '../../packages/system-manager/src/logs/log-reader.ts';
import { endSystems, temporaryDir } from './support/systems.ts';

jest.setTimeout(60_000);

const RTP = join(projectRoot, 'bin/rtp');
const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
let dir: string;
let follower: ChildProcess | undefined;
beforeEach(() => {
  dir = temporaryDir();
  mkdirSync(join(dir, 'logs'));
});
afterEach(async () => {
  follower?.kill('SIGKILL');
  follower = undefined;
  await endSystems();
});

const logFile = (name: string): string => join(dir, 'logs', name);
const line = (second: number, message: string, level = 'info'): string =>
  `${JSON.stringify({ ts: new Date(Date.UTC(2026, 9, 6, 4, 0, second)).toISOString(), level, role: 'store', pid: 1, message })}\n`;
const messages = (entries: readonly { readonly fields: Readonly<Record<string, unknown>> | null }[]): unknown[] =>
  entries.map(({ fields }) => fields?.message);

const rtp = (...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    execFile(RTP, [...args, '--data-dir', dir], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

describe('a reader of a log', () => {
  test('has the newest lines, over rotated files too', () => {
    writeFileSync(logFile('store.2026-10-05.1.log'), line(1, 'a') + line(2, 'b'));
    writeFileSync(logFile('store.2026-10-05.2.log'), line(3, 'c'));
    writeFileSync(logFile('store.log'), line(4, 'd') + '{"not whole');
    const reader = new LogReader(join(dir, 'logs'), 'store');
    expect(messages(reader.newest(3, () => true))).toEqual(['b', 'c', 'd']);
    expect(messages(reader.newest(9, () => true))).toEqual(['a', 'b', 'c', 'd']);
    reader.close();
  });

  test('finds lines that are longer than what it reads at a time', () => {
    const long = 'x'.repeat(200_000);
    writeFileSync(logFile('store.log'), line(1, 'é') + line(2, long) + line(3, 'ü'));
    const reader = new LogReader(join(dir, 'logs'), 'store');
    expect(messages(reader.newest(3, () => true))).toEqual(['é', long, 'ü']);
    reader.close();
  });

  test('follows a file that appears, is renamed more than once between two looks, and is cut', () => {
    const reader = new LogReader(join(dir, 'logs'), 'store');
    expect(reader.added()).toEqual([]);
    writeFileSync(logFile('store.log'), line(1, 'a'));
    expect(messages(reader.added())).toEqual(['a']);
    appendFileSync(logFile('store.log'), line(2, 'b'));
    renameSync(logFile('store.log'), logFile('store.2026-10-06.1.log'));
    expect(messages(reader.added())).toEqual(['b']);
    writeFileSync(logFile('store.log'), line(3, 'c'));
    renameSync(logFile('store.log'), logFile('store.2026-10-06.2.log'));
    writeFileSync(logFile('store.log'), line(4, 'd').slice(0, 20));
    expect(messages(reader.added())).toEqual(['c']);
    appendFileSync(logFile('store.log'), line(4, 'd').slice(20));
    expect(messages(reader.added())).toEqual(['d']);
    truncateSync(logFile('store.log'));
    reader.added();
    appendFileSync(logFile('store.log'), line(5, 'e'));
    expect(messages(reader.added())).toEqual(['e']);
    reader.close();
  });
});

describe('rtp logs', () => {
  test('prints the newest lines of all by time, of a level, or of one process', async () => {
    writeFileSync(logFile('store.log'), line(1, 'one') + line(3, 'three', 'warn'));
    writeFileSync(logFile('realtime_pipeline.log'), line(2, 'two') + line(4, 'four\u001b[2J'));
    const all = await rtp('logs', '-n', '3');
    expect(all.stdout.split('\n')).toEqual([
      '-- 2026-10-06 IST --',
      '09:30:02 INFO  store          two',
      '09:30:03 WARN  store          three',
      '09:30:04 INFO  store          four?[2J',
      '',
    ]);
    expect((await rtp('logs', 'store', '--level', 'warn', '--json')).stdout).toBe(line(3, 'three', 'warn'));
    const none = await rtp('logs', 'monitor');
    expect([none.code, none.stdout, none.stderr]).toEqual([0, '', `No such lines in ${join(dir, 'logs')}.\n`]);
  });

  test('-f goes on over a rotation until Ctrl+C', async () => {
    writeFileSync(logFile('store.log'), line(1, 'before'));
    const child = spawn(RTP, ['logs', 'store', '-f', '--data-dir', dir], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    follower = child;
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    const until = async (text: string): Promise<void> => {
      while (!seen.includes(text)) await realDelay(20);
    };
    await until('before');
    renameSync(logFile('store.log'), logFile('store.2026-10-06.1.log'));
    writeFileSync(logFile('store.log'), line(2, 'after'));
    await until('after');
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await exit).toBe(0);
  });

  test('clean says what it removes, and with --dry-run what it would', async () => {
    writeFileSync(logFile('store.2020-01-01.1.log'), 'x'.repeat(7));
    writeFileSync(logFile('store.log'), line(1, 'a'));
    expect((await rtp('logs', 'clean', '--dry-run')).stdout).toMatch(
      /store\.2020-01-01\.1\.log {2}7 bytes\nWould remove 1 file, 7 bytes/,
    );
    expect((await rtp('logs', 'clean', '--days', '30')).stdout).toContain('Removed 1 file, 7 bytes, older than ');
    expect((await rtp('logs', 'clean')).stdout).toContain('Removed 0 files, 0 bytes');
  });
});

test('rtp config backup copies the configuration once until it changes', async () => {
  const first = await rtp('config', 'backup');
  expect(first.stdout).toMatch(/^Copied .*effective\.json.* to .*backups\//);
  expect((await rtp('config', 'backup')).stdout).toMatch(/^Unchanged since .*backups\//);
});
