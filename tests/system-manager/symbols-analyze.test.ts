import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Absence, atIst, type Bar, projectRoot, type TradingDate } from '@rtp/core';
import { analyzeSymbols } from '../../packages/system-manager/src/symbols/analysis.ts';
import type { SymbolFacts } from '../../packages/system-manager/src/symbols/symbol-facts.ts';
import {
  absence,
  bar,
  calendarOf,
  DATE,
  listing,
  openTestStore,
  removeTempDirs,
  type TestStore,
  tempDir,
} from '../store/support/fixtures.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

const BEFORE: TradingDate = '2016-09-29';
const MINUTES = Array.from({ length: 10 }, (_, minute) => minute);
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;
const PRICE = 100.5;

let store: TestStore;
let isOpen = true;

/**
 * Two days of ten minutes. GOOD: official and equal. BAD: a minute nobody knows of, one the broker owes, and corrections.
 * THIN: trades in two minutes. GONE: not listed on the second day. NIFTY: without volume.
 */
beforeAll(async () => {
  store = await openTestStore({ calendar: calendarOf([['09:15', '09:25']]) });
  const index = listing('NIFTY', { segment: 'IDX_I', class: 'index', isin: '', series: '' });
  for (const date of [BEFORE, DATE]) {
    const rows = await store.store.registerInstruments(date, [
      ...['GOOD', 'BAD', 'THIN', 'GONE'].map((symbol) => listing(symbol)),
      index,
    ]);
    const [good, bad, thin, gone, nifty] = rows.map(({ instrumentId }) => instrumentId) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const ts = (minute: number): number => atIst(date, '09:15') + minute * 60_000;
    const of = (id: number, minute: number, more: Partial<Bar> = {}): Bar =>
      bar(id, 0, { ts: ts(minute), close: PRICE, ...more });
    const no = (id: number, minute: number, reason: Absence['reason']): Absence =>
      absence(id, 0, { ts: ts(minute), reason });
    const isLast = date === DATE;
    const missing = isLast ? 2 : 0;
    await store.send({
      tradingDate: date,
      bars: [
        ...MINUTES.map((minute) => of(good, minute, { volume: 100_000 * (minute + 1) })),
        ...MINUTES.slice(missing).map((minute) => of(bad, minute)),
        ...[0, 5].map((minute) => of(thin, minute, { volume: 10 })),
        ...(isLast ? [] : MINUTES.map((minute) => of(gone, minute))),
        ...MINUTES.map((minute) => of(nifty, minute, { volume: 0 })),
      ],
      absences: [
        ...MINUTES.filter((minute) => ![0, 5].includes(minute)).map((minute) => no(thin, minute, 'no_trades')),
        ...(isLast ? MINUTES.map((minute) => no(gone, minute, 'not_listed')) : []),
        ...(isLast ? [no(bad, 0, 'broker_lag')] : []),
      ],
    });
    await store.send({
      tradingDate: date,
      bars: [
        ...MINUTES.map((minute) => of(good, minute, { ...OFFICIAL, volume: 100_000 * (minute + 1) })),
        ...[4, 5].map((minute) => of(bad, minute, { ...OFFICIAL, close: PRICE * 1.001, volume: 2_000, high: 101 })),
      ],
    });
  }
  await store.store.seal(BEFORE, true);
  await store.store.published();
});

