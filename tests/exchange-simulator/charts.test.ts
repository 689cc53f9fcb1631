import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import type { MarketDay, MarketInstrument } from '@rtp/exchange-simulator';
import { javaDouble } from '../../packages/exchange-simulator/src/rest/java-number.ts';
import { dayOf, type Exchange, type ExchangeSettings, mint, post, type Reply, startExchange } from './harness.ts';

const DATE = '2016-09-30';
const EMPTY = { open: [], high: [], low: [], close: [], volume: [], timestamp: [] };
const ANY_NUMBER = { chart_calls_per_second: 1_000_000 };

let day: MarketDay;
const exchanges: Exchange[] = [];

beforeAll(async () => {
  day = await dayOf({ shipped: DATE });
});
afterAll(async () => {
  for (const exchange of exchanges) await exchange.close();
});

const instrumentOf = (symbol: string): MarketInstrument =>
  day.instruments.find((instrument) => instrument.symbol === symbol) as MarketInstrument;

interface Broker {
  readonly exchange: Exchange;
  readonly token: string;
  intraday(fields: object, symbol?: string): Promise<Reply>;
  historical(fields: object): Promise<Reply>;
}

async function brokerAt(time: string, config: ExchangeSettings = ANY_NUMBER): Promise<Broker> {
  const exchange = await startExchange(day, time, config);
  exchanges.push(exchange);
  const token = await mint(exchange);
  const bodyOf = (symbol: string, fields: object) => ({
    securityId: String(instrumentOf(symbol).securityId),
    exchangeSegment: 'NSE_EQ',
    instrument: 'EQUITY',
    fromDate: DATE,
    toDate: DATE,
    ...fields,
  });
  return {
    exchange,
    token,
    intraday: (fields, symbol = 'ITC') =>
      post(`${exchange.url}/v2/charts/intraday`, token, { ...bodyOf(symbol, { interval: '1' }), ...fields }),
    historical: (fields) => post(`${exchange.url}/v2/charts/historical`, token, bodyOf('ITC', fields)),
  };
}

/** IST times of day of an answer's candles. */
function times(reply: Reply): string[] {
  return reply.json.timestamp.map((ts: number) => new Date((ts + 19_800) * 1_000).toISOString().slice(11, 16));
}

function recorded(symbol: string, omitNoTrade = true): object {
  const instrument = instrumentOf(symbol);
  const columns: Record<string, number[]> = { open: [], high: [], low: [], close: [], volume: [], timestamp: [] };
  for (let row = instrument.firstRow; row < instrument.endRow; row += 1) {
    const bar = day.bar(row);
    if (omitNoTrade && bar.volume === 0) continue;
    for (const [name, value] of Object.entries(bar)) columns[name]?.push(value);
    columns.timestamp?.push((day.bars.ts[row] as number) / 1_000);
  }
  return columns;
}

