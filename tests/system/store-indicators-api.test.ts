import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bar, istIso, MINUTE_MS, silentLogger, TIMEFRAMES, tradingDateOf } from '@rtp/core';
import { indicatorColumn, indicatorColumns, storedColumns } from '@rtp/indicators';
import { type IndicatorTable, type MarketDataReader, openCatalogue, openMarketData } from '@rtp/store-client';
import { dataApp } from '../../packages/store/src/api/apps.ts';
import { serveTestStore } from '../store/support/api.ts';
import { decimal, expectedRows } from '../store/support/expected-rows.ts';
import { bar, removeTempDirs, type TestStore } from '../store/support/fixtures.ts';
import {
  barsOf,
  DAYS,
  expectedIndicators,
  INDEX,
  indicatorsOf,
  openShortDays,
  rowsToStore,
  SHARE,
} from '../store/support/short-days.ts';

const [FIRST, EVENING, LAST] = DAYS as [string, string, string];
const ALL = indicatorColumns.map(({ name }) => name);

let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;
let live: MarketDataReader;

beforeAll(async () => {
  store = await openShortDays();
  server = await serveTestStore(store);
  live = await openMarketData(store.paths);
});

afterAll(async () => {
  await live.close();
  await server.close();
  await store.close();
  removeTempDirs();
});

const get = (path: string, port = server.data.port): Promise<{ status: number; type: string; text: string }> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      const { statusCode = 0, headers } = response;
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: statusCode, type: headers['content-type'] ?? '', text }));
    })
      .on('error', reject)
      .end();
  });

interface Answer {
  readonly columns: readonly string[];
  readonly indicators: readonly Readonly<Record<string, number | string | null>>[];
  readonly count: number;
}
const ask = async (query: string): Promise<Answer> => JSON.parse((await get(`/indicators/AAA?${query}`)).text);

const on =
  (...dates: readonly string[]) =>
  (ts: number): boolean =>
    dates.includes(tradingDateOf(ts));