afterAll(async () => {
  if (isOpen) await store.close();
  removeTempDirs();
});

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
const analyze = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const line = ['symbols', 'analyze', '--data-dir', store.paths.dataDir, ...args];
    execFile(join(projectRoot, 'bin/rtp'), line, { env }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

const NO_DIFFERENCE = { differ: 0, mean: 0, max: 0 };

describe('rtp symbols analyze', () => {
  test('says the same of the same days whether the system runs or not, the worst symbol first', async () => {
    const running = await analyze('--json');
    isOpen = false;
    await store.close();
    expect(await analyze('--json')).toEqual(running);

    const analysis = JSON.parse(running.stdout);
    expect(running.exitCode).toBe(0);
    expect(analysis).toMatchObject({ version: 1, from: BEFORE, to: DATE, days: 2 });
    expect(analysis.symbols.map(({ symbol }: SymbolFacts) => symbol)).toEqual(['BAD', 'GONE', 'GOOD', 'NIFTY', 'THIN']);
    expect(analysis.symbols[0]).toEqual({
      symbol: 'BAD',
      class: 'share',
      days: 2,
      expected: 20,
      bars: 18,
      absences: 0,
      unknown: 2,
      pending: 0,
      byReason: { broker_lag: 1, unknown: 1 },
      notListedSince: null,
      corrections: 4,
      liveQuality: [
        {
          source: 'feed',
          compared: 4,
          partial: 0,
          open: NO_DIFFERENCE,
          high: NO_DIFFERENCE,
          low: NO_DIFFERENCE,
          close: { differ: 4, mean: expect.closeTo(10 / 1.001, 6), max: expect.closeTo(10 / 1.001, 6) },
          volume: { differ: 4, mean: 50, max: 50 },
        },
      ],
      liquidity: {
        medianVolume: 1_000,
        medianTurnover: PRICE * 1_000,
        turnoverPerDay: (14 * PRICE * 1_000 + 4 * PRICE * 1.001 * 2_000) / 2,
        tradedShare: 1,
      },
      coveragePercent: 90,
      correctionsPer100: expect.closeTo(400 / 18, 9),
      isPriority: false,
    });
    expect(analysis.symbols[2].liquidity).toEqual({
      medianVolume: 550_000,
      medianTurnover: 550_000 * PRICE,
      turnoverPerDay: 5_500_000 * PRICE,
      tradedShare: 1,
    });
    expect(analysis.symbols[3].liquidity).toEqual({
      medianVolume: null,
      medianTurnover: null,
      turnoverPerDay: null,
      tradedShare: null,
    });
  });

  test('suggests with its reason what to drop and what to serve first', async () => {
    const { drop, promote } = JSON.parse((await analyze('--json')).stdout);
    expect(drop).toEqual([
      { symbol: 'GONE', reason: `not listed since ${DATE}` },
      { symbol: 'THIN', reason: 'thin: trades in 20.0 % of its minutes, less than 50 %' },
    ]);
    expect(promote[0]).toEqual({
      symbol: 'GOOD',
      reason: '₹55.27 crore a day, among the most traded; no priority symbol is',
    });
    expect(JSON.parse((await analyze('--json', '--thin', '20')).stdout).drop).toHaveLength(1);
  });

  test('is a table for people', async () => {
    const { stdout } = await analyze('--days', '1', '--symbols', 'bad,thin');
    const [head, , titles, bad, thin, ...rest] = stdout.trimEnd().split('\n');
    expect(head).toBe(`2 symbols, 1 stored day: ${DATE}. Worst first; * is a priority symbol.`);
    expect(titles?.split(/ {2,}/)).toEqual([
      'symbol',
      'coverage %',
      'owed',
      'corrected %',
      'close bp',
      'high bp',
      'low bp',
      'volume %',
      'median volume',
      'median ₹ lakh',
      'traded %',
      'minutes without a bar',
    ]);
    expect(bad?.split(/ {2,}/)).toEqual([
      'BAD',
      '80.00',
      '2',
      '25.00',
      '9.99',
      '0.00',
      '0.00',
      '50.00',
      '1000',
      '1.00',
      '100.0',
      'broker_lag 1, unknown 1',
    ]);
    expect(thin?.split(/ {2,}/)).toEqual([
      'THIN',
      '100.00',
      '0',
      '0.00',
      '-',
      '-',
      '-',
      '-',
      '10',
      '0.01',
      '20.0',
      'no_trades 8',
    ]);
    expect(rest).toEqual([
      '',
      'Drop from the universe:',
      '  THIN  thin: trades in 20.0 % of its minutes, less than 50 %',
      'Add to pipeline.priority_symbols:',
      '  BAD  ₹0.10 crore a day, among the most traded; no priority symbol is',
    ]);
  });

  test.each([
    [['--symbols', 'GOD'], 64, 'did you mean GOOD'],
    [['--from', '2017-01-01'], 64, 'Nothing is stored for 2017-01-01'],
    [['--from', DATE, '--to', BEFORE], 64, 'lies after'],
    [['--days', '3', '--from', BEFORE], 64, 'cannot be used with'],
    [['--days', '0'], 64, 'a whole number from 1'],
    [['--thin', '101'], 64, 'a percentage from 0 to 100'],
  ])('%j is told why not', async (args, exitCode, message) => {
    const outcome = await analyze(...args);
    expect(outcome).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });

  test('has nothing to say where nothing is stored, and does not call that good', async () => {
    const empty = tempDir();
    expect(await analyze('--data-dir', empty)).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('RTP_CATALOGUE_MISSING'),
    });
    const idle = await openTestStore({ calendar: calendarOf([]) });
    await idle.register(['AAA']);
    await idle.close();
    expect(await analyze('--data-dir', idle.paths.dataDir)).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^1 symbol, 1 stored day/),
    });
  });
});

