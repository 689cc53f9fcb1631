import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { serveTestStore } from './support/api.ts';
import { absence, bar, calendarOf, DATE, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';

const TIMES = calendarOf([['09:15', '09:30']]);
const CONFIRMED = { source: 'chart', state: 'confirmed' } as const;
const RECONCILED = { source: 'chart', state: 'reconciled' } as const;
const known = (time: string): number => atIst(DATE, time);
const at = (time: string): string => `${DATE}T${time}:00+05:30`;

let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;

/**
 * Fifteen minutes, three buckets of five. The first is reconciled but for a confirmed minute and a minute without trades;
 * the second has a provisional bar, seen in part; the third is official as far as it goes, but a minute of it is owed.
 */
beforeAll(async () => {
  store = await openTestStore({ calendar: TIMES });
  server = await serveTestStore(store);
  await store.register(['AAA']);
  const live = [0, 1, 2, 3, 5, 6, 7, 8, 9].map((minute) => bar(1, minute, { partial: minute === 7 }));
  await store.send({ bars: live, absences: [absence(1, 4), absence(1, 14, { reason: 'feed_silent' })] });
  await store.send({ bars: [bar(1, 3, { close: 100.75, knownAt: known('09:19') })] });
  await store.send({ bars: [bar(1, 3, { ...CONFIRMED, close: 100.25, knownAt: known('09:40') })] });
  await store.send({
    bars: [
      ...[0, 2, 3].map((minute) =>
        bar(1, minute, { ...RECONCILED, close: minute === 3 ? 100.25 : 100.5, knownAt: known('15:45') }),
      ),
      bar(1, 1, { ...CONFIRMED, knownAt: known('09:50') }),
      ...[5, 6, 8, 9, 10, 11, 12, 13].map((minute) =>
        bar(1, minute, { ...RECONCILED, volume: 1_100, knownAt: known('15:45') }),
      ),
    ],
  });
});

afterAll(async () => {
  await server.close();
  await store.close();
  removeTempDirs();
});

type Row = Record<string, unknown>;
const get = async (path: string): Promise<{ text: string; status: number }> => {
  const answer = await fetch(`${server.data.url}${path}`);
  return { text: await answer.text(), status: answer.status };
};
const bars = async (query: string): Promise<Row[]> => JSON.parse((await get(`/data/AAA?${query}`)).text).bars as Row[];
const times = async (query: string): Promise<unknown[]> =>
  (await bars(query)).map((row) => String(row['time']).slice(11, 16));

describe('a served bar', () => {
  test('says where it comes from, how final it is, whether it was seen whole and since when it is known', async () => {
    const [first, , , revised, ...rest] = await bars('');
    expect(first).toMatchObject({
      source: 'feed',
      state: 'reconciled',
      revision: 1,
      partial: false,
      known_at: at('09:16'),
    });
    expect(revised).toMatchObject({
      source: 'chart',
      state: 'reconciled',
      revision: 3,
      partial: false,
      known_at: at('09:40'),
    });
    expect(rest[2]).toMatchObject({ time: at('09:22'), source: 'feed', state: 'provisional', partial: true });
  });

  test('of a longer timeframe is what the least of its minutes is', async () => {
    const rows = await bars('timeframe=5T');
    expect(
      rows.map(({ time, source, state, revision, partial, known_at, partial_minutes }) => {
        return [time, source, state, revision, partial, known_at, partial_minutes];
      }),
    ).toEqual([
      [at('09:15'), 'feed', 'confirmed', 3, false, at('09:40'), 0],
      [at('09:20'), 'feed', 'provisional', 2, true, at('15:45'), 1],
      [at('09:25'), 'chart', 'reconciled', 1, false, at('15:45'), 0],
    ]);
  });
});

describe('?finality=', () => {
  test.each([
    ['provisional', 13],
    ['confirmed', 12],
    ['reconciled', 11],
  ])('%s gives the minutes that are that final at least', async (finality, count) => {
    expect(await bars(`finality=${finality}`)).toHaveLength(count);
  });

  test('gives longer bars only when each of their minutes is that final, or settled', async () => {
    expect(await times('timeframe=5T&finality=provisional')).toEqual(['09:15', '09:20', '09:25']);
    expect(await times('timeframe=5T&finality=confirmed')).toEqual(['09:15']);
    expect(await times('timeframe=5T&finality=reconciled')).toEqual([]);
    expect(await times('timeframe=3T&finality=reconciled')).toEqual(['09:18', '09:24']);
    expect(await times('timeframe=1D&finality=confirmed')).toEqual([]);
  });

  test('narrows CSV too, and comes before the limit', async () => {
    const { text } = await get('/data/AAA?finality=reconciled&limit=2&format=csv');
    expect(
      text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.slice(4, 20)),
    ).toEqual([`${DATE}T09:27`, `${DATE}T09:28`]);
  });

  test('is refused when it is no state', async () => {
    const { status, text } = await get('/data/AAA?finality=final');
    expect([status, JSON.parse(text).error.message]).toEqual([
      400,
      'finality "final" is not accepted; use one of provisional, confirmed, reconciled.',
    ]);
    expect(JSON.parse((await get('/indicators/AAA?finality=confirmed')).text).error.code).toBe('RTP_QUERY_INVALID');
  });
});

