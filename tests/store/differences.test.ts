import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bar } from '@rtp/core';
import { queryDifferences, type SourceDifferences } from '@rtp/store-client';
import { serveTestStore } from './support/api.ts';
import { openAsUser } from './support/catalogue.ts';
import { bar, calendarOf, DATE, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';

const SHORT = calendarOf([['09:15', '09:25']]);
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;
/** The official candle of every minute, close 100.5 and volume 1,000; the live bars below are measured against it. */
const official = (id: number, minute: number, more: Partial<Bar> = {}): Bar =>
  bar(id, minute, { ...OFFICIAL, ...more });

let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;

beforeAll(async () => {
  store = await openTestStore({ calendar: SHORT });
  server = await serveTestStore(store);
  const [a, b, c, d] = (await store.register(['AAA', 'BBB', 'CCC', 'DDD'])) as [number, number, number, number];
  const live: readonly Bar[] = [
    // Equal; a close 1.005 rupees off, which is 100 basis points, and a volume off by a tenth; a later revision that is right.
    bar(a, 0),
    bar(a, 1, { close: 101.505, high: 101.505, volume: 900 }),
    bar(a, 2, { close: 50, low: 50 }),
    // Not seen whole, then seen by a quote; never seen whole.
    bar(a, 3, { partial: true, volume: 1 }),
    bar(a, 4, { partial: true, volume: 1 }),
    // Taken for whole until its source withdraws it.
    bar(a, 7),
    // Nothing official ever comes of it.
    bar(a, 5, { volume: 77 }),
    ...Array.from({ length: 10 }, (_, minute) => bar(b, minute)),
    // An index has no volume; and a minute in which the official candle has none.
    bar(c, 0, { volume: 0, open: 100.1005 }),
    bar(d, 0, { volume: 10 }),
  ];
  await store.send({ bars: live });
  await store.send({ bars: [bar(a, 2), bar(a, 3, { source: 'quote', volume: 1_500 }), bar(a, 7, { partial: true })] });
  await store.send({
    bars: [
      ...[0, 1, 2, 3, 4, 6, 7].map((minute) => official(a, minute)),
      ...Array.from({ length: 10 }, (_, minute) => official(b, minute)),
      official(c, 0, { volume: 0 }),
      official(d, 0, { volume: 0 }),
    ],
  });
});

afterAll(async () => {
  await server.close();
  await store.close();
  removeTempDirs();
});

const NONE = { differ: 0, meanBp: 0, maxBp: 0 };
const NO_VOLUME = { differ: 0, meanPercent: 0, maxPercent: 0 };
const NO_PRICES = { open: NONE, high: NONE, low: NONE, close: NONE };
const bp = (differ: number, sum: number, max: number, compared: number): SourceDifferences['close'] => ({
  differ,
  meanBp: expect.closeTo(sum / compared, 9) as unknown as number,
  maxBp: expect.closeTo(max, 9) as unknown as number,
});

const EXPECTED = [
  {
    symbol: 'AAA',
    source: 'feed',
    compared: 3,
    partial: 3,
    ...NO_PRICES,
    close: bp(1, 100, 100, 3),
    high: bp(1, (0.505 / 100.5) * 10_000, (0.505 / 100.5) * 10_000, 3),
    volume: { differ: 1, meanPercent: expect.closeTo(10 / 3, 9), maxPercent: expect.closeTo(10, 9) },
  },
  {
    symbol: 'AAA',
    source: 'quote',
    compared: 1,
    partial: 0,
    ...NO_PRICES,
    volume: { differ: 1, meanPercent: 50, maxPercent: 50 },
  },
  { symbol: 'BBB', source: 'feed', compared: 10, partial: 0, ...NO_PRICES, volume: NO_VOLUME },
  { symbol: 'CCC', source: 'feed', compared: 1, partial: 0, ...NO_PRICES, open: bp(1, 10, 10, 1), volume: NO_VOLUME },
  {
    symbol: 'DDD',
    source: 'feed',
    compared: 1,
    partial: 0,
    ...NO_PRICES,
    volume: { differ: 1, meanPercent: 100, maxPercent: 100 },
  },
].map((row) => ({ ...row, date: DATE, instrumentId: expect.any(Number) }));

const differences = (): Promise<readonly SourceDifferences[]> =>
  store.store.surface.ask((run) => queryDifferences(run, DATE, DATE));

async function inCatalogue(): Promise<unknown[][]> {
  await store.store.published();
  const user = await openAsUser(store.paths);
  const rows = await user.ask(
    'SELECT symbol, source, compared::INT, partial::INT, close_max_bp FROM differences ORDER BY ALL',
  );
  user.close();
  return rows;
}

const CATALOGUE = EXPECTED.map(({ symbol, source, compared, partial, close }) => [
  symbol,
  source,
  compared,
  partial,
  close.maxBp,
]);

describe('differences between live bars and official ones', () => {
  test('are measured by symbol and source, equal minutes counted, partial ones apart', async () => {
    expect(await differences()).toEqual(EXPECTED);
  });

  test('are served of a day, of a range, of one symbol', async () => {
    const get = async (query: string): Promise<{ count: number; differences: { symbol: string }[] }> =>
      (await (await fetch(`${server.data.url}/differences?${query}`)).json()) as {
        count: number;
        differences: { symbol: string }[];
      };
    expect(await get('')).toEqual({ start_date: DATE, end_date: DATE, count: 5, differences: EXPECTED });
    expect((await get(`start_date=2016-09-01&end_date=${DATE}`)).differences).toEqual(EXPECTED);
    expect((await get('symbol=bbb')).differences.map(({ symbol }) => symbol)).toEqual(['BBB']);
    expect(await get('symbol=XYZ')).toMatchObject({ error: { code: 'RTP_SYMBOL_UNKNOWN' } });
    expect(await get('reason=unknown')).toMatchObject({ error: { code: 'RTP_QUERY_INVALID' } });
  });

  test('are the same in the catalogue, and after the seal', async () => {
    expect(await inCatalogue()).toEqual(CATALOGUE);
    await store.store.seal(DATE, true);
    expect(await differences()).toEqual(EXPECTED);
    expect(await inCatalogue()).toEqual(CATALOGUE);
  });

  test('follow an official candle that comes late', async () => {
    await store.send({ bars: [official(1, 5)] });
    expect((await differences())[0]).toMatchObject({
      source: 'feed',
      compared: 4,
      volume: { differ: 2, maxPercent: expect.closeTo(92.3, 9) },
    });
  });
});
