import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { atIst, type LOG_NAMES, openLogger, registerSecret, terminalLine } from '@rtp/core';
import { execaNode } from 'execa';
import { RotatingFile } from '../../packages/core/src/logging/rotating-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-logs-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const linesOf = (name: string): Record<string, unknown>[] =>
  readFileSync(join(dir, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const open = (level: 'info' | 'debug' = 'info', role: keyof typeof LOG_NAMES = 'pipeline') =>
  openLogger({ role, logsDir: dir, level, max_size_mb: 1, keep_days: 30, console: false });

describe('the log of a process', () => {
  test.each([
    ['pipeline', 'realtime_pipeline.log'],
    ['scheduler', 'pipeline_scheduler.log'],
    ['monitor', 'pipeline_monitor.log'],
    ['store', 'store.log'],
    ['system-manager', 'system_manager.log'],
    ['simulator', 'exchange_simulator.log'],
  ] as const)('of the %s is %s', async (role, name) => {
    const { logger, close } = open('info', role);
    logger.info('hello');
    await close();
    expect(readdirSync(dir)).toEqual([name]);
  });

  test('has one JSON object a line: time, level, role, pid, message, fields', async () => {
    const { logger, close } = open();
    logger.info('minute sealed', { bars: 83 });
    await close();
    const [line] = linesOf('realtime_pipeline.log');
    expect(line).toEqual({
      ts: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
      level: 'info',
      role: 'pipeline',
      pid: process.pid,
      message: 'minute sealed',
      bars: 83,
    });
  });

  test('keeps lines of its level and above', async () => {
    const { logger, close } = open('info');
    logger.debug('d');
    logger.info('i');
    logger.warn('w');
    logger.error('e');
    await close();
    expect(linesOf('realtime_pipeline.log').map(({ level }) => level)).toEqual(['info', 'warn', 'error']);
  });

  test('is written at once, and whole after close; later lines are dropped', async () => {
    const { logger, close } = open();
    for (let n = 0; n < 100; n += 1) logger.info('line', { n });
    expect(linesOf('realtime_pipeline.log')).toHaveLength(100);
    await close();
    await close();
    logger.info('too late');
    expect(linesOf('realtime_pipeline.log')).toHaveLength(100);
  });

  test('carries the fields of a child logger, the nearest winning, and never loses its own', async () => {
    const { logger, close } = open();
    logger.child({ symbol: 'TCS', step: 1 }).child({ step: 2 }).info('x', { level: 'odd', ts: 5 });
    await close();
    expect(linesOf('realtime_pipeline.log')[0]).toMatchObject({
      symbol: 'TCS',
      step: 2,
      level: 'info',
      level_: 'odd',
      ts_: 5,
    });
  });

  test('holds no secret, in message, fields, errors or stacks', async () => {
    registerSecret('canary-4711');
    const { logger, close } = open();
    logger.error('canary-4711 refused', {
      pin: '1234',
      error: new Error('canary-4711'),
      url: 'x?token=abc',
      list: ['canary-4711'],
    });
    logger.child({ bound: 'canary-4711', access_token: 'abc' }).warn('x');
    await close();
    const text = readFileSync(join(dir, 'realtime_pipeline.log'), 'utf8');
    expect(text).not.toMatch(/canary-4711|1234"|abc/);
    expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(7);
  });

  test('that cannot be written does not harm the process', async () => {
    mkdirSync(join(dir, 'realtime_pipeline.log'));
    const { logger, close } = open();
    logger.info('nowhere to go');
    await close();
    expect(readdirSync(dir)).toEqual(['realtime_pipeline.log']);
  });
});

describe('a rotating file', () => {
  const NOON = atIst('2026-10-06', '12:00');
  const rotating = (now: () => number, maxBytes = 100): RotatingFile =>
    new RotatingFile({ dir, name: 'store', maxBytes, keepDays: 2, now });
  const textOf = (name: string): string => readFileSync(join(dir, name), 'utf8');

  test('is renamed by date and number when it would grow over its size', () => {
    const file = rotating(() => NOON, 10);
    for (const line of ['1234\n', '5678\n', 'abcd\n', 'a line longer than the limit\n', 'e\n']) file.write(line);
    file.close();
    expect(readdirSync(dir).sort()).toEqual([
      'store.2026-10-06.1.log',
      'store.2026-10-06.2.log',
      'store.2026-10-06.3.log',
      'store.log',
    ]);
    expect(textOf('store.2026-10-06.1.log')).toBe('1234\n5678\n');
    expect(textOf('store.2026-10-06.3.log')).toBe('a line longer than the limit\n');
    expect(textOf('store.log')).toBe('e\n');
  });

  test('is renamed when the IST date has changed, also while no process ran', () => {
    let now = atIst('2026-10-06', '23:59');
    const file = rotating(() => now);
    file.write('old\n');
    now = atIst('2026-10-07', '00:00');
    file.write('new\n');
    file.close();
    expect([textOf('store.2026-10-06.1.log'), textOf('store.log')]).toEqual(['old\n', 'new\n']);

    const seconds = now / 1000;
    utimesSync(join(dir, 'store.log'), seconds, seconds);
    now = atIst('2026-10-09', '09:00');
    const later = rotating(() => now);
    later.write('newest\n');
    later.close();
    expect([textOf('store.2026-10-07.1.log'), textOf('store.log')]).toEqual(['new\n', 'newest\n']);
  });

  test('continues the file of the same date', () => {
    const now = NOON;
    for (const line of ['a\n', 'b\n']) {
      const file = rotating(() => now);
      file.write(line);
      file.close();
      utimesSync(join(dir, 'store.log'), now / 1000, now / 1000);
    }
    expect(textOf('store.log')).toBe('a\nb\n');
  });

  test('removes its own rotated files when they are too old, and nothing else', () => {
    const names = [
      'store.2026-10-03.1.log',
      'store.2026-10-04.1.log',
      'store.notes.log',
      'storehouse.2020-01-01.1.log',
    ];
    for (const name of names) writeFileSync(join(dir, name), 'x');
    const file = rotating(() => NOON);
    file.write('x\n');
    file.close();
    expect(readdirSync(dir).sort()).toEqual([...names.slice(1), 'store.log'].sort());
  });

  test('counts the lines it could not write and says so once it can', () => {
    mkdirSync(join(dir, 'store.log'));
    const file = rotating(() => NOON, 10_000);
    file.write('lost\n');
    file.write('lost too\n');
    expect(file.lostLines).toBe(2);
    rmSync(join(dir, 'store.log'), { recursive: true });
    file.write('back\n');
    file.close();
    const [note, back] = textOf('store.log').split('\n');
    expect(JSON.parse(note as string)).toMatchObject({
      level: 'warn',
      message: 'log lines lost',
      lines: 2,
      reason: expect.stringMatching(/EISDIR/),
    });
    expect(back).toBe('back');
    expect(file.lostLines).toBe(0);
  });

  test('survives a full disk', () => {
    symlinkSync('/dev/full', join(dir, 'store.log'));
    const file = rotating(() => NOON);
    file.write('lost\n');
    expect(file.lostLines).toBe(1);
    rmSync(join(dir, 'store.log'));
    file.write('back\n');
    file.close();
    expect(textOf('store.log')).toMatch(/ENOSPC.*\nback\n$/);
  });

  test('survives the loss of its folder', () => {
    const file = rotating(() => NOON);
    file.write('a\n');
    file.close();
    rmSync(dir, { recursive: true });
    file.write('b\n');
    file.close();
    expect(textOf('store.log')).toBe('b\n');
  });
});

describe('lines on a terminal', () => {
  const line = {
    ts: '2026-10-06T04:00:00.000Z',
    level: 'warn',
    role: 'store',
    pid: 1,
    message: 'slow',
    ms: 5,
    why: { a: 1 },
  };

  test('show IST time, level, process, message and fields, coloured on request', () => {
    expect(terminalLine(line, false)).toBe('09:30:00 WARN  store          slow ms=5 why={"a":1}');
    expect(terminalLine(line, true)).toContain('\x1b[33mWARN \x1b[0m');
  });

  test('go to standard output only when asked for, redacted, and a closed pipe harms nothing', async () => {
    const program = new URL('./fixtures/log-to-terminal.ts', import.meta.url).pathname;
    const { stdout } = await execaNode({ nodeOptions: [] })`${program} ${dir} yes`;
    expect(stdout).toMatch(/^\d{2}:\d{2}:\d{2} INFO {2}store {10}hello token=\[redacted\]$/m);
    const quiet = await execaNode({ nodeOptions: [] })`${program} ${dir} no`;
    expect(quiet.stdout).toBe('');
  });
});
