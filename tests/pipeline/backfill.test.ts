import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { atIst, istIso, loadCalendar, ManualClock, MINUTE_MS, newBackfillJob, silentLogger } from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import { CandleSpool, type DailyTrace, dropSpools } from '../../packages/pipeline/src/backfill/candle-spool.ts';
import { findAdjustments } from '../../packages/pipeline/src/backfill/find-adjustments.ts';
import { isListedOn, pastDay } from '../../packages/pipeline/src/backfill/past-day.ts';
import { BackfillProgress, type CallPace, callsMadeAt } from '../../packages/pipeline/src/backfill/progress.ts';
import { listingOf, listingOn } from '../../packages/pipeline/src/backfill/subjects.ts';
import { DayGrid } from '../../packages/pipeline/src/bars/day-grid.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const calendar = loadCalendar({ file: 'config/calendar.json' });
const dirs: string[] = [];

afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-backfill-'));
  dirs.push(dir);
  return dir;
}

/** Candles from 09:15 on, or at the given minutes after it, priced by their place. */
function candlesOf(date: string, minutes: number | readonly number[], scale = 1): Candles {
  const offsets = typeof minutes === 'number' ? Array.from({ length: minutes }, (_, index) => index) : minutes;
  const price = (offset: number): number => Math.round((100 + offset * 0.35) * scale * 100) / 100;
  return {
    ts: offsets.map((offset) => atIst(date, '09:15') + offset * MINUTE_MS),
    open: offsets.map(price),
    high: offsets.map((offset) => price(offset + 1)),
    low: offsets.map(price),
    close: offsets.map((offset) => price(offset + 1)),
    volume: offsets.map((offset) => Math.round((1_000 + 13 * offset) / scale)),
  };
}

function joined(...parts: readonly Candles[]): Candles {
  const all = (name: 'ts' | 'open' | 'high' | 'low' | 'close' | 'volume'): number[] =>
    parts.flatMap((part) => part[name]);
  return {
    ts: all('ts'),
    open: all('open'),
    high: all('high'),
    low: all('low'),
    close: all('close'),
    volume: all('volume'),
  };
}

describe('answers on disk', () => {
  const window = { from: '2026-07-01', to: '2026-07-31' };
  const listing = listingOf(instrumentOf(1, 'M&M'));
  const daily: DailyTrace = { listedFrom: '2026-07-02', traded: ['2026-07-02', '2026-07-03'] };

  test('are read back date by date, to the last digit', () => {
    const spool = new CandleSpool(newDir(), 'aaaaaaaa');
    const [first, second] = [candlesOf('2026-07-02', 375), candlesOf('2026-07-03', [0, 4, 374])];
    const impossible = [atIst('2026-07-03', '09:16'), Number.NaN];
    expect(spool.has(window, listing)).toBe(false);
    spool.write(window, listing, { candles: { ...joined(first, second), impossible }, daily });
    expect(spool.has(window, listing)).toBe(true);
    expect(spool.summary(window, listing)).toEqual({ dates: ['2026-07-02', '2026-07-03'], daily });
    expect(spool.candles(window, listing, '2026-07-02')).toEqual({ ...first, impossible: [] });
    expect(spool.candles(window, listing, '2026-07-03')).toEqual({
      ...second,
      impossible: [atIst('2026-07-03', '09:16')],
    });
    expect(spool.candles(window, listing, '2026-07-06').ts).toEqual([]);
  });

  test('that lack their end, or whose header is damaged, count as missing', () => {
    const dir = newDir();
    const spool = new CandleSpool(dir, 'aaaaaaaa');
    const write = (): string => {
      spool.write(window, listing, { candles: candlesOf('2026-07-02', 375), daily: null });
      return fileIn(dir, 'aaaaaaaa');
    };
    for (const bytes of [1_000, 40, 3, 0]) {
      truncateSync(write(), bytes);
      expect(spool.has(window, listing)).toBe(false);
    }
    for (const position of [0, 5, 20, 30]) {
      flipBit(write(), position);
      expect(spool.has(window, listing)).toBe(false);
    }
  });

  test('of which one bit has turned over are told of, and removed', () => {
    const dir = newDir();
    const spool = new CandleSpool(dir, 'aaaaaaaa');
    spool.write(window, listing, { candles: candlesOf('2026-07-02', 375), daily: null });
    const file = fileIn(dir, 'aaaaaaaa');
    flipBit(file, statSync(file).size - 100);
    expect(() => spool.candles(window, listing, '2026-07-02')).toThrow(
      expect.objectContaining({ code: 'RTP_BACKFILL_SPOOL_DAMAGED' }),
    );
    expect(existsSync(file)).toBe(false);
  });

  test('of other backfills are dropped, those of the one under way are kept', () => {
    const dir = newDir();
    const older = new CandleSpool(dir, 'aaaaaaaa');
    older.write(window, listing, { candles: candlesOf('2026-07-02', 1), daily: null });
    dropSpools(dir, 'aaaaaaaa');
    expect(older.has(window, listing)).toBe(true);
    dropSpools(dir, 'bbbbbbbb');
    expect(older.has(window, listing)).toBe(false);
    dropSpools(join(dir, 'nothing'), null);
  });

  /** The only answer of a backfill. */
  function fileIn(dir: string, jobId: string): string {
    const folder = join(dir, 'spool', jobId, '2026-07-01_2026-07-31');
    return join(folder, readdirSync(folder)[0] as string);
  }

  function flipBit(file: string, position: number): void {
    const bytes = readFileSync(file);
    bytes[position] = (bytes[position] as number) ^ 0x10;
    writeFileSync(file, bytes);
  }
});

