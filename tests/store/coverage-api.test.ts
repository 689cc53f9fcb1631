import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serveTestStore } from './support/api.ts';
import { absence, bar, calendarOf, DATE, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';

/** Two windows: what is missing at the end of one and the start of the next are two ranges. */
const TIMES = calendarOf([
  ['09:15', '09:20'],
  ['11:30', '11:35'],
]);
const SECOND = 135;
const BEFORE = '2016-09-29';

let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;

beforeAll(async () => {
  store = await openTestStore({ calendar: TIMES });
  server = await serveTestStore(store);
  await store.register(['AAA', 'BBB'], BEFORE);
  await store.store.seal(BEFORE, true);
  const [a, b] = (await store.register(['AAA', 'BBB'])) as [number, number];
  await store.send({
    bars: [0, 1, SECOND + 4].map((minute) => bar(a, minute)),
    absences: [
      absence(a, 2, { reason: 'broker_lag' }),
      absence(a, 3, { reason: 'broker_lag' }),
      absence(a, 4, { reason: 'feed_silent' }),
      absence(a, SECOND, { reason: 'broker_lag' }),
      absence(b, 0, { reason: 'halted' }),
      absence(b, SECOND, { reason: 'unknown' }),
    ],
  });
});

afterAll(async () => {
  await server.close();
  await store.close();
  removeTempDirs();
});

type Answer = Record<string, unknown> & { days: Record<string, unknown>[] };
const get = async (query: string): Promise<Answer> =>
  (await (await fetch(`${server.data.url}/coverage${query}`)).json()) as Answer;

const at = (time: string): string => `${DATE}T${time}:00+05:30`;
const LAG = [
  { reason: 'broker_lag', from: at('09:17'), to: at('09:18'), minutes: 2 },
  { reason: 'broker_lag', from: at('11:30'), to: at('11:30'), minutes: 1 },
];

describe('GET /coverage', () => {
  test('names every reason, of the day and of each instrument', async () => {
    const answer = await get('');
    expect(answer).toMatchObject({
      date: DATE,
      expected: 20,
      bars: 3,
      absences: 1,
      unknown: 16,
      complete: false,
      byReason: { halted: 1, feed_silent: 1, broker_lag: 3, unknown: 12 },
    });
    expect(answer['instruments']).toEqual([
      expect.objectContaining({ symbol: 'AAA', byReason: { feed_silent: 1, broker_lag: 3, unknown: 3 } }),
      expect.objectContaining({ symbol: 'BBB', byReason: { halted: 1, unknown: 9 } }),
    ]);
  });

  test('of one symbol adds up that symbol alone', async () => {
    const answer = await get(`?date=${DATE}&symbol=bbb`);
    expect(answer).toMatchObject({
      expected: 10,
      bars: 0,
      absences: 1,
      unknown: 9,
      byReason: { halted: 1, unknown: 9 },
    });
    expect(answer['instruments']).toHaveLength(1);
  });

  test('of a range answers day by day, sealed and open alike', async () => {
    const { days, ...head } = await get(`?start_date=${BEFORE}`);
    expect(head).toEqual({ start_date: BEFORE, end_date: DATE });
    expect(days.map(({ date, state, byReason }) => [date, state, byReason])).toEqual([
      [BEFORE, 'sealed', { unknown: 20 }],
      [DATE, 'open', { halted: 1, feed_silent: 1, broker_lag: 3, unknown: 12 }],
    ]);
    expect(await get(`?date=${DATE}`)).toEqual(days[1]);
  });

  test('by reason lists the minutes as ranges that no window breaks', async () => {
    expect(await get('?reason=broker_lag')).toEqual({
      date: DATE,
      reasons: ['broker_lag'],
      minutes: 3,
      instruments: [{ symbol: 'AAA', minutes: 3, ranges: LAG }],
    });
    expect(await get('?reason=halted,feed_silent')).toMatchObject({
      minutes: 2,
      instruments: [
        { symbol: 'AAA', ranges: [{ reason: 'feed_silent', from: at('09:19'), to: at('09:19'), minutes: 1 }] },
        { symbol: 'BBB', ranges: [{ reason: 'halted', from: at('09:15'), to: at('09:15'), minutes: 1 }] },
      ],
    });
  });

  test('by reason unknown also lists minutes of which nothing is recorded', async () => {
    const { days } = await get(`?start_date=${BEFORE}&end_date=${DATE}&reason=unknown&symbol=BBB`);
    expect(days.map(({ minutes }) => minutes)).toEqual([10, 9]);
    expect(days[1]?.['instruments']).toEqual([
      {
        symbol: 'BBB',
        minutes: 9,
        ranges: [
          { reason: 'unknown', from: at('09:16'), to: at('09:19'), minutes: 4 },
          { reason: 'unknown', from: at('11:30'), to: at('11:34'), minutes: 5 },
        ],
      },
    ]);
  });

  test.each([
    ['?reason=lazy', 'RTP_QUERY_INVALID', 'no_trades, halted, feed_silent'],
    ['?symbol=CCC', 'RTP_SYMBOL_UNKNOWN', '"CCC"'],
    ['?date=2016-09-30&end_date=2016-09-30', 'RTP_QUERY_INVALID', 'exclude each other'],
    ['?start_date=2016-10-01&end_date=2016-09-01', 'RTP_QUERY_INVALID', 'is after'],
    ['?timeframe=1T', 'RTP_QUERY_INVALID', 'parameter "timeframe" is unknown'],
    ['?date=2016-09-30&date=2016-09-29', 'RTP_QUERY_INVALID', 'once'],
    ['?start_date=2017-01-01&end_date=2017-01-31', 'RTP_DAY_UNKNOWN', 'Nothing is stored for 2017-01-01 to 2017-01-31'],
  ])('%s is told why not', async (query, code, message) => {
    expect(await get(query)).toEqual({
      error: { code, message: expect.stringContaining(message), fix: expect.any(String) },
    });
  });
});
