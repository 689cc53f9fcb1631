import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Bar, DAY_MS } from '@rtp/core';
import {
  absence,
  bar,
  calendarOf,
  DATE,
  openTestStore,
  removeTempDirs,
  type TestStore,
} from '../store/support/fixtures.ts';

/** A session of ten minutes. */
const SHORT = calendarOf([['09:15', '09:25']]);
const MINUTES = 10;
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
  removeTempDirs();
});

async function day(symbols = ['AAA', 'BBB']): Promise<{ store: TestStore; ids: number[] }> {
  open = await openTestStore({ calendar: SHORT });
  return { store: open, ids: await open.register(symbols) };
}

const minutesOf = (id: number, more: Partial<Bar> = {}, count = MINUTES): Bar[] =>
  Array.from({ length: count }, (_, minute) => bar(id, minute, more));

const files = (store: TestStore, table: string): string[] =>
  readdirSync(join(store.paths.historyDir, table, `date=${DATE}`)).sort();

const content = (store: TestStore): Promise<unknown[][]> =>
  store.ask(`SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, open, close, volume::DOUBLE, source, state,
    revision::DOUBLE, commit_seq::DOUBLE FROM bars ORDER BY ALL`);

describe('sealing', () => {
  test('is refused while minutes are unknown, and says how many', async () => {
    const { store, ids } = await day();
    await store.send({ bars: minutesOf(ids[0] as number, {}, 7) });
    await expect(store.store.seal(DATE, false)).rejects.toMatchObject({
      code: 'RTP_STORE_NOT_COMPLETE',
      message: `${DATE} is not complete: 13 of 20 minutes are unknown and 0 still to come.`,
    });
    expect(store.store.receipt(DATE)).toBeNull();
  });

  test('keeps every bar, final state included, and reads the same before and after', async () => {
    const { store, ids } = await day();
    const [a, b] = ids as [number, number];
    await store.send({ bars: [...minutesOf(b), ...minutesOf(a, {}, 8)] });
    await store.send({ bars: minutesOf(b, OFFICIAL) });
    await store.send({ bars: minutesOf(a, { ...OFFICIAL, close: 99.5 }, 3), absences: [absence(a, 8), absence(a, 9)] });
    const before = await content(store);
    const receipt = await store.store.seal(DATE, false);
    expect(receipt).toMatchObject({
      generation: 1,
      instruments: 2,
      bars: 18,
      superseded: 3,
      absences: 2,
      unknown: 0,
      complete: true,
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await content(store)).toEqual(before);
    expect(store.store.dates()).toEqual([{ date: DATE, state: 'sealed' }]);
    expect(store.store.report('').openDates).toEqual([]);
    expect(await store.store.coverage(DATE)).toMatchObject({ state: 'sealed', complete: true, bars: 18, absences: 2 });
    expect(await store.store.seal(DATE, false)).toEqual(receipt);
  });

  test('by force records what is unknown', async () => {
    const { store, ids } = await day(['AAA']);
    await store.send({ bars: minutesOf(ids[0] as number, {}, 6), absences: [absence(ids[0] as number, 6)] });
    expect(await store.store.seal(DATE, true)).toMatchObject({ bars: 6, absences: 1, unknown: 3, complete: false });
    expect(await store.ask('SELECT reason, count(*)::DOUBLE FROM absences GROUP BY reason ORDER BY reason')).toEqual([
      ['no_trades', 1],
      ['unknown', 3],
    ]);
    expect(await store.store.coverage(DATE)).toMatchObject({ unknown: 3, absences: 1, complete: false });
  });

  test('gives the same checksum for the same bars, however they came', async () => {
    const first = await day(['AAA']);
    await first.store.send({ bars: minutesOf(first.ids[0] as number, OFFICIAL) });
    const one = await first.store.store.seal(DATE, false);
    await first.store.close();
    const second = await day(['AAA']);
    for (const row of minutesOf(second.ids[0] as number, OFFICIAL).reverse()) await second.store.send({ bars: [row] });
    const two = await second.store.store.seal(DATE, false);
    expect(two.checksum).toBe(one.checksum);
    expect(two.commitSeq).not.toBe(one.commitSeq);
  });

  test('survives a restart', async () => {
    const { store, ids } = await day(['AAA']);
    await store.send({ bars: minutesOf(ids[0] as number) });
    const receipt = await store.store.seal(DATE, false);
    const before = await content(store);
    open = await store.reopen({ checkpoint: false });
    expect(open.store.receipt(DATE)).toEqual(receipt);
    expect(await content(open)).toEqual(before);
  });
});

describe('late data for a sealed day', () => {
  test('opens it again and closes with the next generation', async () => {
    const { store, ids } = await day(['AAA']);
    const id = ids[0] as number;
    await store.send({ bars: minutesOf(id, OFFICIAL) });
    const first = await store.store.seal(DATE, false);
    const ack = await store.send({ bars: [bar(id, 3, { ...OFFICIAL, close: 98 })] });
    expect(ack).toMatchObject({ revised: 1 });
    expect(store.store.dates()).toEqual([{ date: DATE, state: 'open' }]);
    expect(await store.ask('SELECT close, revision::DOUBLE FROM bars WHERE revision > 1')).toEqual([[98, 2]]);
    expect(await store.ask('SELECT count(*)::DOUBLE FROM bars')).toEqual([[MINUTES]]);
    const second = await store.store.seal(DATE, false);
    expect(second).toMatchObject({ generation: 2, bars: MINUTES, superseded: 1, complete: true });
    expect(second.checksum).not.toBe(first.checksum);
    expect(await store.ask('SELECT count(*)::DOUBLE, max(revision)::DOUBLE FROM bars')).toEqual([[MINUTES, 2]]);
  });

  test('that changes nothing leaves it sealed', async () => {
    const { store, ids } = await day(['AAA']);
    const bars = minutesOf(ids[0] as number, OFFICIAL);
    await store.send({ bars });
    const receipt = await store.store.seal(DATE, false);
    expect(await store.send({ bars })).toMatchObject({ ignored: MINUTES, commitSeq: receipt.commitSeq - 1 });
    expect(store.store.dates()).toEqual([{ date: DATE, state: 'sealed' }]);
  });

  test('after its hot file was dropped goes on from the sealed files', async () => {
    const { store, ids } = await day(['AAA']);
    const id = ids[0] as number;
    await store.send({ bars: minutesOf(id) });
    await store.send({ bars: minutesOf(id, { ...OFFICIAL, close: 99 }, 4) });
    await store.send({ bars: minutesOf(id, OFFICIAL).slice(4) });
    await store.store.seal(DATE, false);
    const before = await content(store);
    await store.clock.advance(2 * DAY_MS);
    open = await store.reopen();
    expect(existsSync(join(store.paths.hotDir, `${DATE}.duckdb`))).toBe(false);
    expect(await content(open)).toEqual(before);
    expect(await open.send({ bars: [bar(id, 0)] })).toMatchObject({ ignored: 1 });
    expect(await open.send({ bars: [bar(id, 5, { ...OFFICIAL, close: 97 })] })).toMatchObject({ revised: 1 });
    expect(await open.store.seal(DATE, false)).toMatchObject({ generation: 2, bars: MINUTES, superseded: 5 });
    expect(await open.ask('SELECT close, revision::DOUBLE, state FROM bars WHERE close < 98')).toEqual([
      [97, 2, 'reconciled'],
    ]);
  });
});

describe('a hot file', () => {
  test('and the files its seal replaces go a day of market time after the seal', async () => {
    const { store, ids } = await day(['AAA']);
    await store.send({ bars: minutesOf(ids[0] as number) });
    const { commitSeq } = await store.store.seal(DATE, false);
    expect(files(store, 'bars')).toHaveLength(2);
    const sealed = `sealed-${String(commitSeq).padStart(12, '0')}.parquet`;
    await store.clock.advance(2 * DAY_MS);
    await until(() => files(store, 'bars').length === 1 && files(store, 'commits').length === 1);
    expect(files(store, 'bars')).toEqual([sealed]);
    expect(existsSync(join(store.paths.hotDir, `${DATE}.duckdb`))).toBe(false);
    expect(await store.ask('SELECT count(*)::DOUBLE FROM bars')).toEqual([[MINUTES]]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  const { realDelay } = await import('@rtp/core');
  for (let attempt = 0; attempt < 500 && !condition(); attempt += 1) await realDelay(10);
}
