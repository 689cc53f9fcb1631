import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { DAY_MS, MINUTE_MS } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import type { IndicatorRows } from '@rtp/store-client';
import { openAsUser } from '../store/support/catalogue.ts';
import {
  absence,
  calendarOf,
  DATE,
  OPEN,
  openTestStore,
  removeTempDirs,
  type TestStore,
} from '../store/support/fixtures.ts';
import { indicatorRows, row, valuesOf } from '../store/support/indicators.ts';
import { expectedRows, type Values, walk } from '../store/support/series.ts';

/** A session of ten minutes. */
const SHORT = calendarOf([['09:15', '09:25']]);
const MINUTES = Array.from({ length: 10 }, (_, minute) => minute);

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
  removeTempDirs();
});

const ALL = storedColumns.map(({ name }) => `"${name}"::DOUBLE`).join(', ');
/** Symbol, minute, commit and values of every row. */
const content = (store: Pick<TestStore, 'ask'>): Promise<unknown[][]> =>
  store.ask(`SELECT symbol, ((epoch_ms(ts) - ${OPEN}) / ${MINUTE_MS})::DOUBLE, commit_seq::DOUBLE, ${ALL}
    FROM indicators ORDER BY ALL`);
const sealedFiles = (store: TestStore): string[] =>
  readdirSync(join(store.paths.historyDir, 'indicators', `date=${DATE}`)).filter((name) => name.startsWith('sealed-'));
const withoutCommit = (rows: readonly unknown[][]): unknown[][] => rows.map((values) => values.toSpliced(2, 1));

/** The rows that the store's bars lead to, as a producer sends them. */
async function rightRows(store: TestStore): Promise<IndicatorRows> {
  const rows = [...(await expectedRows(store, SHORT))].map(([key, values]) => [...key.split(' ').map(Number), values]);
  return {
    ...indicatorRows([]),
    instrumentIds: Uint32Array.from(rows, ([id]) => id as number),
    ts: Float64Array.from(rows, ([, ts]) => ts as number),
    knownAt: Float64Array.from(rows, ([, ts]) => (ts as number) + MINUTE_MS),
    columns: storedColumns.map(({ valueType }, index) => {
      return valuesOf(
        valueType,
        rows.map(([, , values]) => (values as Values)[index] ?? null),
      );
    }),
  };
}

/** Two instruments of ten minutes: rows that are wrong first and right later, and some of minutes without a bar. */
async function wholeDay(): Promise<{ store: TestStore; ids: readonly [number, number] }> {
  open = await openTestStore({ calendar: SHORT });
  const ids = (await open.register(['AAA', 'BBB'])) as [number, number];
  await open.send({ bars: [...walk(ids[1], OPEN, 10, 2), ...walk(ids[0], OPEN, 10, 1)] });
  await open.send({ indicators: indicatorRows(ids.flatMap((id) => [row(id, 3, 50), row(id, 12), row(id, -1)])) });
  await open.send({ indicators: await rightRows(open) });
  return { store: open, ids };
}

describe('sealing a day with indicators', () => {
  test('keeps the newest row of every minute that has a bar, by instrument and minute', async () => {
    const { store, ids } = await wholeDay();
    const before = await content(store);
    expect(before).toHaveLength(24);
    const receipt = await store.store.seal(DATE, false);
    expect(receipt).toMatchObject({ bars: 20, indicators: 20 });
    const sealed = await content(store);
    expect(sealed).toEqual(before.filter(([, minute]) => MINUTES.includes(Number(minute))));
    const file = join(store.paths.historyDir, 'indicators', `date=${DATE}`, sealedFiles(store)[0] as string);
    const order = await store.ask(`SELECT instrument_id::DOUBLE, ((epoch_ms(ts) - ${OPEN}) / ${MINUTE_MS})::DOUBLE
      FROM read_parquet('${file}')`);
    expect(order).toEqual(ids.flatMap((id) => MINUTES.map((minute) => [id, minute])));
    const user = await openAsUser(store.paths);
    expect(await content(user)).toEqual(sealed);
    expect(await user.ask('SELECT indicators::INT FROM seals')).toEqual([[20]]);
    user.close();
    open = await store.reopen({ checkpoint: false });
    expect(open.store.receipt(DATE)).toEqual(receipt);
    expect(await content(open)).toEqual(sealed);
  });

  test('writes no file of a day that has none', async () => {
    open = await openTestStore({ calendar: SHORT });
    const [id] = (await open.register(['AAA'])) as [number];
    await open.send({ absences: MINUTES.map((minute) => absence(id, minute)) });
    expect(await open.store.seal(DATE, false)).toMatchObject({ absences: 10, indicators: 0 });
    expect(existsSync(join(open.paths.historyDir, 'indicators', `date=${DATE}`))).toBe(false);
    const user = await openAsUser(open.paths);
    expect(await user.ask('SELECT count(*)::INT FROM indicators')).toEqual([[0]]);
    user.close();
  });
});

describe('indicators for a sealed day', () => {
  test('that differ open it again and close with the next generation; equal ones leave it sealed', async () => {
    const { store, ids } = await wholeDay();
    const first = await store.store.seal(DATE, false);
    const sealed = await content(store);
    expect(await store.send({ indicators: await rightRows(store) })).toMatchObject({ indicators: 0, ignored: 20 });
    expect(store.store.dates()).toEqual([{ date: DATE, state: 'sealed' }]);
    expect(await store.send({ indicators: indicatorRows([row(ids[1], 9, 70)]) })).toMatchObject({ indicators: 1 });
    expect(store.store.dates()).toEqual([{ date: DATE, state: 'open' }]);
    const reopened = await content(store);
    expect(reopened).toHaveLength(24);
    expect(reopened).toContainEqual(['BBB', 9, expect.any(Number), ...storedColumns.map((_, index) => 70 + index)]);
    const second = await store.store.seal(DATE, false);
    expect(second).toMatchObject({ generation: 2, indicators: 20, checksum: first.checksum });
    expect(sealedFiles(store)).toHaveLength(2);
    const user = await openAsUser(store.paths);
    expect(withoutCommit(await content(user))).toEqual(withoutCommit(sealed));
    user.close();
  });

  test('after its hot file was dropped go on from the sealed file', async () => {
    const { store, ids } = await wholeDay();
    await store.store.seal(DATE, false);
    const sealed = await content(store);
    await store.clock.advance(2 * DAY_MS);
    open = await store.reopen();
    expect(existsSync(join(store.paths.hotDir, `${DATE}.duckdb`))).toBe(false);
    expect(await content(open)).toEqual(sealed);
    expect(await open.send({ indicators: await rightRows(open) })).toMatchObject({ indicators: 0, ignored: 20 });
    expect(await open.send({ indicators: indicatorRows([row(ids[0], 3, 60)]) })).toMatchObject({ indicators: 1 });
    const reopened = await content(open);
    const keys = (rows: readonly unknown[][]): unknown[] => rows.map(([symbol, minute]) => [symbol, minute]);
    expect(keys(reopened)).toEqual(keys(sealed));
    expect(reopened.filter((_, index) => reopened[index]?.join() !== sealed[index]?.join())).toEqual([
      ['AAA', 3, expect.any(Number), ...storedColumns.map((_, index) => 60 + index)],
    ]);
    expect(await open.store.seal(DATE, false)).toMatchObject({ generation: 2, indicators: 20 });
    expect(withoutCommit(await content(open))).toEqual(withoutCommit(sealed));
  });
});