describe('a past date', () => {
  const date = '2026-07-02';
  const grid = new DayGrid(calendar, date);
  const reasonsOf = (candles: Candles, daily: DailyTrace | null): Record<string, number> => {
    const { bars, absences } = pastDay({
      instrument: instrumentOf(1, 'ABC'),
      grid,
      candles,
      daily,
      haltRule: { minutes: 10, tradedShare: 0.9 },
      knownAt: 0,
    });
    const counts: Record<string, number> = { bars: bars.length };
    for (const { reason } of absences) counts[reason] = (counts[reason] ?? 0) + 1;
    return counts;
  };
  const but = (missing: (minute: number) => boolean): Candles =>
    candlesOf(
      date,
      Array.from({ length: 375 }, (_, minute) => minute).filter((minute) => !missing(minute)),
    );
  const trace = (listedFrom: string | null, ...traded: string[]): DailyTrace => ({ listedFrom, traded });

  test.each([
    ['charted whole', but(() => false), null, { bars: 375 }],
    [
      'with single minutes missing: nobody traded in them',
      but((minute) => minute % 50 === 7),
      null,
      { bars: 367, no_trades: 8 },
    ],
    [
      'with a long run missing in a share that trades every minute',
      but((minute) => minute >= 100 && minute < 130),
      null,
      { bars: 345, halted: 30 },
    ],
    [
      'that began at 10:00, the first of all',
      but((minute) => minute < 45),
      trace(date, date),
      { bars: 330, not_listed: 45 },
    ],
    ['before the first of all', candlesOf(date, []), trace('2026-07-06', '2026-07-06'), { bars: 0, not_listed: 375 }],
    [
      'that daily candles lack too',
      candlesOf(date, []),
      trace('2020-01-01', '2026-07-06'),
      { bars: 0, no_trades: 375 },
    ],
    [
      'that daily candles have: the broker lacks minutes',
      candlesOf(date, []),
      trace('2020-01-01', date),
      { bars: 0, unknown: 375 },
    ],
    ['of which nothing at all is known', candlesOf(date, []), trace(null), { bars: 0, unknown: 375 }],
    [
      'with an impossible candle',
      { ...but((minute) => minute === 3), impossible: [grid.minuteAt(3)] },
      null,
      { bars: 374, unknown: 1 },
    ],
    [
      'with candles before and after the session only',
      { ...candlesOf(date, [-5, 376]) },
      trace('2020-01-01', date),
      { bars: 0, unknown: 375 },
    ],
  ] as const)('%s', (_case, candles, daily, counts) => {
    expect(reasonsOf(candles, daily)).toEqual(counts);
  });

  test('is owed from the first date on the exchange on', () => {
    expect(isListedOn('2026-07-02', false, trace('2026-07-03'))).toBe(false);
    expect(isListedOn('2026-07-02', false, trace(null))).toBe(false);
    expect(isListedOn('2026-07-03', false, trace('2026-07-03'))).toBe(true);
    expect(isListedOn('2026-07-02', true, trace(null))).toBe(true);
  });

  test('has no closing auction before there was one', () => {
    const listing = listingOf(instrumentOf(1, 'ABC', { class: 'cas_share' }));
    expect(listingOn('2026-07-31', listing).class).toBe('share');
    expect(listingOn('2026-08-03', listing).class).toBe('cas_share');
  });
});