describe('the judgement of symbols', () => {
  const facts = (symbol: string, turnoverPerDay: number | null, more: Partial<SymbolFacts> = {}): SymbolFacts => ({
    symbol,
    class: 'share',
    days: 1,
    expected: 10,
    bars: 10,
    absences: 0,
    unknown: 0,
    pending: 0,
    byReason: {},
    notListedSince: null,
    corrections: 0,
    liveQuality: [],
    liquidity: { medianVolume: 1, medianTurnover: 1, turnoverPerDay, tradedShare: turnoverPerDay === null ? null : 1 },
    ...more,
  });
  const judge = (of: readonly SymbolFacts[], prioritySymbols: readonly string[] = []) =>
    analyzeSymbols(of, [DATE], { prioritySymbols, thinPercent: 50 });

  test('serves first who trades more than the least of those served first, no more than five, no index', () => {
    const many = Array.from({ length: 8 }, (_, at) => facts(`S${at}`, (at + 1) * 1e7));
    const { promote } = judge(
      [...many, facts('PRIO', 2.5e7), facts('TOP', 9e7), facts('INDEX', null)],
      ['TOP', 'PRIO', 'ABSENT'],
    );
    expect(promote.map(({ symbol }) => symbol)).toEqual(['S7', 'S6', 'S5', 'S4', 'S3']);
    expect(promote[0]?.reason).toBe('₹8.00 crore a day, more than the ₹2.50 crore of PRIO, a priority symbol');
    expect(judge([facts('A', 1e7), facts('PRIO', 2e7)], ['PRIO']).promote).toEqual([]);
  });

  test('puts what is missing before what was corrected, and what cannot be judged before all', () => {
    const { symbols } = judge([
      facts('FINE', 1),
      facts('CORRECTED', 1, { corrections: 3 }),
      facts('MISSING', 1, { unknown: 1, bars: 9 }),
      facts('NEW', 1, { expected: 0, bars: 0 }),
    ]);
    expect(symbols.map(({ symbol, coveragePercent }) => [symbol, coveragePercent])).toEqual([
      ['NEW', null],
      ['MISSING', 90],
      ['CORRECTED', 100],
      ['FINE', 100],
    ]);
  });

  test('counts minutes that are not over neither for nor against', () => {
    const { symbols } = judge([facts('NOW', 1, { expected: 10, bars: 4, pending: 6 })]);
    expect(symbols[0]?.coveragePercent).toBe(100);
  });
});