describe('after the close', () => {
  test('the charts of all symbols are every recorded bar with volume, value for value', async () => {
    const broker = await brokerAt('16:00');
    for (const { symbol } of day.instruments) {
      expect((await broker.intraday({}, symbol)).json).toEqual(recorded(symbol));
    }
  });

  test('minutes without trades are flat bars when asked to be', async () => {
    const broker = await brokerAt('16:00', { no_trade_minutes: 'flat', ...ANY_NUMBER });
    const thin = day.instruments.find((instrument) => {
      for (let row = instrument.firstRow; row < instrument.endRow; row += 1)
        if (day.bars.volume[row] === 0) return true;
      return false;
    }) as MarketInstrument;
    const reply = await broker.intraday({}, thin.symbol);
    expect(reply.json).toEqual(recorded(thin.symbol, false));
    expect(reply.json.volume).toContain(0);
  });

  test('numbers are printed as the broker prints them', async () => {
    const { text } = await (await brokerAt('16:00')).intraday({});
    expect(text).toMatch(/^\{"open":\[[\d.,]+\],"high":\[/);
    expect(text).toContain('"timestamp":[1.4752071E9,');
    expect(text).toMatch(/"volume":\[\d+\.0,/);
    expect([0, 1, 75094, 14194881, 1795146300, 1412.35, 0.001, 0.0001, -5].map(javaDouble)).toEqual([
      '0.0',
      '1.0',
      '75094.0',
      '1.4194881E7',
      '1.7951463E9',
      '1412.35',
      '0.001',
      '1.0E-4',
      '-5.0',
    ]);
  });

  test('longer intervals count from the opening of the session', async () => {
    const broker = await brokerAt('16:00');
    expect(times(await broker.intraday({ interval: '60' }))).toEqual([
      '09:15',
      '10:15',
      '11:15',
      '12:15',
      '13:15',
      '14:15',
      '15:15',
    ]);
    const five = await broker.intraday({ interval: 5 });
    const one = await broker.intraday({});
    expect(five.json.timestamp).toHaveLength(75);
    expect(five.json.open[1]).toBe(one.json.open[5]);
    expect(five.json.close[0]).toBe(one.json.close[4]);
    expect(five.json.high[0]).toBe(Math.max(...one.json.high.slice(0, 5)));
  });

  test('open interest is a column of its own, only when asked for', async () => {
    const { json } = await (await brokerAt('16:00')).intraday({ oi: true });
    expect(json.open_interest).toEqual(json.timestamp.map(() => 0));
  });
});

describe('range boundaries', () => {
  test('on a past day a timed fromDate is exclusive, a timed toDate bounds bar starts, bare dates are inclusive', async () => {
    const broker = await brokerAt('16:00');
    await broker.exchange.clock.advanceTo(atIst('2016-10-01', '10:00'));
    const timesOf = async (fromDate: string, toDate: string) => times(await broker.intraday({ fromDate, toDate }));
    expect((await timesOf(`${DATE} 09:15:00`, DATE))[0]).toBe('09:16');
    expect((await timesOf(`${DATE} 09:14:00`, DATE))[0]).toBe('09:15');
    expect(await timesOf(DATE, `${DATE} 09:17:00`)).toEqual(['09:15', '09:16', '09:17']);
    expect(await timesOf(DATE, DATE)).toHaveLength(375);
    expect(await timesOf('2016-09-29', DATE)).toHaveLength(375);
    expect(await timesOf(DATE, '2016-10-01')).toHaveLength(375);
    expect(await timesOf('2016-09-28', '2016-09-29')).toEqual([]);
  });

  test('a timed toDate may get nothing of a past day; bare dates, and the current day, come as ever', async () => {
    const broker = await brokerAt('10:00:30', { timed_to_date: 'nothing', ...ANY_NUMBER });
    const asked = async (toDate: string) => times(await broker.intraday({ fromDate: DATE, toDate }));
    expect((await asked(`${DATE} 09:20:00`)).at(-1)).toBe('10:00');
    await broker.exchange.clock.advanceTo(atIst('2016-10-01', '10:00'));
    expect(await asked(`${DATE} 15:30:00`)).toEqual([]);
    expect(await asked(DATE)).toHaveLength(375);
    expect(await asked('2016-10-01')).toHaveLength(375);
  });

  test('on the current day toDate is ignored', async () => {
    const broker = await brokerAt('10:00:30');
    const reply = await broker.intraday({ fromDate: `${DATE} 09:15:00`, toDate: `${DATE} 09:20:00` });
    expect(times(reply)[0]).toBe('09:16');
    expect(times(reply).at(-1)).toBe('10:00');
  });

  test('more than 90 days, reversed dates and odd dates are refused', async () => {
    const broker = await brokerAt('16:00');
    const tooLong = await broker.intraday({ fromDate: '2016-06-30' });
    expect([tooLong.status, tooLong.json]).toEqual([
      400,
      {
        errorType: 'Input_Exception',
        errorCode: 'DH-905',
        errorMessage: 'Data for Intraday Charts can be fetched for 90 days at a time',
      },
    ]);
    expect((await broker.intraday({ fromDate: '2016-07-02' })).status).toBe(200);
    const reversed = await broker.intraday({ toDate: '2016-09-01' });
    expect([reversed.status, reversed.json.errorCode]).toEqual([400, 'DH-905']);
    expect((await broker.intraday({ fromDate: '30-09-2016' })).status).toBe(400);
    expect((await broker.intraday({ fromDate: '2016-09-31' })).status).toBe(400);
  });
});

describe('during the session', () => {
  test('the minute in progress is there with the trades so far, and grows', async () => {
    const broker = await brokerAt('10:00:20');
    const early = await broker.intraday({});
    await broker.exchange.clock.advance(30_000);
    const later = await broker.intraday({});
    expect(times(early).at(-1)).toBe('10:00');
    const official = day.bar(day.rowFrom(instrumentOf('ITC'), atIst(DATE, '10:00')));
    expect(early.json.open.at(-1)).toBe(official.open);
    expect(early.json.volume.at(-1)).toBeGreaterThan(0);
    expect(later.json.volume.at(-1)).toBeGreaterThan(early.json.volume.at(-1));
    expect(later.json.volume.at(-1)).toBeLessThan(official.volume);
  });

  test('a closed minute is published after the delay, whole', async () => {
    const broker = await brokerAt('10:01:00', { publication_delay_ms: 1_500, ...ANY_NUMBER });
    await broker.exchange.clock.advance(1_499);
    expect(times(await broker.intraday({})).at(-1)).toBe('09:59');
    await broker.exchange.clock.advance(1);
    const reply = await broker.intraday({});
    const published = times(reply).indexOf('10:00');
    const official = day.bar(day.rowFrom(instrumentOf('ITC'), atIst(DATE, '10:00')));
    expect(reply.json.volume[published]).toBe(official.volume);
    await broker.exchange.clock.advance(20_000);
    expect(times(await broker.intraday({})).slice(-2)).toEqual(['10:00', '10:01']);
  });

  test('before the open there is nothing', async () => {
    expect((await (await brokerAt('09:14:59')).intraday({})).json).toEqual(EMPTY);
  });

  test('an unknown id and a date without data are empty arrays', async () => {
    const broker = await brokerAt('16:00');
    expect(await broker.intraday({ securityId: '424242' })).toMatchObject({ status: 200, json: EMPTY });
    expect(await broker.intraday({ fromDate: '2016-09-12', toDate: '2016-09-13' })).toMatchObject({
      status: 200,
      json: EMPTY,
    });
    expect((await broker.intraday({ exchangeSegment: 'IDX_I' })).json).toEqual(EMPTY);
  });

  test('the Date header follows the market clock', async () => {
    const reply = await (await brokerAt('10:00:20')).intraday({});
    expect(reply.headers.get('date')).toBe('Fri, 30 Sep 2016 04:30:20 GMT');
  });
});

describe('daily candles', () => {
  test('today’s is not published today, but the next day', async () => {
    const broker = await brokerAt('23:42');
    const today = await broker.historical({ toDate: '2016-10-01' });
    expect([today.status, today.json.errorCode]).toEqual([400, 'DH-907']);
    await broker.exchange.clock.advanceTo(atIst('2016-10-01', '08:00'));
    const { json } = await broker.historical({ toDate: '2016-10-01' });
    expect(json.timestamp).toEqual([atIst(DATE, '00:00') / 1_000]);
    const minutes = recorded('ITC') as Record<string, number[]>;
    expect(json.open).toEqual([minutes.open?.[0]]);
    expect(json.volume).toEqual([minutes.volume?.reduce((sum, volume) => sum + volume, 0)]);
  });
});

describe('requests', () => {
  test('in the SDK’s style are accepted', async () => {
    const broker = await brokerAt('16:00');
    const reply = await broker.intraday({
      securityId: instrumentOf('ITC').securityId,
      interval: 1,
      dhanClientId: '1000000001',
      expiryCode: 0,
    });
    expect(reply.json.timestamp).toHaveLength(375);
  });

  test.each([
    ['a bad segment', { exchangeSegment: 'NSE' }],
    ['a bad instrument', { instrument: 'SHARE' }],
    ['a bad interval', { interval: '2' }],
    ['a missing date', { fromDate: undefined }],
  ])('with %s are refused', async (_, fields) => {
    const reply = await (await brokerAt('16:00')).intraday(fields);
    expect([reply.status, reply.json]).toEqual([
      400,
      {
        errorType: 'Input_Exception',
        errorCode: 'DH-905',
        errorMessage: 'Missing required fields, bad values for parameters etc.',
      },
    ]);
  });

  test('that are not JSON are 400, garbage ids 500, other methods 405, unknown paths 404', async () => {
    const broker = await brokerAt('16:00');
    const url = `${broker.exchange.url}/v2/charts/intraday`;
    expect((await post(url, broker.token, '{"securityId":')).status).toBe(400);
    const garbage = await broker.intraday({ securityId: 'ITC' });
    expect([garbage.status, garbage.json.internalErrorCode]).toEqual([500, 'RS-9005']);
    expect((await fetch(url)).status).toBe(405);
    const unknown = await fetch(`${broker.exchange.url}/v2/nothing`);
    expect(await unknown.json()).toEqual({
      timestamp: broker.exchange.clock.now(),
      status: 404,
      error: 'Not Found',
      path: '/v2/nothing',
    });
  });

  test('beyond five in a sliding second of market time are refused, in the broker’s words', async () => {
    const broker = await brokerAt('16:00', {});
    const statuses: number[] = [];
    for (let index = 0; index < 7; index += 1) statuses.push((await broker.intraday({})).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const refused = await broker.historical({});
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(refused.json).toEqual({
      errorType: 'Rate_Limit',
      errorCode: 'DH-904',
      errorMessage: 'Too many requests on server from single user breaching rate limits. Try throttling API calls.',
    });
    await broker.exchange.clock.advance(1_000);
    expect((await broker.intraday({})).status).toBe(429);
    await broker.exchange.clock.advance(1);
    expect((await broker.intraday({})).status).toBe(200);
    const report = broker.exchange.simulator.report();
    expect(report).toMatchObject({ chartCalls: 10, rateLimited: 4, chartCallsPeak: 9 });
    const state = await (await fetch(`${broker.exchange.url}/__simulator/state`)).json();
    expect(state).toMatchObject({ chartCalls: 10, rateLimited: 4, chartCallsPeak: 9, date: DATE, symbols: 83 });
  });
});

describe('faults', () => {
  test('hold between their times only', async () => {
    const broker = await brokerAt('10:00', {
      ...ANY_NUMBER,
      faults: [
        { name: 'charts_500', from: '10:00', to: '10:01' },
        { name: 'charts_empty', from: '10:01', to: '10:02' },
        { name: 'charts_429', from: '10:02', to: '10:03' },
      ],
    });
    const failing = await broker.intraday({});
    expect([failing.status, failing.json.errorCode]).toEqual([500, 'DH-908']);
    await broker.exchange.clock.advance(60_000);
    expect((await broker.intraday({})).json).toEqual(EMPTY);
    await broker.exchange.clock.advance(60_000);
    expect((await broker.intraday({})).status).toBe(429);
    await broker.exchange.clock.advance(60_000);
    expect((await broker.intraday({})).json.timestamp.length).toBeGreaterThan(40);
  });
});