describe('when a backfill ends', () => {
  const pace: CallPace = { leftToday: 300, aDay: 800, perSecond: 2, pausedUntil: null };
  const now = atIst('2026-11-20', '18:00');
  const at = (calls: number, over: Partial<CallPace> = {}): string =>
    istIso(callsMadeAt(calls, now, { ...pace, ...over })).slice(0, 19);

  test('follows from the pace while the day has calls', () => {
    expect(at(300)).toBe('2026-11-20T18:02:30');
    expect(at(0)).toBe('2026-11-20T18:00:00');
    expect(at(20, { pausedUntil: atIst('2026-11-20', '18:01') })).toBe('2026-11-20T18:01:10');
  });

  test('is another day when its share of the calls is used up', () => {
    expect(at(420)).toBe('2026-11-21T00:01:00');
    expect(at(10, { leftToday: 0 })).toBe('2026-11-21T00:00:05');
    expect(at(1_100 + 40)).toBe('2026-11-22T00:00:20');
  });

  test('counts the days still to be delivered, as long as those before took', () => {
    const progress = new BackfillProgress(newBackfillJob('2026-10-01', '2026-11-19', null, now), 1);
    Object.assign(progress, { state: 'running', callsTotal: 100, callsDone: 100, daysTotal: 3 });
    progress.dayDelivered(4_000);
    expect(progress.report(now, pace)).toMatchObject({ daysDone: 1, endsAt: now + 8_000, state: 'running' });
    progress.state = 'done';
    expect(progress.report(now, pace).endsAt).toBeNull();
  });

  test('counts deliveries in before the first, as long as they take on a small machine', () => {
    const progress = new BackfillProgress(newBackfillJob('2026-10-01', '2026-11-19', null, now), 4);
    Object.assign(progress, { state: 'running', symbols: 500, callsTotal: 100, callsDone: 0, daysTotal: 3 });
    expect(progress.report(now, pace).endsAt).toBe(now + 50_000 + 3 * 4 * 15_000);
  });
});

describe('charts that read otherwise than stored bars', () => {
  const dates = ['2026-07-01', '2026-07-02', '2026-07-03', '2026-07-06', '2026-07-07', '2026-07-08'];
  const today = '2026-07-09';

  /** Stored as traded: the price falls with each change; the broker shows all of it on the newest scale. */
  const find = (
    changes: readonly (readonly [exDate: string, ratio: number])[],
    missing: readonly string[] = [],
    silent: readonly string[] = [],
  ) => {
    const asked: string[] = [];
    const scaleOf = (date: string): number =>
      changes.reduce((scale, [exDate, ratio]) => (exDate > date ? scale * ratio : scale), 1);
    const found = findAdjustments({
      instrumentId: 7,
      symbol: 'ABC',
      held: dates.filter((date) => !missing.includes(date)).slice(0, 2),
      later: dates.slice(2),
      known: [],
      today,
      clock: new ManualClock(0),
      logger: silentLogger,
      stored: async (date) => {
        asked.push(date);
        if (missing.includes(date)) return [];
        const { ts, close, volume } = candlesOf(date, 60, 20 * scaleOf(date));
        return ts.map((at, index) => ({
          ts: at,
          close: close[index] as number,
          volume: volume[index] as number,
          partial: false,
        }));
      },
      charted: async (date) => {
        if (silent.includes(date)) return candlesOf(date, []);
        const { ts, open, high, low, close, volume } = candlesOf(date, 60, 20 * scaleOf(date));
        const scale = scaleOf(date);
        const price = (value: number): number => Math.round((value / scale) * 100) / 100;
        return {
          ts,
          open: open.map(price),
          high: high.map(price),
          low: low.map(price),
          close: close.map(price),
          volume: volume.map((of) => Math.round(of * scale)),
        };
      },
    });
    return found.then((rows) => ({
      changes: rows.map((row) => [row.exDate, row.priceFactor, row.volumeFactor]),
      asked,
    }));
  };

  test('are no adjustment where they agree', async () => {
    expect(await find([])).toEqual({ changes: [], asked: ['2026-07-01'] });
  });

  test('tell nothing where the broker answers without candles: the next date is compared', async () => {
    expect((await find([['2026-07-06', 2]], [], ['2026-07-01', '2026-07-03'])).changes).toEqual([
      ['2026-07-06', 0.5, 2],
    ]);
    expect((await find([['2026-07-06', 2]], [], ['2026-07-01', '2026-07-02'])).changes).toEqual([]);
  });

  test.each(dates.slice(1))('show the first stored date on the new scale: %s', async (exDate) => {
    expect((await find([[exDate, 2]])).changes).toEqual([[exDate, 0.5, 2]]);
  });

  test('show a change of today where every stored date is older', async () => {
    expect((await find([[today, 5]])).changes).toEqual([[today, 0.2, 5]]);
  });

  test('show two changes one after the other', async () => {
    const { changes } = await find([
      ['2026-07-03', 2],
      ['2026-07-07', 1.5],
    ]);
    expect(changes).toEqual([
      ['2026-07-07', 2 / 3, 1.5],
      ['2026-07-03', 0.5, 2],
    ]);
  });

  test('name the first stored date where those around the change are missing', async () => {
    expect((await find([['2026-07-03', 2]], ['2026-07-03', '2026-07-06'])).changes).toEqual([['2026-07-07', 0.5, 2]]);
  });
});