describe('GET /indicators/{symbol}', () => {
  test.each(TIMEFRAMES)('computes every column on %s bars since the first', async (timeframe) => {
    const answer = await ask(`columns=all&timeframe=${timeframe}&start_date=${FIRST}&end_date=${LAST}`);
    expect(answer).toMatchObject({ symbol: 'AAA', timeframe, start_date: FIRST, end_date: LAST, columns: ALL });
    const expected = expectedRows(timeframe, ALL);
    expect(answer.indicators).toEqual(expected);
    expect(answer.count).toBe(expected.length);
    expect((answer as { derived?: string }).derived).toBe(timeframe === '1T' ? undefined : 'minutes');
  });

  test('has values in every column by the end of the series, but for those that need sessions or luck', async () => {
    const { indicators } = await ask(`columns=all&start_date=${LAST}&limit=1`);
    const missing = ALL.filter((name) => indicators[0]?.[name] === null && indicatorColumn(name)?.first !== null);
    expect(missing).toEqual([]);
  });

  test('cuts to the dates asked for, not the series', async () => {
    const columns = 'ema_200,vwap,pd_close,beta_bench_30,rsi_14';
    const { indicators } = await ask(`columns=${columns}&start_date=${EVENING}&end_date=${EVENING}`);
    expect(indicators).toEqual(expectedRows('1T', columns.split(','), on(EVENING)));
    expect(indicators.length).toBeGreaterThan(40);
  });

  test('asks for the newest day and the stored columns when nothing is said', async () => {
    const answer = await ask('');
    const names = storedColumns.map(({ name }) => name);
    expect(answer).toMatchObject({ start_date: LAST, end_date: LAST, columns: names });
    expect(answer.indicators).toEqual(expectedRows('1T', names, on(LAST)));
  });

  test('takes families and columns, each once and in the order asked for', async () => {
    const zones = ALL.filter((name) => indicatorColumn(name)?.family === 'zones');
    const { columns } = await ask(`columns=RSI_14,zones,rsi_14,zone_side,&limit=1`);
    expect(columns).toEqual(['rsi_14', ...zones]);
  });

  test('keeps the newest rows of a limit', async () => {
    const answer = await ask(`columns=rsi_14,cmo_14&start_date=${FIRST}&limit=3`);
    expect(answer.indicators).toEqual(expectedRows('1T', ['rsi_14', 'cmo_14']).slice(-3));
  });

  test('speaks CSV, with nothing where there is no value', async () => {
    const { type, text } = await get(
      `/indicators/aaa?columns=sma_5,td_setup&start_date=${FIRST}&end_date=${FIRST}&format=csv`,
    );
    expect(type).toBe('text/csv; charset=utf-8');
    const rows = expectedRows('1T', ['sma_5', 'td_setup'], on(FIRST));
    expect(rows[0]).toMatchObject({ sma_5: null });
    expect(text).toBe(
      ['symbol,time,sma_5,td_setup', ...rows.map((row) => ['AAA', ...Object.values(row)].join()), ''].join('\n'),
    );
  });

  test('shows stored values and computed ones alike', async () => {
    const query = `columns=all&start_date=${FIRST}&end_date=${LAST}`;
    const computed = await ask(query);
    // The first day whole, the second in part, nothing of the third.
    await store.send({ tradingDate: FIRST, indicators: rowsToStore(on(FIRST)) });
    await store.store.seal(FIRST, true);
    await store.send({
      tradingDate: EVENING,
      indicators: rowsToStore((ts) => on(EVENING)(ts) && ts % (2 * MINUTE_MS) === 0),
    });
    expect(await ask(query)).toEqual(computed);
  });

  test('takes the stored value where there is one', async () => {
    const [time] = expectedIndicators('1T').times.filter(on(LAST)) as [number];
    const rows = rowsToStore((ts) => ts === time);
    const columns = rows.columns.map((values, index) =>
      rows.names[index] === 'sma_5' ? Float32Array.of(7.07) : values,
    );
    await store.send({ tradingDate: LAST, indicators: { ...rows, columns } });
    const rowsOf = async (timeframe: string): Promise<unknown> =>
      (await ask(`columns=sma_5,sma_10&start_date=${LAST}&timeframe=${timeframe}`)).indicators[0]?.['sma_5'];
    expect(await rowsOf('1T')).toBe(7.07);
    await store.store.published();
    const stored = await openCatalogue(store.paths);
    expect((await stored.loadIndicators('AAA', '1T', LAST, LAST, ['sma_5'])).values[0]?.[0]).toBe(7.07);
    await stored.close();
    expect(await rowsOf('3T')).not.toBe(7.07);
    await store.send({ tradingDate: LAST, indicators: rowsToStore((ts) => ts === time) });
    expect((await ask(`columns=sma_5&start_date=${FIRST}`)).indicators).toEqual(expectedRows('1T', ['sma_5']));
  });

  test('knows bars of a day without any whole one', async () => {
    await store.register(['BBB'], LAST);
    await store.send({ bars: [bar(3, 0, { partial: true })] });
    expect(JSON.parse((await get('/indicators/BBB?columns=rsi_14')).text)).toMatchObject({
      indicators: [],
      count: 0,
    });
    expect(JSON.parse((await get('/levels/BBB')).text)).toMatchObject({
      time: null,
      close: null,
      levels: [],
      zones: [],
    });
  });

  test('gives NIFTY its own indicators', async () => {
    const answer = JSON.parse((await get(`/indicators/NIFTY?columns=sma_5&start_date=${FIRST}`)).text);
    const closes = barsOf(INDEX).flatMap(({ close, partial }) => (partial ? [] : [close]));
    const mean = closes.slice(-5).reduce((sum, close) => sum + close, 0) / 5;
    expect(answer.indicators.at(-1)).toMatchObject({ sma_5: Math.round(mean * 100) / 100 });
  });
});

