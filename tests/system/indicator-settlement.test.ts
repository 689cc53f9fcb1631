import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, type Bar, DAY_MS, type SessionCalendar, type TradingDate } from '@rtp/core';
import { calendarOf, openTestStore, removeTempDirs, type TestStore } from '../store/support/fixtures.ts';
import { indicatorRows, row } from '../store/support/indicators.ts';
import { expectedRows, storedRows, walk } from '../store/support/series.ts';

/** Wednesday to Friday; the middle one trades an hour in the evening. */
const DATES = ['2016-09-28', '2016-09-29', '2016-09-30'] as const;
const [FIRST, SECOND, THIRD] = DATES;
const DAY = calendarOf([['09:15', '10:35']]);
const EVENING = calendarOf([['18:15', '19:15']]);
const CALENDAR: SessionCalendar = {
  ...DAY,
  tradingDay: (date) => (date === SECOND ? EVENING : DAY).tradingDay(date),
  windowsOf: (of, date) => (date === SECOND ? EVENING : DAY).windowsOf(of, date),
  expectedMinutes: (of, date) => (date === SECOND ? EVENING : DAY).expectedMinutes(of, date),
};
const opening = (date: TradingDate): number => atIst(date, date === SECOND ? '18:15' : '09:15');
const minutesOn = (date: TradingDate): number => (date === SECOND ? 60 : 80);

let open: TestStore | undefined;
async function closeAll(): Promise<void> {
  await open?.close();
  open = undefined;
  removeTempDirs();
}

async function opened(): Promise<{ store: TestStore; ids: readonly [number, number] }> {
  open = await openTestStore({ calendar: CALENDAR, now: atIst(THIRD, '20:00') });
  return { store: open, ids: (await open.register(['AAA', 'BBB'], FIRST)) as [number, number] };
}

async function send(store: TestStore, date: TradingDate, bars: readonly Bar[]): Promise<void> {
  await store.register(['AAA', 'BBB'], date);
  await store.send({ tradingDate: date, bars });
}

const barsOn = (ids: readonly number[], date: TradingDate): Bar[] =>
  ids.flatMap((id) => walk(id, opening(date), minutesOn(date), id * 100 + DATES.indexOf(date as never)));

async function expectRight(store: TestStore, rows: number): Promise<void> {
  const stored = await storedRows(store);
  expect(stored.size).toBe(rows);
  expect(stored).toEqual(await expectedRows(store, CALENDAR));
}

const ROWS = 2 * (80 + 60 + 80);
const sealedFiles = (store: TestStore, date: TradingDate): string[] =>
  readdirSync(join(store.paths.historyDir, 'indicators', `date=${date}`)).filter((name) => name.startsWith('sealed'));

/** An official candle other than a stored bar. */
const correction = (of: Bar): Bar => ({
  ...of,
  low: of.low - 3,
  close: of.low - 2,
  source: 'chart',
  state: 'reconciled',
});

const generations = (store: TestStore): (number | undefined)[] =>
  DATES.map((date) => store.store.receipt(date)?.generation);
const hotDays = (store: TestStore): string[] =>
  readdirSync(store.paths.hotDir).filter((name) => name.startsWith('2016'));

