import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { type Adjustment, createStoreClient, type DailyOfficial, type StoreClient } from '@rtp/store-client';
import { serveTestStore } from './support/api.ts';
import { openAsUser } from './support/catalogue.ts';
import { bar, DATE, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';

const KNOWN = atIst('2016-10-03', '08:30');
const daily = (more: Partial<DailyOfficial> = {}): DailyOfficial => ({
  instrumentId: 1,
  date: DATE,
  open: 100,
  high: 110.05,
  low: 90,
  close: 101.35,
  volume: 3_000_000_000,
  knownAt: KNOWN,
  ...more,
});
const split = (more: Partial<Adjustment> = {}): Adjustment => ({
  instrumentId: 1,
  exDate: '2016-10-03',
  priceFactor: 0.5,
  volumeFactor: 2,
  knownAt: KNOWN,
  ...more,
});

let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;
let client: StoreClient;

beforeAll(async () => {
  store = await openTestStore();
  server = await serveTestStore(store);
  client = createStoreClient({ socketPath: store.paths.storeSocket });
  await store.register(['AAA', 'BBB']);
  await store.send({ bars: [bar(1, 0), bar(2, 0)] });
});

afterAll(async () => {
  await client.close();
  await server.close();
  await store.close();
  removeTempDirs();
});

/** What a user's program reads once everything is published. */
async function published(sql: string): Promise<unknown[][]> {
  await store.store.published();
  const user = await openAsUser(store.paths);
  try {
    return await user.ask(sql);
  } finally {
    user.close();
  }
}

describe("the exchange's own daily bars", () => {
  const rows = [daily({ instrumentId: 2 }), daily(), daily({ date: '2015-01-01' })];

  test('are written once, however often they are given', async () => {
    expect(await client.recordDailyOfficial(rows)).toEqual({ written: 3 });
    const later = rows.map((row) => ({ ...row, knownAt: KNOWN + 1 }));
    expect(await client.recordDailyOfficial(later)).toEqual({ written: 0 });
    expect(await client.recordDailyOfficial([])).toEqual({ written: 0 });
    expect(await client.dailyOfficial(DATE, DATE)).toEqual([rows[1], rows[0]]);
    expect(await client.dailyOfficial('2015-01-01', DATE)).toEqual([rows[2], rows[1], rows[0]]);
    expect(await client.dailyOfficial('2016-01-01', '2016-01-31')).toEqual([]);
  });

  test('are replaced by other values, of which the last count', async () => {
    const corrected = daily({ close: 102, knownAt: KNOWN + 5 });
    expect(await client.recordDailyOfficial([daily({ close: 7 }), corrected])).toEqual({ written: 1 });
    expect(await client.dailyOfficial(DATE, DATE)).toEqual([corrected, rows[0]]);
  });

  test('carry their symbol, also before the first listing', async () => {
    expect(
      await published('SELECT symbol, date::VARCHAR, close, volume::VARCHAR FROM daily_official ORDER BY ALL'),
    ).toEqual([
      ['AAA', '2015-01-01', 101.35, '3000000000'],
      ['AAA', DATE, 102, '3000000000'],
      ['BBB', DATE, 101.35, '3000000000'],
    ]);
  });

  test.each([
    [
      'an instrument that nobody registered',
      daily({ instrumentId: 99 }),
      'RTP_BATCH_INVALID',
      'row 1, column instrument_id: 99',
    ],
    ['a price of nothing', daily({ low: 0 }), 'RTP_QUERY_INVALID', 'low'],
    ['a date that is none', daily({ date: '2016-02-30' }), 'RTP_QUERY_INVALID', 'a date of the calendar'],
    ['half a share', daily({ volume: 0.5 }), 'RTP_QUERY_INVALID', 'volume'],
  ])('refuse %s and all that came with it', async (_, row, code, message) => {
    const before = await client.dailyOfficial('2000-01-01', '2030-01-01');
    await expect(client.recordDailyOfficial([daily({ close: 55 }), row])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(await client.dailyOfficial('2000-01-01', '2030-01-01')).toEqual(before);
  });
});

describe('adjustments', () => {
  test('are kept by instrument and ex-date, and move the adjusted bars', async () => {
    expect(await client.recordAdjustments([split(), split({ exDate: '2016-09-30', priceFactor: 0.1 })])).toEqual({
      written: 2,
    });
    expect(await client.recordAdjustments([split({ knownAt: KNOWN + 1 })])).toEqual({ written: 0 });
    expect(await client.recordAdjustments([split({ priceFactor: 0.2, volumeFactor: 5 })])).toEqual({ written: 1 });
    expect(await client.adjustments()).toEqual([
      split({ exDate: '2016-09-30', priceFactor: 0.1 }),
      split({ priceFactor: 0.2, volumeFactor: 5 }),
    ]);
    expect(await published('SELECT symbol, close, volume::INT FROM bars_adjusted ORDER BY symbol')).toEqual([
      ['AAA', 100.5 * 0.2, 5_000],
      ['BBB', 100.5, 1_000],
    ]);
  });

  test('refuse a factor of nothing', async () => {
    await expect(client.recordAdjustments([split({ priceFactor: 0 })])).rejects.toMatchObject({
      code: 'RTP_QUERY_INVALID',
    });
  });
});

test('what a crash kept from being published is published by the next start', async () => {
  await client.recordDailyOfficial([daily({ date: '2016-10-03', close: 77 })]);
  await client.close();
  await server.close();
  store = await store.reopen({ checkpoint: false });
  server = await serveTestStore(store);
  client = createStoreClient({ socketPath: store.paths.storeSocket });
  const user = await openAsUser(store.paths);
  expect(await user.ask(`SELECT close FROM daily_official WHERE date = '2016-10-03'`)).toEqual([[77]]);
  user.close();
  expect(await client.adjustments()).toHaveLength(2);
});