describe('GET /indicators/{symbol} that cannot be answered', () => {
  test.each([
    ['AAB', '', 404, 'RTP_SYMBOL_UNKNOWN', 'did you mean AAA'],
    ['AAA', 'columns=rsi14', 400, 'RTP_INDICATOR_UNKNOWN', '"rsi14" (did you mean rsi_14?) is no indicator'],
    [
      'AAA',
      'columns=rsi_14,hunch,emma_20',
      400,
      'RTP_INDICATOR_UNKNOWN',
      '"hunch", "emma_20" (did you mean ema_20?) are no',
    ],
    ['AAA', 'columns=rsi_14&columns=obv', 400, 'RTP_QUERY_INVALID', 'once'],
    [
      'AAA',
      'column=rsi_14',
      400,
      'RTP_QUERY_INVALID',
      'accepted are timeframe, start_date, end_date, limit, format, columns',
    ],
    ['AAA', 'timeframe=2T', 400, 'RTP_QUERY_INVALID', '1T, 3T'],
    ['AAA', 'start_date=2016-10-03', 404, 'RTP_DAY_UNKNOWN', LAST],
    ['AAA', 'start_date=30-09-2016', 400, 'RTP_DATE_INVALID', 'is not a date'],
    ['AAA', 'format=xml', 400, 'RTP_QUERY_INVALID', 'json, csv'],
  ])('%s?%s is told why', async (symbol, query, status, code, message) => {
    const answer = await get(`/indicators/${symbol}?${query}`);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('an answer of too many values is refused, not cut', async () => {
    const stream = { heartbeatMs: 15_000, bufferBytes: 4_194_304 };
    const options = { store: store.store, logger: silentLogger, maxRows: 1_000_000, maxValues: 10, stream };
    const small = createServer(dataApp(options, '127.0.0.1')).listen(0, '127.0.0.1');
    await once(small, 'listening');
    try {
      const { port } = small.address() as AddressInfo;
      const path = `/indicators/AAA?start_date=${LAST}&columns=rsi_14,obv`;
      const refused = await get(path, port);
      const { error } = JSON.parse(refused.text);
      expect([refused.status, error.code]).toEqual([400, 'RTP_QUERY_INVALID']);
      expect(error.message).toMatch(/rows of 2 columns, more than 10 values; .* limit=5 or less/);
      expect(JSON.parse((await get(`${path}&limit=5`, port)).text)).toMatchObject({ count: 5 });
    } finally {
      small.close();
    }
  });
});

interface Entity {
  readonly id: string;
  readonly price: number;
  readonly side: string;
  readonly low: number;
  readonly high: number;
  readonly strength: number;
  readonly score: number;
  readonly tests: number;
  readonly distance: number;
  readonly distance_atr: number;
  readonly live: boolean;
  readonly born: string;
  readonly last_touched: string;
  readonly died: string | null;
  readonly events: readonly { readonly event: string; readonly time: string }[];
}
interface Levels {
  readonly time: string;
  readonly close: number;
  readonly atr_14: number;
  readonly levels: readonly Entity[];
  readonly zones: readonly Entity[];
}

describe('GET /levels/{symbol}', () => {
  const levels = async (query: string): Promise<Levels> => JSON.parse((await get(`/levels/AAA?${query}`)).text);

  test.each([
    [`date=${FIRST}`, '1T', FIRST],
    ['', '1T', LAST],
    ['timeframe=3T', '3T', LAST],
  ] as const)('%s names the levels and zones of the columns of the last bar', async (query, timeframe, date) => {
    const answer = await levels(query);
    const { indicators } = await ask(
      `columns=levels,zones,atr_14&timeframe=${timeframe}&start_date=${date}&end_date=${date}&limit=1`,
    );
    const [row] = indicators as [Record<string, number | string | null>];
    const shortened = (name: string): number | null => {
      const value = row[name];
      return typeof value === 'number' ? Number(value.toFixed(indicatorColumn(name)!.decimals)) : null;
    };
    expect([answer.time, answer.atr_14]).toEqual([row['time'], row['atr_14']]);
    expect(answer.levels.every(({ live }) => live)).toBe(true);
    for (const [side, name] of [
      ['resistance', 'r'],
      ['support', 's'],
    ] as const) {
      const near = answer.levels.filter((level) => level.side === side);
      for (const rank of [1, 2, 3]) {
        expect(near[rank - 1]?.price ?? null).toBe(shortened(`sr_${name}${rank}`));
        expect(near[rank - 1]?.strength ?? null).toBe(shortened(`sr_${name}${rank}_strength`));
      }
    }
    const nearest = answer.levels[0] as Entity;
    expect(nearest.distance).toBeCloseTo(nearest.price - answer.close, 6);
    expect(nearest.distance_atr).toBeCloseTo(nearest.distance / answer.atr_14, 1);
    for (const side of ['supply', 'demand']) {
      const [zone] = answer.zones.filter((one) => one.side === side);
      expect([zone?.low ?? null, zone?.high ?? null, zone?.score ?? null, zone?.tests ?? null]).toEqual(
        ['low', 'high', 'score', 'tests'].map((name) => shortened(`${side}_${name}`)),
      );
    }
  });

  test('tells with history what is no more, and when everything happened', async () => {
    const now = await levels('');
    const all = await levels('history=true');
    const { times } = expectedIndicators('1T');
    const instants = new Set(times.map(istIso));
    const plain = (of: readonly Entity[]): unknown =>
      of.filter(({ live }) => live).map(({ events, died, ...rest }) => ({ ...rest, merged_into: undefined }));
    expect(plain(all.levels)).toEqual(plain(now.levels));
    expect(plain(all.zones)).toEqual(plain(now.zones));
    expect(all.levels.some(({ events }) => events.length > 2)).toBe(true);
    expect(all.zones.some(({ live }) => live)).toBe(true);
    expect(all.zones.some(({ live }) => !live)).toBe(true);
    for (const one of [...all.levels, ...all.zones]) {
      expect(one.events[0]).toMatchObject({ event: 'born', time: one.born });
      expect(one.events.every(({ time }) => instants.has(time))).toBe(true);
      expect(instants.has(one.last_touched)).toBe(true);
      expect(one.died).toBe(one.live ? null : one.events.at(-1)?.time);
    }
  });

  test('keeps ids while bars are added', async () => {
    const early = await levels(`date=${FIRST}&history=true`);
    const later = new Set((await levels('history=true')).levels.map(({ id }) => id));
    expect(early.levels.length).toBeGreaterThan(2);
    expect(early.levels.filter(({ id }) => !later.has(id))).toEqual([]);
    expect(early.levels[0]?.id).toMatch(/^(high|low)-2016-09-28T\d\d:\d\d$/);
  });

  test.each([
    ['AAB', '', 404, 'RTP_SYMBOL_UNKNOWN'],
    ['AAA', 'date=2016-10-03', 404, 'RTP_DAY_UNKNOWN'],
    ['AAA', 'date=today', 400, 'RTP_DATE_INVALID'],
    ['AAA', 'history=maybe', 400, 'RTP_QUERY_INVALID'],
    ['AAA', 'timeframe=2T', 400, 'RTP_QUERY_INVALID'],
    ['AAA', 'start_date=2016-09-30', 400, 'RTP_QUERY_INVALID'],
  ])('%s?%s is told why', async (symbol, query, status, code) => {
    const answer = await get(`/levels/${symbol}?${query}`);
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([status, code]);
  });
});

describe('the library', () => {
  const columns = ['rsi_14', 'beta_bench_30', 'poc', 'pivot', 'sar_side', 'zones'];

  test('reads the same through the store and through the catalogue', async () => {
    await store.store.published();
    const stored = await openCatalogue(store.paths);
    try {
      for (const timeframe of TIMEFRAMES) {
        const table = await live.loadIndicators('aaa', timeframe, FIRST, LAST, columns);
        const { times, values } = expectedIndicators(timeframe);
        expect([...table.times]).toEqual(times);
        expect(rows(table, 'beta_bench_30')).toEqual(
          [...(values.get('beta_bench_30') as Float64Array)].map((v) => decimal('beta_bench_30', v)),
        );
        expect(await stored.loadIndicators('aaa', timeframe, FIRST, LAST, columns)).toEqual(table);
      }
      const all = await live.loadIndicators('AAA', '1T', LAST, LAST);
      expect(all.columns).toEqual(storedColumns.map(({ name }) => name));
      expect(await stored.loadIndicators('AAA', '1T', LAST, LAST)).toEqual(all);
      for (const reader of [live, stored]) {
        await expect(reader.loadIndicators('AAA', '1T', LAST, LAST, ['rsi_15'])).rejects.toMatchObject({
          code: 'RTP_INDICATOR_UNKNOWN',
          message: expect.stringContaining('did you mean rsi_14?'),
        });
        await expect(reader.loadIndicators('AAB', '1T', LAST, LAST)).rejects.toMatchObject({
          code: 'RTP_SYMBOL_UNKNOWN',
        });
      }
    } finally {
      await stored.close();
    }
  });

  const rows = (table: IndicatorTable, name: string): (number | null)[] =>
    [...(table.values[table.columns.indexOf(name)] as Float64Array)].map((value) =>
      Number.isNaN(value) ? null : value,
    );
});

test('a minute committed a moment ago is in the answers', async () => {
  const last = barsOf(SHARE).at(-1) as Bar;
  const next = bar(SHARE, 0, { ...last, ts: last.ts + MINUTE_MS, close: last.high, volume: 5, partial: false });
  await store.send({ tradingDate: LAST, bars: [next] });
  const { indicators } = await ask(`columns=all&start_date=${LAST}`);
  expect(indicators).toEqual(expectedRows('1T', ALL, on(LAST), indicatorsOf('1T', [...barsOf(SHARE), next])));
  expect(JSON.parse((await get('/levels/AAA')).text)).toMatchObject({ time: istIso(next.ts), close: next.close });
});
