import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isCronPattern } from '@rtp/core';
import { jobDefinitions, lastClosedDay, Occurrences } from '@rtp/scheduler';
import type { DayCoverage, SealReceipt } from '@rtp/store-client';
import fc from 'fast-check';
import { csvRows } from '../../packages/scheduler/src/jobs/handlers/csv-rows.ts';
import { checkSeal } from '../../packages/scheduler/src/jobs/handlers/day-seal.ts';
import { checkToken } from '../../packages/scheduler/src/jobs/handlers/token-check.ts';
import { checkUniverse } from '../../packages/scheduler/src/jobs/handlers/universe-check.ts';
import { writeReport } from '../../packages/scheduler/src/jobs/handlers/write-report.ts';
import { calendar, ist, line, pipelineReport, snapshot } from './support/snapshots.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-work-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the token check', () => {
  const now = ist('2025-09-04 20:00');
  const tokenFile = (): string => join(dir, 'token.json');
  const minted = (mintedAt: number | null, expiresAt: number | null): void =>
    writeFileSync(tokenFile(), JSON.stringify({ clientId: '1', token: 'x', mintedAt, expiresAt }));
  const check = (report: Parameters<typeof checkToken>[0]['report'], isRunning = false) =>
    checkToken({ now, calendar, report, isRunning, tokenFile: tokenFile() });

  test('is content with a token that outlives the next session, from the report or the file', () => {
    const lasting = { result: 'ok', text: 'The token lasts until 2025-09-05 20:00 IST.' };
    expect(check(pipelineReport({ tokenExpiresAt: ist('2025-09-05 20:00') }), true)).toEqual(lasting);
    minted(ist('2025-09-04 20:00'), ist('2025-09-05 20:00'));
    expect(check(null)).toEqual(lasting);
  });

  test('warns of one given by hand that ends before the close, and says what to do; not of one that is renewed', () => {
    const report = pipelineReport({ tokenExpiresAt: ist('2025-09-05 12:00') });
    expect(check(report)).toMatchObject({ result: 'warning', text: expect.stringContaining('DHAN_API_TOKEN') });
    minted(ist('2025-09-04 08:30'), ist('2025-09-05 08:30'));
    expect(check(null)).toMatchObject({ result: 'ok', text: expect.stringContaining('renews it') });
  });

  test("repeats the running pipeline's own warning", () => {
    expect(check(pipelineReport({ tokenWarning: 'it ends' }), true)).toEqual({ result: 'warning', text: 'it ends' });
  });

  test('is passed over when nobody knows a token', () => {
    writeFileSync(tokenFile(), 'no JSON');
    expect(check(null).result).toBe('skipped');
  });
});

describe('the universe check', () => {
  const check = (content: string, report: Parameters<typeof checkUniverse>[0]['report']) => {
    const universeFile = join(dir, 'universe.csv');
    writeFileSync(universeFile, content);
    return checkUniverse({ date: '2025-09-04', universeFile, report });
  };
  const prepared = pipelineReport({ symbols: 2 });

  test('counts the symbols of a file without fault', () => {
    expect(check('symbol,name\nACC,"ACC, Ltd."\nTCS,T\n', prepared)).toMatchObject({ result: 'ok' });
  });

  test('names symbols that stand twice and what the scrip master says', () => {
    const report = pipelineReport({ symbols: 2, universeWarnings: ['TCS is now called TATA'] });
    const { result, text } = check('symbol\nACC\nTCS\nACC\n', report);
    expect(result).toBe('warning');
    expect(text).toMatch(/names twice: ACC; TCS is now called TATA\.$/);
  });

  test('fails for a file that cannot be read, is empty, or was not compared with the scrip master yet', () => {
    expect(check('name\nx\n', prepared)).toMatchObject({ result: 'failed', text: expect.stringMatching(/column/) });
    expect(check('symbol\n', prepared).result).toBe('failed');
    expect(check('symbol\nACC\n', null)).toMatchObject({ result: 'failed', text: expect.stringMatching(/compared/) });
    expect(checkUniverse({ date: '2025-09-04', universeFile: join(dir, 'none'), report: prepared }).result).toBe(
      'failed',
    );
  });
});