const REVISIONS = [
  {
    revision: 1,
    close: 100.5,
    source: 'feed',
    state: 'provisional',
    supersedes: null,
    superseded_by: 2,
    superseded_at: at('09:19'),
  },
  {
    revision: 2,
    close: 100.75,
    source: 'feed',
    state: 'provisional',
    supersedes: 1,
    superseded_by: 3,
    superseded_at: at('09:40'),
  },
  {
    revision: 3,
    close: 100.25,
    source: 'chart',
    state: 'reconciled',
    supersedes: 2,
    superseded_by: null,
    superseded_at: null,
  },
];

describe('GET /data/{symbol}/revisions', () => {
  const ofMinute = async (time: string): Promise<Row[]> => {
    const { revisions } = JSON.parse((await get(`/data/aaa/revisions?start_date=${DATE}&end_date=${DATE}`)).text);
    return (revisions as Row[]).filter((row) => row['time'] === at(time));
  };

  test('shows each minute from its first values to its last, and what superseded what', async () => {
    const answer = JSON.parse((await get('/data/AAA/revisions')).text);
    expect(answer).toMatchObject({ symbol: 'AAA', start_date: DATE, end_date: DATE, count: 19 });
    expect(await ofMinute('09:18')).toEqual(REVISIONS.map((row) => expect.objectContaining(row)));
    expect(await ofMinute('09:16')).toEqual([
      expect.objectContaining({ revision: 1, state: 'confirmed', known_at: at('09:17'), superseded_by: null }),
    ]);
  });

  test('says the same of a sealed day', async () => {
    const before = await get(`/data/AAA/revisions?start_date=${DATE}`);
    await store.store.seal(DATE, true);
    expect(await get(`/data/AAA/revisions?start_date=${DATE}`)).toEqual(before);
  });

  test('speaks CSV and takes a limit of the newest', async () => {
    const lines = (await get('/data/AAA/revisions?limit=2&format=csv')).text.split('\n');
    expect(lines[0]).toBe(
      'symbol,time,revision,open,high,low,close,volume,source,state,partial,known_at,commit_seq,supersedes,superseded_by,superseded_at',
    );
    expect(lines.slice(1)).toEqual([
      `AAA,${at('09:27')},1,100,101,99,100.5,1100,chart,reconciled,false,${at('15:45')},4,,,`,
      `AAA,${at('09:28')},1,100,101,99,100.5,1100,chart,reconciled,false,${at('15:45')},4,,,`,
      '',
    ]);
  });

  test('is one of minutes only', async () => {
    const { text } = await get('/data/AAA/revisions?timeframe=5T');
    expect(JSON.parse(text).error.message).toContain('there is no timeframe');
  });
});
