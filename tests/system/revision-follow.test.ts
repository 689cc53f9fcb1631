import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bar, istIso, MINUTE_MS, tradingDateOf } from '@rtp/core';
import { serveTestStore } from '../store/support/api.ts';
import { expectedRows } from '../store/support/expected-rows.ts';
import { removeTempDirs, type TestStore } from '../store/support/fixtures.ts';
import { barsOf, DAYS, indicatorsOf, openShortDays, SHARE } from '../store/support/short-days.ts';

const [FIRST, , LAST] = DAYS as [string, string, string];
const COLUMNS = ['ema_20', 'rsi_14', 'atr_14', 'vwap', 'obv'];

let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;
/** The share's bars as they ought to be by now. */
let bars: readonly Bar[] = barsOf(SHARE);

beforeAll(async () => {
  store = await openShortDays();
  server = await serveTestStore(store);
});
afterAll(async () => {
  await server.close();
  await store.close();
  removeTempDirs();
});

type Row = Readonly<Record<string, number | string | null>>;
const get = async (path: string): Promise<Record<string, Row[]>> =>
  (await (await fetch(`${server.data.url}${path}`)).json()) as Record<string, Row[]>;
const range = `start_date=${FIRST}&end_date=${LAST}`;
const fives = async (symbol = 'AAA'): Promise<readonly Row[]> =>
  (await get(`/data/${symbol}?timeframe=5T&${range}`))['bars'] as Row[];
const indicators = async (timeframe: '1T' | '5T', symbol = 'AAA'): Promise<readonly Row[]> =>
  (await get(`/indicators/${symbol}?timeframe=${timeframe}&columns=${COLUMNS.join(',')}&${range}`))[
    'indicators'
  ] as Row[];
const wanted = (timeframe: '1T' | '5T'): Row[] =>
  expectedRows(timeframe, COLUMNS, undefined, indicatorsOf(timeframe, bars));

/** Another close and more volume for the n-th whole bar of a date, from a chart. Returns its minute. */
async function revise(date: string, index: number): Promise<string> {
  const of = bars.filter(({ ts, partial }) => tradingDateOf(ts) === date && !partial)[index] as Bar;
  const revised: Bar = {
    ...of,
    close: of.high,
    volume: of.volume + 5_000,
    source: 'chart',
    state: 'reconciled',
    knownAt: of.ts + 30 * MINUTE_MS,
  };
  bars = bars.map((row) => (row.ts === of.ts ? revised : row));
  expect(await store.send({ tradingDate: date, bars: [revised] })).toMatchObject({ revised: 1 });
  return istIso(of.ts);
}

/** Seals every day; what comes behind one that is open would wait. */
async function sealAll(): Promise<void> {
  for (const date of DAYS) await store.store.seal(date, true);
  await store.store.settled();
}

/** Times of rows that are not what they were. */
const changed = (before: readonly Row[], after: readonly Row[]): string[] => {
  expect(after.map(({ time }) => time)).toEqual(before.map(({ time }) => time));
  return after
    .filter((row, at) => JSON.stringify(row) !== JSON.stringify(before[at]))
    .map(({ time }) => time as string);
};

describe.each([
  ['an open day', LAST, 20],
  ['a sealed day', FIRST, 40],
])('a revision of %s', (_, date, index) => {
  test('changes the longer bar it belongs to and the indicators from there on, and nothing else', async () => {
    const before = { bars: await fives(), rows: await indicators('5T'), index: await indicators('5T', 'NIFTY') };
    expect(before.rows).toEqual(wanted('5T'));
    const minute = await revise(date, index);
    const after = { bars: await fives(), rows: await indicators('5T') };
    const bucket = before.bars.findLast(({ time }) => (time as string) <= minute)?.['time'];
    expect(changed(before.bars, after.bars)).toEqual([bucket]);
    expect(after.rows).toEqual(wanted('5T'));
    expect(changed(before.rows, after.rows)[0]).toBe(bucket);
    expect(await indicators('5T', 'NIFTY')).toEqual(before.index);
  });

  test('reaches the stored indicators of the minute, of those after it and of later days with the seal', async () => {
    await sealAll();
    expect(await indicators('1T')).toEqual(wanted('1T'));
    const before = await indicators('1T');
    const minute = await revise(date, index + 1);
    await sealAll();
    const after = await indicators('1T');
    expect(after).toEqual(wanted('1T'));
    const differing = changed(before, after);
    expect(differing[0]).toBe(minute);
    expect(differing.some((time) => time.startsWith(LAST))).toBe(true);
  });
});