describe('a seal', () => {
  afterEach(closeAll);

  test('writes rows that follow from a changed bar, and no others', async () => {
    const { store, ids } = await opened();
    await send(store, FIRST, barsOn(ids, FIRST));
    await store.store.seal(FIRST, true);
    await send(store, FIRST, [correction(barsOn(ids, FIRST)[79]!)]);
    expect(await store.store.seal(FIRST, true)).toMatchObject({ generation: 2 });
    expect(await store.ask('SELECT producer_id, indicators::DOUBLE FROM commits ORDER BY commit_seq')).toEqual([
      ['pipeline', 0],
      ['store', 160],
      ['pipeline', 0],
      ['store', 1],
    ]);
    await expectRight(store, 160);
  });

  test('replaces rows that differ, adds those missing and leaves out those without a whole bar', async () => {
    const { store, ids } = await opened();
    const [a, b] = ids;
    const bars = barsOn(ids, THIRD);
    await send(
      store,
      THIRD,
      bars.map((of, index) => (index === 5 ? { ...of, partial: true } : of)),
    );
    const stale = [row(a, 0, 7), row(a, 5, 8), row(b, 79, null), row(b, 200, 9)];
    await store.send({ tradingDate: THIRD, indicators: indicatorRows(stale) });
    await store.store.seal(THIRD, true);
    await expectRight(store, 159);
    expect((await storedRows(store)).has(`${a} ${bars[5]!.ts}`)).toBe(false);
  });

  test('goes on from an earlier day that is open still, and stands when that day is sealed as it was', async () => {
    const { store, ids } = await opened();
    await send(store, FIRST, barsOn(ids, FIRST));
    await send(store, THIRD, barsOn(ids, THIRD));
    const receipt = await store.store.seal(THIRD, true);
    await store.store.seal(FIRST, true);
    await store.store.settled();
    await expectRight(store, 320);
    expect(store.store.receipt(THIRD)).toEqual(receipt);
  });
});

/** One history, told in order. */
describe('three sealed days, none of whose rows were sent,', () => {
  let ids: readonly [number, number];
  const store = (): TestStore => open!;

  beforeAll(async () => {
    ({ ids } = await opened());
    for (const date of DATES) {
      await send(store(), date, barsOn(ids, date));
      await store().store.seal(date, true);
    }
    await store().store.settled();
  }, 60_000);
  afterAll(closeAll);

  test('have the rows of one bulk run over all their bars', async () => {
    await expectRight(store(), ROWS);
    for (const date of DATES) expect(store().store.receipt(date)).toMatchObject({ indicators: 2 * minutesOn(date) });
    expect(generations(store())).toEqual([1, 1, 1]);
  });

  test('follow late data for the first, where its instrument is concerned', async () => {
    const before = await storedRows(store());
    await send(store(), FIRST, [correction(barsOn(ids, FIRST)[40]!)]);
    await store().store.seal(FIRST, true);
    await store().store.settled();
    await expectRight(store(), ROWS);
    expect(generations(store())).toEqual([2, 2, 2]);
    expect(
      store()
        .store.dates()
        .map(({ state }) => state),
    ).toEqual(['sealed', 'sealed', 'sealed']);
    const changed = [...(await storedRows(store()))].filter(
      ([key, values]) => JSON.stringify(values) !== JSON.stringify(before.get(key)),
    );
    expect(new Set(changed.map(([key]) => key.split(' ')[0]))).toEqual(new Set([String(ids[0])]));
    for (const date of DATES) expect(sealedFiles(store(), date)).toHaveLength(2);
  });

  test('wait behind one that is open', async () => {
    await send(store(), SECOND, [correction(barsOn(ids, SECOND)[2]!)]);
    await send(store(), FIRST, [correction(barsOn(ids, FIRST)[2]!)]);
    await store().store.seal(SECOND, true);
    await store().store.settled();
    expect(generations(store())).toEqual([2, 3, 2]);
    await store().store.seal(FIRST, true);
    await store().store.settled();
    await expectRight(store(), ROWS);
    expect(generations(store())).toEqual([3, 3, 3]);
  });

  test('follow it after a crash that came first', async () => {
    await send(store(), SECOND, [correction(barsOn(ids, SECOND)[30]!)]);
    await store().store.seal(SECOND, true);
    open = await store().reopen({ checkpoint: false });
    await store().store.settled();
    await expectRight(store(), ROWS);
  });

  test('follow it when their hot files were dropped, and drop them again', async () => {
    await store().clock.advance(2 * DAY_MS);
    open = await store().reopen();
    expect(hotDays(store())).toEqual([]);
    await send(store(), SECOND, [correction(barsOn(ids, SECOND)[50]!)]);
    await store().store.seal(SECOND, true);
    await store().store.settled();
    await expectRight(store(), ROWS);
    expect(hotDays(store())).toEqual([`${SECOND}.duckdb`]);
  });
});
