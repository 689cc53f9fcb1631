import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { DAY_MS, MINUTE_MS } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import { openAsUser } from './support/catalogue.ts';
import { bar, calendarOf, DATE, OPEN, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';
import { indicatorRows, row } from './support/indicators.ts';

/** A session of ten minutes. */
const SHORT = calendarOf([['09:15', '09:25']]);
const MINUTES = Array.from({ length: 10 }, (_, minute) => minute);
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
  removeTempDirs();
});

const FIRST = storedColumns[0]?.name as string;
const ALL = storedColumns.map(({ name }) => `"${name}"::DOUBLE`).join(', ');
const content = (store: Pick<TestStore, 'ask'>): Promise<unknown[][]> =>
  store.ask(`SELECT symbol, epoch_ms(ts)::DOUBLE, epoch_ms(known_at)::DOUBLE, commit_seq::DOUBLE, ${ALL}
    FROM indicators ORDER BY ALL`);
const sealedFiles = (store: TestStore): string[] =>
  readdirSync(join(store.paths.historyDir, 'indicators', `date=${DATE}`)).filter((name) => name.startsWith('sealed-'));

/** Two instruments with bars and indicators of every minute; some rows replaced, some of minutes without a bar. */
async function wholeDay(): Promise<{ store: TestStore; ids: readonly [number, number] }> {
  open = await openTestStore({ calendar: SHORT });
  const ids = (await open.register(['AAA', 'BBB'])) as [number, number];
  const [a, b] = ids;
  for (const minute of MINUTES) {
    const indicators = indicatorRows([row(b, minute), row(a, minute)]);
    await open.send({ bars: [bar(b, minute, OFFICIAL), bar(a, minute, OFFICIAL)], indicators });
  }
  await open.send({ indicators: indicatorRows([row(a, 3, 50), row(a, 4, null), row(b, 12), row(a, -1)]) });
  return { store: open, ids };
}

describe('sealing a day with indicators', () => {
  test('keeps the newest row of every minute that has a bar, by instrument and minute', async () => {
    const { store, ids } = await wholeDay();
    const before = await content(store);
    const receipt = await store.store.seal(DATE, false);
    expect(receipt).toMatchObject({ bars: 20, indicators: 20 });
    const first = OPEN;
    const last = OPEN + 9 * MINUTE_MS;
    expect(await content(store)).toEqual(before.filter(([, ts]) => first <= Number(ts) && Number(ts) <= last));
    const file = join(store.paths.historyDir, 'indicators', `date=${DATE}`, sealedFiles(store)[0] as string);
    const order = await store.ask(`SELECT instrument_id::DOUBLE, "${FIRST}"::DOUBLE FROM read_parquet('${file}')`);
    const value = (id: number, minute: number): number | null =>
      id === ids[0] && minute === 3 ? 50 : id === ids[0] && minute === 4 ? null : minute;
    expect(order).toEqual(ids.flatMap((id) => MINUTES.map((minute) => [id, value(id, minute)])));
    const user = await openAsUser(store.paths);
    expect(await content(user)).toEqual(await content(store));
    expect(await user.ask('SELECT indicators::INT FROM seals')).toEqual([[20]]);
    user.close();
    open = await store.reopen({ checkpoint: false });
    expect(open.store.receipt(DATE)).toEqual(receipt);
    expect(await content(open)).toHaveLength(20);
  });

  test('writes no file of a day that has none', async () => {
    open = await openTestStore({ calendar: SHORT });
    const [id] = (await open.register(['AAA'])) as [number];
    await open.send({ bars: MINUTES.map((minute) => bar(id, minute, OFFICIAL)) });
    expect(await open.store.seal(DATE, false)).toMatchObject({ indicators: 0 });
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
    const equal = indicatorRows([row(ids[0], 3, 50), row(ids[0], 4, null), row(ids[1], 9)]);
    expect(await store.send({ indicators: equal })).toMatchObject({ indicators: 0, ignored: 3 });
    expect(store.store.dates()).toEqual([{ date: DATE, state: 'sealed' }]);
    expect(await store.send({ indicators: indicatorRows([row(ids[1], 9, 70)]) })).toMatchObject({ indicators: 1 });
    expect(store.store.dates()).toEqual([{ date: DATE, state: 'open' }]);
    const reopened = await store.ask(`SELECT "${FIRST}"::DOUBLE FROM indicators WHERE symbol = 'BBB' ORDER BY ts DESC
      LIMIT 2`);
    expect(reopened).toEqual([[12], [70]]);
    const second = await store.store.seal(DATE, false);
    expect(second).toMatchObject({ generation: 2, indicators: 20, checksum: first.checksum });
    expect(sealedFiles(store)).toHaveLength(2);
    const user = await openAsUser(store.paths);
    const rows = await user.ask(`SELECT count(*)::INT, count(DISTINCT (instrument_id, ts))::INT,
      max("${FIRST}")::INT FROM indicators`);
    expect(rows).toEqual([[20, 20, 70]]);
    user.close();
  });

  test('after its hot file was dropped go on from the sealed file', async () => {
    const { store, ids } = await wholeDay();
    await store.store.seal(DATE, false);
    const before = await content(store);
    await store.clock.advance(2 * DAY_MS);
    open = await store.reopen();
    expect(existsSync(join(store.paths.hotDir, `${DATE}.duckdb`))).toBe(false);
    expect(await content(open)).toEqual(before);
    expect(await open.send({ indicators: indicatorRows([row(ids[0], 3, 50)]) })).toMatchObject({ ignored: 1 });
    expect(await open.send({ indicators: indicatorRows([row(ids[0], 3, 60)]) })).toMatchObject({ indicators: 1 });
    const reopened = (await content(open)) as [string, ...number[]][];
    expect(reopened).toHaveLength(before.length);
    expect(reopened.filter((found) => !before.some((had) => had.join() === found.join()))).toHaveLength(1);
    expect(await open.store.seal(DATE, false)).toMatchObject({ generation: 2, indicators: 20 });
    expect(await content(open)).toEqual(reopened);
  });
});
