import { describe, expect, test } from '@jest/globals';
import { atIst, type BackfillReport, loadCalendar } from '@rtp/core';
import { jsonDisplay, progressOf } from '../../packages/system-manager/src/cli/backfill/display.ts';
import { checkRange, rangeOf } from '../../packages/system-manager/src/cli/backfill/range.ts';

const calendar = loadCalendar({ file: 'config/calendar.json' });
const monday = atIst('2025-09-08', '11:00');

describe('the dates a command line asks for', () => {
  const range = (flags: Parameters<typeof rangeOf>[0], now = monday) => Object.values(rangeOf(flags, calendar, now));

  test('are thirty trading days before today by default, over weekends and holidays', () => {
    // 15 and 27 August 2025 are holidays.
    expect(range({})).toEqual(['2025-07-24', '2025-09-05']);
    expect(range({ days: 1 })).toEqual(['2025-09-05', '2025-09-05']);
    expect(range({ days: 2 }, atIst('2025-09-07', '12:00'))).toEqual(['2025-09-04', '2025-09-05']);
  });

  test('are those named; without an end, up to the last trading day', () => {
    expect(range({ from: '2024-01-01', to: '2024-03-31' })).toEqual(['2024-01-01', '2024-03-31']);
    expect(range({ from: '2025-09-01' })).toEqual(['2025-09-01', '2025-09-05']);
  });

  test.each([
    [{ from: '2025-09-01', to: '2025-09-08' }, 'days before today'],
    [{ from: '2025-09-05', to: '2025-09-01' }, 'is after'],
    [{ to: '2025-09-01' }, '--to needs --from'],
    [{ from: '2019-09-01' }, 'five years'],
    [{ from: '2025-09-06', to: '2025-09-07' }, 'closed on every day'],
  ])('%j is a usage error', (flags, message) => {
    expect(() => range(flags)).toThrow(
      expect.objectContaining({ code: 'RTP_USAGE', message: expect.stringContaining(message) }),
    );
  });
});

describe('how far a backfill is', () => {
  const report: BackfillReport = {
    id: '0a1b2c3d',
    state: 'running',
    from: '2025-07-24',
    to: '2025-09-05',
    symbols: 20,
    callsDone: 12,
    callsTotal: 20,
    daysDone: 0,
    daysTotal: 30,
    endsAt: monday + 90_000,
    note: '',
  };

  test('is told in steps, and when it ends in the largest unit that says enough', () => {
    const left = (leftMs: number, over: Partial<BackfillReport> = {}): unknown[] =>
      progressOf({ report: { ...report, ...over }, waitsFor: '', leftMs });
    expect(left(90_000)).toEqual([12, 50, 'steps: 12/20 calls, 0/30 days', ', 90 s left']);
    expect(left(600_000, { note: 'the broker fails' })[3]).toBe(', the broker fails, 10 min left');
    const tomorrow = { endsAt: atIst('2025-09-09', '00:40'), note: "the day's calls are used up; goes on at 00:00" };
    expect(left(13 * 3_600_000, tomorrow)[3]).toBe(
      ", the day's calls are used up; goes on at 00:00, until 2025-09-09 00:40 IST",
    );
    expect(progressOf({ report: { ...report, endsAt: null }, waitsFor: '', leftMs: null })[3]).toBe('');
  });

  test('says what it waits for before the pipeline has spoken', () => {
    expect(progressOf({ report: null, waitsFor: 'the pipeline: starting', leftMs: null })).toEqual([
      0,
      0,
      'steps, waiting for the pipeline: starting',
      '',
    ]);
  });

  test('is a JSON line for each change, not for each look', () => {
    const lines: string[] = [];
    const display = jsonDisplay({ write: (text: string | Uint8Array) => lines.push(String(text)) > 0 });
    const show = (over: Partial<BackfillReport>): void =>
      display.show({ report: { ...report, ...over }, waitsFor: '', leftMs: null });
    show({});
    show({ endsAt: monday + 91_000 });
    show({ callsDone: 13 });
    display.result({
      version: 1,
      id: report.id,
      from: report.from,
      to: report.to,
      symbols: ['ABC'],
      requestedAt: monday,
      state: 'done',
      note: 'n',
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { progress: report },
      { progress: { ...report, callsDone: 13 } },
      { result: { id: report.id, from: report.from, to: report.to, symbols: ['ABC'], state: 'done', note: 'n' } },
    ]);
  });
});

test('a range that is none is refused before anything is started', () => {
  expect(() => checkRange({ from: '2025-09-04', to: '2025-09-01' })).toThrow('--from 2025-09-04 is after 2025-09-01');
  expect(() => checkRange({ to: '2025-09-01' })).toThrow('--to needs --from');
  expect(() => checkRange({ from: '2025-09-01', to: '2025-09-01' })).not.toThrow();
});