test('CSV rows may be quoted, hold commas, quotes and newlines, and end as they like', () => {
  expect(csvRows('\uFEFFa,b\r\n"1,""2""\n",\n\n3,4')).toEqual([
    ['a', 'b'],
    ['1,"2"\n', ''],
    ['3', '4'],
  ]);
});

describe('the look for the seal', () => {
  const store = (receipt: Partial<SealReceipt> | null, coverage: Partial<DayCoverage>) => ({
    receipt: async () => receipt as SealReceipt | null,
    coverage: async () => coverage as DayCoverage,
  });
  const wish = { wanted: 'up', reason: 'sweeping' } as const;
  const receipt = {
    date: '2025-09-04',
    generation: 1,
    instruments: 5,
    bars: 1_875,
    absences: 0,
    unknown: 0,
    complete: true,
  };

  test('finds a sealed day, with its counts', async () => {
    const sealed = store(receipt, { state: 'sealed' });
    expect(await checkSeal({ date: '2025-09-04', store: sealed, wish })).toMatchObject({
      result: 'ok',
      text: expect.stringContaining('5 instruments, 1875 bars'),
    });
    const owing = store({ ...receipt, unknown: 3, complete: false }, { state: 'sealed' });
    expect(await checkSeal({ date: '2025-09-04', store: owing, wish })).toMatchObject({ result: 'warning' });
  });

  test('fails for one that is not, also opened again, with what is owed and what will complete it', async () => {
    const open = store(receipt, { state: 'open', unknown: 12, expected: 1_875 });
    expect(await checkSeal({ date: '2025-09-04', store: open, wish })).toEqual({
      result: 'failed',
      text: '2025-09-04 is not sealed: 12 of 1875 minutes are owed. The pipeline is wanted up (sweeping) and completes it.',
    });
  });
});

describe('a report', () => {
  const ask = async (components: Parameters<typeof snapshot>[1], ok: boolean) =>
    writeReport('daily', '2025-09-04', snapshot(0, components), async () => ({ ok, text: 'said' }));

  test("is the monitor's to write; without one it is passed over", async () => {
    expect(await ask([], true)).toMatchObject({ result: 'skipped' });
    expect(await ask([line('monitor')], true)).toEqual({ result: 'ok', text: 'said' });
    expect(await ask([line('monitor')], false)).toEqual({ result: 'failed', text: 'said' });
  });

  test('of a week ends with the last day that has closed', () => {
    expect(lastClosedDay(calendar, ist('2025-09-06 09:00'))).toBe('2025-09-05');
    // A special session on a Saturday is still to come at 09:00, and over at 13:00.
    expect(lastClosedDay(calendar, ist('2024-03-02 09:00'))).toBe('2024-03-01');
    expect(lastClosedDay(calendar, ist('2024-03-02 13:00'))).toBe('2024-03-02');
  });
});

test('every pattern that the configuration takes has times', () => {
  const [definition] = jobDefinitions({
    token_check: null,
    universe_check: null,
    day_seal: null,
    daily_report: null,
    weekly_report: null,
    log_cleanup: null,
    config_backup: null,
  });
  const bound = (min: number, max: number) => fc.integer({ min, max });
  const field = (min: number, max: number) =>
    fc.oneof(
      fc.constant('*'),
      bound(min, max).map(String),
      fc.tuple(bound(min, max), bound(min, max)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.tuple(bound(1, 40)).map(([step]) => `*/${step}`),
      fc.array(bound(min, max), { minLength: 1, maxLength: 4 }).map((list) => list.join(',')),
    );
  const pattern = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7)).map((f) => f.join(' '));
  fc.assert(
    fc.property(pattern, (text) => {
      fc.pre(isCronPattern(text) && definition !== undefined);
      const times = new Occurrences(
        { ...(definition as NonNullable<typeof definition>), pattern: text },
        calendar,
        '18:00',
      );
      const now = ist('2025-09-04 10:00');
      const next = times.next(0, now);
      expect(next?.at).toBeGreaterThan(now);
      expect(times.due(0, next?.at ?? 0, 1).at(0)?.at).toBe(next?.at);
    }),
    { numRuns: 100 },
  );
});
