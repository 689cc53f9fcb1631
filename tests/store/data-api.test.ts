import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, type Bar, istIso, MINUTE_MS, TIMEFRAME_MINUTES, TIMEFRAMES, type Timeframe } from '@rtp/core';
import { createStoreClient, makeBatch, openCatalogue, openMarketData, type StoreClient } from '@rtp/store-client';
import { serveTestStore } from './support/api.ts';
import {
  absence,
  bar,
  calendarOf,
  DATE,
  listing,
  openTestStore,
  removeTempDirs,
  type TestStore,
} from './support/fixtures.ts';

/** Two windows: buckets must start anew at the second. */
const TIMES = [
  ['09:15', '10:00'],
  ['11:30', '12:30'],
] as const;
const MINUTES = TIMES.flatMap(([open, close]) => {
  const from = atIst(DATE, open);
  return Array.from({ length: (atIst(DATE, close) - from) / MINUTE_MS }, (_, index) => from + index * MINUTE_MS);
});
const QUIET = MINUTES[4] as number;

/** Bars with every field different, from a small multiplicative generator. */
const BARS: readonly Bar[] = MINUTES.filter((ts) => ts !== QUIET).map((ts, index) => {
  const noise = ((index + 1) * 7_919) % 101;
  const open = 100 + noise / 20;
  const close = 100 + ((noise * 31) % 97) / 20;
  return bar(1, 0, {
    ts,
    open,
    close,
    high: Math.max(open, close) + noise / 50,
    low: Math.min(open, close) - 0.05,
    volume: noise * 10,
  });
});

/** When every bar above became known. */
const KNOWN = '2016-09-30T09:16:00+05:30';

let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;
let client: StoreClient;

beforeAll(async () => {
  store = await openTestStore({ calendar: calendarOf(TIMES) });
  server = await serveTestStore(store, 200);
  client = createStoreClient({ socketPath: store.paths.storeSocket });
  await client.registerInstruments(DATE, [listing('RELIANCE'), listing('M&M'), listing('TCS')]);
  const envelope = { producerId: 'test', epoch: 1, seq: 1, tradingDate: DATE };
  await client.append(makeBatch(envelope, { bars: BARS, absences: [absence(1, 0, { ts: QUIET })] }));
});

afterAll(async () => {
  await client.close();
  await server.close();
  await store.close();
  removeTempDirs();
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

const get = (path: string, options: { method?: string; host?: string; socket?: boolean } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { port } = server.data;
    const where = options.socket ? { socketPath: store.paths.storeSocket } : { host: '127.0.0.1', port };
    const headers = { host: options.host ?? `127.0.0.1:${port}` };
    const outgoing = request({ ...where, path, headers, method: options.method ?? 'GET', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    outgoing.on('error', reject).end();
  });

const json = async (path: string): Promise<Record<string, unknown>> => JSON.parse((await get(path)).text);

/** Resampling written out the slow way: minute by minute, window by window. */
function resampled(timeframe: Timeframe): unknown[] {
  const bars: { time: string; open: number; high: number; low: number; close: number; volume: number }[] = [];
  let current = '';
  for (const row of BARS) {
    const window = TIMES.findLast(([open]) => atIst(DATE, open) <= row.ts) ?? TIMES[0];
    const start = timeframe === '1D' ? TIMES[0][0] : window[0];
    const step = timeframe === '1D' ? Number.POSITIVE_INFINITY : TIMEFRAME_MINUTES[timeframe];
    const passed = Math.floor((row.ts - atIst(DATE, start)) / MINUTE_MS / step);
    const time = istIso(atIst(DATE, start) + (passed === 0 ? 0 : passed * step * MINUTE_MS));
    const last = bars.at(-1);
    if (time !== current || last === undefined) {
      bars.push({ time, open: row.open, high: row.high, low: row.low, close: row.close, volume: row.volume });
      current = time;
    } else {
      last.high = Math.max(last.high, row.high);
      last.low = Math.min(last.low, row.low);
      last.close = row.close;
      last.volume += row.volume;
    }
  }
  return bars;
}

describe('GET /data/{symbol}', () => {
  test.each(TIMEFRAMES)('resamples to %s within each session window', async (timeframe) => {
    const answer = await json(`/data/RELIANCE?timeframe=${timeframe}&start_date=${DATE}`);
    const rows = answer['bars'] as Record<string, unknown>[];
    const bars = rows.map(({ source, state, revision, partial, known_at, partial_minutes, ...rest }) => {
      expect([source, state, revision, partial, known_at]).toEqual(['feed', 'provisional', 1, false, KNOWN]);
      expect(partial_minutes).toBe(timeframe === '1T' ? undefined : 0);
      return rest;
    });
    expect(bars).toEqual(resampled(timeframe));
    expect(answer).toMatchObject({ symbol: 'RELIANCE', timeframe, count: bars.length });
    expect(answer['derived']).toBe(timeframe === '1T' ? undefined : 'minutes');
  });

  test('speaks CSV', async () => {
    const answer = await get(`/data/reliance?start_date=${DATE}&end_date=${DATE}&format=csv&limit=2`);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const rows = BARS.slice(-2).map((row) =>
      [
        'RELIANCE',
        istIso(row.ts),
        row.open,
        row.high,
        row.low,
        row.close,
        row.volume,
        'feed',
        'provisional',
        1,
        false,
        KNOWN,
      ].join(),
    );
    const header = 'symbol,time,open,high,low,close,volume,source,state,revision,partial,known_at';
    expect(answer.text).toBe(`${header}\n${rows.join('\n')}\n`);
    expect(rows[0]).toContain(',2016-09-30T12:28:00+05:30,');
  });

  test('asks for the newest day when no date is given', async () => {
    expect(await json('/data/RELIANCE')).toMatchObject({ start_date: DATE, end_date: DATE, count: BARS.length });
  });

  test('takes an empty parameter for one that was not given', async () => {
    const answer = await json('/data/RELIANCE?timeframe=&start_date=&end_date=&limit=&format=');
    expect(answer).toMatchObject({ timeframe: '1T', start_date: DATE, end_date: DATE, count: BARS.length });
  });

  test('shows what was committed a moment ago', async () => {
    const before = (await json('/data/TCS'))['count'];
    await store.send({ bars: [bar(3, 0)] });
    expect([before, (await json('/data/TCS'))['count']]).toEqual([0, 1]);
  });

  test('knows symbols that need encoding', async () => {
    expect(await json('/data/M%26M')).toMatchObject({ symbol: 'M&M', bars: [], count: 0 });
  });

  test('gives the same answers on the socket', async () => {
    const path = `/data/RELIANCE?timeframe=5T&start_date=${DATE}`;
    expect((await get(path, { socket: true })).text).toBe((await get(path)).text);
  });
});

describe('a request that cannot be answered', () => {
  const cases = [
    ['/data/RELIANCES', 404, 'RTP_SYMBOL_UNKNOWN', 'did you mean RELIANCE?'],
    ['/data/XYZZY', 404, 'RTP_SYMBOL_UNKNOWN', '3 symbols are stored'],
    ['/data/TCS?start_date=2016-10-03', 404, 'RTP_DAY_UNKNOWN', `stored: ${DATE}`],
    ['/data/TCS?timeframe=2T', 400, 'RTP_QUERY_INVALID', '1T, 3T, 5T, 15T, 30T, 1H, 1D'],
    ['/data/TCS?start_date=30-09-2016', 400, 'RTP_DATE_INVALID', '"30-09-2016" is not a date'],
    ['/data/TCS?start_date=2016-09-30&end_date=2016-09-01', 400, 'RTP_QUERY_INVALID', 'is after end_date'],
    ['/data/TCS?limit=-1', 400, 'RTP_QUERY_INVALID', 'limit "-1"'],
    ['/data/TCS?limit=0', 400, 'RTP_QUERY_INVALID', 'limit "0"'],
    ['/data/TCS?format=xml', 400, 'RTP_QUERY_INVALID', 'json, csv'],
    ['/data/TCS?from=2016-09-30', 400, 'RTP_QUERY_INVALID', 'parameter "from" is unknown'],
    ['/data/TCS?limit=1&limit=2', 400, 'RTP_QUERY_INVALID', 'once'],
    ['/data/%E0%A4%A', 400, 'RTP_HTTP_REQUEST_INVALID', 'cannot be decoded'],
    ['/coverage?date=2016-10-03', 404, 'RTP_DAY_UNKNOWN', `stored: ${DATE}`],
    ['/coverage?date=today', 400, 'RTP_DATE_INVALID', '"today" is not a date'],
    ['/ingest', 404, 'RTP_HTTP_ROUTE_UNKNOWN', '/ingest'],
  ] as const;
  test.each(cases)('%s is told why', async (path, status, code, message) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    const { error } = JSON.parse(answer.text) as { error: Record<string, string> };
    expect(error).toEqual({ code, message: expect.stringContaining(message), fix: expect.any(String) });
  });

  test('only reading is allowed', async () => {
    const answer = await get('/symbols', { method: 'POST' });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  test('another host name is refused', async () => {
    expect((await get('/symbols', { host: 'attacker.example' })).status).toBe(403);
    expect((await get('/symbols', { host: `localhost:${server.data.port}` })).status).toBe(200);
  });

  test('an answer too large to give whole is refused, not cut', async () => {
    await store.register(['BIG']);
    const bars = Array.from({ length: 201 }, (_, minute) => bar(4, minute - 9 * 60));
    await store.send({ bars });
    const answer = await get('/data/BIG');
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([400, 'RTP_QUERY_INVALID']);
    expect((await json('/data/BIG?limit=200'))['count']).toBe(200);
  });
});

describe('other routes', () => {
  test('GET / lists the routes', async () => {
    expect(Object.keys((await json('/'))['routes'] as object)).toContain('GET /symbols');
  });

  test('GET /symbols names every instrument', async () => {
    const { symbols } = (await json('/symbols')) as { symbols: { symbol: string }[] };
    expect(symbols.map(({ symbol }) => symbol)).toEqual(expect.arrayContaining(['M&M', 'RELIANCE', 'TCS']));
  });

  test('GET /coverage explains every expected minute', async () => {
    const coverage = (await json(`/coverage?date=${DATE}`)) as { instruments: Record<string, unknown>[] };
    expect(coverage.instruments.find(({ symbol }) => symbol === 'RELIANCE')).toMatchObject({
      expected: MINUTES.length,
      bars: BARS.length,
      absences: 1,
      byReason: { no_trades: 1 },
      unknown: 0,
      pending: 0,
    });
  });
});

describe('the client', () => {
  test('gets the state of every minute', async () => {
    const minutes = await client.dayState(DATE);
    expect(minutes.filter(({ instrumentId }) => instrumentId === 1)).toHaveLength(MINUTES.length);
    expect(minutes).toContainEqual({
      instrumentId: 1,
      ts: QUIET,
      source: null,
      state: null,
      partial: false,
      reason: 'no_trades',
    });
    expect(minutes).toContainEqual({
      instrumentId: 1,
      ts: BARS[0]?.ts,
      source: 'feed',
      state: 'provisional',
      partial: false,
      reason: null,
    });
  });

  test('hears why a batch is refused', async () => {
    const batch = makeBatch({ producerId: 'test', epoch: 1, seq: 2, tradingDate: DATE }, { bars: [bar(77, 0)] });
    await expect(client.append(batch)).rejects.toMatchObject({
      code: 'RTP_BATCH_INVALID',
      fix: expect.any(String),
    });
  });

  test('hears that a day cannot be sealed', async () => {
    await expect(client.seal(DATE)).rejects.toMatchObject({ code: 'RTP_STORE_NOT_COMPLETE', status: 409 });
    expect(await client.receipt(DATE)).toBeNull();
    expect(await client.dates()).toEqual([{ date: DATE, state: 'open' }]);
    expect((await client.instruments(DATE)).map(({ symbol }) => symbol)).toEqual(expect.arrayContaining(['TCS']));
  });

  test('reads the same through the store and through the catalogue', async () => {
    await store.store.published();
    const live = await openMarketData(store.paths);
    const stored = await openCatalogue(store.paths);
    expect([live.via, stored.via]).toEqual(['store', 'catalogue']);
    try {
      expect(await stored.getAvailableSymbols()).toEqual(await live.getAvailableSymbols());
      for (const timeframe of TIMEFRAMES) {
        const bars = await live.getMarketData('RELIANCE', timeframe, DATE, DATE);
        expect(bars.length).toBeGreaterThan(0);
        expect(await stored.getMarketData('RELIANCE', timeframe, DATE, DATE)).toEqual(bars);
      }
      expect((await stored.getCoverage(DATE)).instruments).toEqual((await live.getCoverage(DATE)).instruments);
      for (const reader of [live, stored]) {
        await expect(reader.getMarketData('RELIANC', '1T', DATE, DATE)).rejects.toMatchObject({
          code: 'RTP_SYMBOL_UNKNOWN',
        });
        await expect(reader.getCoverage('2016-10-03')).rejects.toMatchObject({ code: 'RTP_DAY_UNKNOWN' });
      }
    } finally {
      await live.close();
      await stored.close();
    }
  });
});
