/** Faults of REST answers, each by its name, over HTTP. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, MINUTE_MS, monotonicMs, type SimulatorFaultInput } from '@rtp/core';
import { type MarketDay, type MarketInstrument, SIMULATOR_CREDENTIALS } from '@rtp/exchange-simulator';
import {
  call,
  currentTotp,
  dayOf,
  type Exchange,
  type ExchangeSettings,
  mint,
  mintUrl,
  post,
  type Reply,
  startExchange,
} from './harness.ts';

const EMPTY = { open: [], high: [], low: [], close: [], volume: [], timestamp: [] };
const ANY_NUMBER = { chart_calls_per_second: 1_000_000 };

let day: MarketDay;
const exchanges: Exchange[] = [];

beforeAll(async () => {
  day = await dayOf({ generate: 12, seed: 5 });
});
afterAll(async () => {
  for (const exchange of exchanges) await exchange.close();
});

const find = (is: (instrument: MarketInstrument) => boolean): MarketInstrument =>
  day.instruments.find(is) as MarketInstrument;
const thin = (): MarketInstrument => find(({ symbol }) => symbol === '3MINDIA');
const liquid = (): MarketInstrument => find(({ symbol }) => symbol === 'ABDL');
const index = (): MarketInstrument => find(({ isIndex }) => isIndex);

async function brokerAt(time: string, faults: readonly SimulatorFaultInput[], settings: ExchangeSettings = ANY_NUMBER) {
  const exchange = await startExchange(day, time, { ...settings, faults });
  exchanges.push(exchange);
  const token = await mint(exchange);
  const intraday = (instrument = liquid(), fields: object = {}): Promise<Reply> =>
    post(`${exchange.url}/v2/charts/intraday`, token, {
      securityId: String(instrument.securityId),
      exchangeSegment: instrument.segment,
      instrument: instrument.isIndex ? 'INDEX' : 'EQUITY',
      interval: '1',
      fromDate: day.date,
      toDate: day.date,
      ...fields,
    });
  /** Asks for all instruments, a market second and a bit after the call before. */
  const quotes = async (kind = 'quote'): Promise<Reply> => {
    await exchange.clock.advance(1_001);
    const ids = day.instruments.filter(({ isIndex }) => !isIndex).map(({ securityId }) => securityId);
    return post(`${exchange.url}/v2/marketfeed/${kind}`, token, { NSE_EQ: ids });
  };
  const profile = () => call(`${exchange.url}/v2/profile`, { headers: { 'access-token': token } });
  const struck = (): Readonly<Record<string, number>> => exchange.simulator.state().struck;
  return { exchange, token, intraday, quotes, profile, struck };
}

const timesOf = ({ json }: Reply): string[] =>
  json.timestamp.map((ts: number) => new Date((ts + 19_800) * 1_000).toISOString().slice(11, 16));

describe('instead of candles the charts answer', () => {
  test.each<[SimulatorFaultInput['name'], number, unknown]>([
    ['charts_429', 429, expect.objectContaining({ errorCode: 'DH-904' })],
    ['charts_500', 500, expect.objectContaining({ errorCode: 'DH-908' })],
    ['charts_no_data', 400, expect.objectContaining({ errorCode: 'DH-907' })],
    ['charts_empty', 200, EMPTY],
    ['charts_null', 200, { open: null, high: null, low: null, close: null, volume: null, timestamp: null }],
  ])('%s: %i', async (name, status, body) => {
    const { exchange, intraday, struck } = await brokerAt('10:00', [{ name, from: '10:00', to: '10:01' }] as never);
    const reply = await intraday();
    expect([reply.status, reply.json]).toEqual([status, body]);
    expect(struck()).toEqual({ [name]: 1 });
    await exchange.clock.advance(MINUTE_MS);
    expect((await intraday()).json.timestamp.length).toBeGreaterThan(40);
    expect(struck()).toEqual({ [name]: 1 });
  });

  test('the same for some symbols only', async () => {
    const { intraday } = await brokerAt('10:00', [{ name: 'charts_empty', symbols: [thin().symbol] }]);
    expect((await intraday(thin())).json).toEqual(EMPTY);
    expect((await intraday(liquid())).json.timestamp.length).toBeGreaterThan(40);
  });

  test('the first of several that strikes, in the documented order', async () => {
    const { intraday } = await brokerAt('10:00', [
      { name: 'charts_empty' },
      { name: 'charts_500', to: '10:01' },
      { name: 'charts_429', symbols: [thin().symbol] },
    ]);
    expect((await intraday(thin())).status).toBe(429);
    expect((await intraday(liquid())).status).toBe(500);
  });
});

describe('of candles', () => {
  test('charts_today_empty takes the current day away and leaves past ones', async () => {
    const { exchange, intraday } = await brokerAt('15:45', [{ name: 'charts_today_empty' }], {
      ...ANY_NUMBER,
      history_days: 1,
    });
    const before = exchange.simulator.market.datesBetween('2026-11-01', '2026-11-19')[0] as string;
    const reply = await intraday(liquid(), { fromDate: before });
    expect(new Set(reply.json.timestamp.map((ts: number) => new Date(ts * 1_000).toISOString().slice(0, 10)))).toEqual(
      new Set([before]),
    );
    expect(reply.json.timestamp.length).toBeGreaterThan(300);
  });

  test('charts_first_minutes_empty takes the first two, or as many as it says', async () => {
    const { exchange, intraday } = await brokerAt('09:30', [
      { name: 'charts_first_minutes_empty', to: '09:40' },
      { name: 'charts_first_minutes_empty', minutes: 5, from: '09:40', to: '09:50' },
    ]);
    expect(timesOf(await intraday())[0]).toBe('09:17');
    await exchange.clock.advanceTo(atIst(day.date, '09:40'));
    expect(timesOf(await intraday())[0]).toBe('09:20');
    await exchange.clock.advanceTo(atIst(day.date, '09:50'));
    expect(timesOf(await intraday())[0]).toBe('09:15');
  });

  test('charts_lag publishes minutes later', async () => {
    const { exchange, intraday } = await brokerAt('10:00:30', [{ name: 'charts_lag', lagMs: 180_000, to: '10:01' }]);
    expect(timesOf(await intraday()).at(-1)).toBe('09:56');
    await exchange.clock.advance(MINUTE_MS);
    expect(timesOf(await intraday()).at(-1)).toBe('10:01');
  });

  test('charts_stray_index_bar adds flat bars outside the session, to indices, once their time has come', async () => {
    const { exchange, intraday } = await brokerAt('17:55:30', [{ name: 'charts_stray_index_bar' }]);
    expect(timesOf(await intraday(index())).slice(-2)).toEqual(['15:29', '15:30']);
    await exchange.clock.advance(MINUTE_MS);
    const { json } = await intraday(index());
    const [volume, ...prices] = [json.volume, json.open, json.high, json.low, json.close].map((column) =>
      column.at(-1),
    );
    expect([timesOf({ json } as Reply).at(-1), volume, new Set(prices).size]).toEqual(['17:55', 0, 1]);
    expect(timesOf(await intraday(liquid())).at(-1)).toBe('15:29');
  });

  test('charts_flat_minutes charts minutes without trades as flat bars, and leaves the others', async () => {
    const { exchange, intraday } = await brokerAt('15:45', [{ name: 'charts_flat_minutes', to: '15:50' }]);
    const filled = (await intraday(thin())).json;
    await exchange.clock.advanceTo(atIst(day.date, '15:50'));
    const usual = (await intraday(thin())).json;
    expect([filled.timestamp.length, usual.timestamp.length]).toEqual([375, 375 - 46]);
    const traded = filled.volume.map((volume: number) => volume > 0);
    for (const column of Object.keys(EMPTY)) {
      expect(filled[column].filter((_: number, row: number) => traded[row])).toEqual(usual[column]);
    }
    const flat = filled.volume.indexOf(0);
    expect(filled.open[flat]).toBe(filled.close[flat - 1]);
    expect([filled.high[flat], filled.low[flat], filled.close[flat]]).toEqual(Array(3).fill(filled.open[flat]));
  });

  test('charts_invalid_prices spoils some: bare NaN on one answer, negative or zero on another', async () => {
    const { exchange, intraday, struck } = await brokerAt('15:45', [
      { name: 'charts_invalid_prices', kinds: ['nan'], to: '15:46' },
      { name: 'charts_invalid_prices', from: '15:46', kinds: ['negative', 'zero'] },
    ]);
    const broken = await intraday();
    expect(broken.text).toMatch(/[[,]NaN[,\]]/);
    expect(broken.json).toBeUndefined();
    await exchange.clock.advance(MINUTE_MS);
    const seen = new Set<number>();
    for (let count = 0; count < 8; count += 1) {
      const { json } = await intraday();
      const bad = [...json.open, ...json.high, ...json.low, ...json.close].filter((price: number) => price <= 0);
      expect(bad.length).toBeGreaterThan(0);
      for (const price of bad) seen.add(price);
    }
    expect(seen).toEqual(new Set([0, -0.01]));
    expect(struck()).toEqual({ charts_invalid_prices: 9 });
  });

  test('several of them compose', async () => {
    const { intraday } = await brokerAt('10:00:30', [
      { name: 'charts_lag', lagMs: 180_000 },
      { name: 'charts_first_minutes_empty' },
      { name: 'charts_flat_minutes' },
    ]);
    const times = timesOf(await intraday(thin()));
    expect([times[0], times.at(-1), times.length]).toEqual(['09:17', '09:56', 40]);
  });
});

describe('quotes', () => {
  test('quotes_429 and quotes_500 refuse, whatever the pace', async () => {
    const { exchange, quotes } = await brokerAt('10:00', [
      { name: 'quotes_429', to: '10:01' },
      { name: 'quotes_500', from: '10:01' },
    ]);
    const slow = await quotes();
    expect([slow.status, Object.keys(slow.json.data)]).toEqual([429, ['805']]);
    await exchange.clock.advance(MINUTE_MS);
    const failing = await quotes();
    expect([failing.status, Object.keys(failing.json.data)]).toEqual([500, ['800']]);
  });

  test('quotes_empty leaves valid instruments out', async () => {
    const { quotes } = await brokerAt('10:00', [{ name: 'quotes_empty', symbols: [liquid().symbol] }]);
    const { json } = await quotes('ltp');
    expect(Object.keys(json.data.NSE_EQ)).toHaveLength(11);
    expect(json.data.NSE_EQ[liquid().securityId]).toBeUndefined();
  });

  test('quotes_stale show the market as it was', async () => {
    const { exchange, quotes, struck } = await brokerAt('10:00', [
      { name: 'quotes_stale', lagMs: 600_000, to: '10:10' },
    ]);
    const fresh = await brokerAt('09:50', []);
    const stale = await quotes();
    expect(stale.json).toEqual((await fresh.quotes()).json);
    expect(struck()).toEqual({ quotes_stale: 12 });
    await exchange.clock.advanceTo(atIst(day.date, '10:10'));
    expect((await quotes()).json.data.NSE_EQ[liquid().securityId].last_trade_time).toMatch(/ 10:(09|10):/);
  });

  test('quotes_invalid_prices: bare NaN, negative or zero', async () => {
    const { quotes } = await brokerAt('10:00', [{ name: 'quotes_invalid_prices', kinds: ['negative', 'zero'] }]);
    const prices = Object.values((await quotes('ltp')).json.data.NSE_EQ as Record<string, { last_price: number }>);
    expect(new Set(prices.map(({ last_price }) => last_price))).toEqual(new Set([0, -0.01]));
    const other = await brokerAt('10:00', [{ name: 'quotes_invalid_prices', kinds: ['nan'] }]);
    expect((await other.quotes('ltp')).text).toContain('{"last_price":NaN}');
  });
});

describe('answers on their way', () => {
  test('answers_truncated end in the middle, with the length of what is sent', async () => {
    const { exchange, intraday, quotes, profile } = await brokerAt('10:00', [
      { name: 'answers_truncated', to: '10:01' },
    ]);
    const [chart, quote] = [await intraday(), await quotes()];
    for (const reply of [chart, quote]) {
      expect([reply.status, reply.json, Number(reply.headers.get('content-length'))]).toEqual([
        200,
        undefined,
        reply.text.length,
      ]);
    }
    expect((await profile()).json.dataPlan).toBe('Active');
    await exchange.clock.advance(MINUTE_MS);
    const whole = await intraday();
    expect(whole.text.startsWith('{"open":[')).toBe(true);
    expect(whole.json).toBeDefined();
  });

  test('answers_wrong_type are an HTML page, with the status it says, on the paths it says', async () => {
    const { exchange, intraday, profile } = await brokerAt('10:00', [
      { name: 'answers_wrong_type', to: '10:01' },
      { name: 'answers_wrong_type', from: '10:01', status: 200, paths: ['account'] },
    ]);
    const gateway = await intraday();
    expect([gateway.status, gateway.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(gateway.text).toMatch(/^<html>/);
    await exchange.clock.advance(MINUTE_MS);
    expect((await intraday()).status).toBe(200);
    const page = await profile();
    expect([page.status, page.headers.get('content-type'), page.json]).toEqual([200, 'text/html', undefined]);
  });

  test('answers_trickle drip in real time', async () => {
    const { intraday } = await brokerAt('09:16:30', [
      { name: 'answers_trickle', firstByteMs: 60, bytesPerSecond: 1_000 },
    ]);
    const startedAt = monotonicMs();
    const { json, text } = await intraday();
    expect(json.timestamp).toHaveLength(2);
    // All but the last drop, of 20 bytes, has been waited for.
    expect(monotonicMs() - startedAt).toBeGreaterThanOrEqual(50 + text.length - 40);
  });

  test('answers_reset end with a TCP reset in the middle of the announced length', async () => {
    const { exchange, token, struck } = await brokerAt('10:00', [
      { name: 'answers_reset', paths: ['account'], from: '10:01' },
    ]);
    await exchange.clock.advance(MINUTE_MS);
    const { received, error } = await rawGet(exchange.url, '/v2/profile', token);
    expect(error).toBe('ECONNRESET');
    const announced = Number(/content-length: (\d+)/.exec(received)?.[1]);
    const body = received.slice(received.indexOf('\r\n\r\n') + 4);
    expect(body).toHaveLength(announced >> 1);
    expect(struck()).toEqual({ answers_reset: 1 });
  });

  test('several of them compose, with the faults of what they carry', async () => {
    const { intraday, struck } = await brokerAt('10:00', [
      { name: 'answers_truncated' },
      { name: 'answers_wrong_type' },
      { name: 'answers_trickle', firstByteMs: 0, bytesPerSecond: 100_000 },
      { name: 'charts_500' },
    ]);
    const reply = await intraday();
    expect([reply.status, reply.text.endsWith('</html>\r\n')]).toEqual([502, false]);
    expect(struck()).toEqual({ answers_truncated: 1, answers_wrong_type: 1, answers_trickle: 1, charts_500: 1 });
  });
});

describe('the account', () => {
  test('token_invalidated ends the token everywhere until another is minted', async () => {
    const { exchange, intraday, quotes, profile } = await brokerAt('10:00', [
      { name: 'token_invalidated', from: '10:05' },
    ]);
    expect((await profile()).status).toBe(200);
    await exchange.clock.advanceTo(atIst(day.date, '10:05'));
    for (const reply of [await profile(), await intraday()]) {
      expect([reply.status, reply.json.errorCode, reply.json.errorMessage]).toEqual([400, 'DH-906', 'Invalid Token']);
    }
    const refused = await quotes();
    expect([refused.status, Object.keys(refused.json.data)]).toEqual([401, ['808']]);
    const fresh = await mint(exchange);
    const headers = { 'access-token': fresh };
    expect((await call(`${exchange.url}/v2/profile`, { headers })).status).toBe(200);
  });

  test('data_plan_lapsed: charts DH-902, quotes 806, and a profile that says Active', async () => {
    const { intraday, quotes, profile } = await brokerAt('10:00', [{ name: 'data_plan_lapsed' }]);
    const [chart, quote] = [await intraday(), await quotes()];
    expect([chart.status, chart.json.errorCode, chart.json.errorType]).toEqual([401, 'DH-902', 'Invalid_Access']);
    expect([quote.status, Object.keys(quote.json.data)]).toEqual([401, ['806']]);
    expect((await profile()).json.dataPlan).toBe('Active');
  });

  test('mint_throttled refuses as if one had just been minted, and is no breach of the client', async () => {
    const { exchange } = await brokerAt('08:00', [{ name: 'mint_throttled', from: '08:30', to: '08:31' }]);
    const tryMint = async () => {
      const { status, json } = await call(mintUrl(exchange.url, currentTotp(exchange.clock)), { method: 'POST' });
      return [status, json.message ?? 'minted'];
    };
    await exchange.clock.advanceTo(atIst(day.date, '08:30'));
    expect(await tryMint()).toEqual([200, 'Token can be generated once every 2 minutes.']);
    await exchange.clock.advance(MINUTE_MS);
    expect(await tryMint()).toEqual([200, 'minted']);
    await exchange.clock.advance(MINUTE_MS);
    expect(await tryMint()).toEqual([200, 'Token can be generated once every 2 minutes.']);
    expect(exchange.simulator.state()).toMatchObject({ tokensMinted: 2, mintSpacingBreaches: 1 });
  });

  test('clock_skew sets the Date header off', async () => {
    const { exchange, profile } = await brokerAt('10:00', [{ name: 'clock_skew', skewMs: -90_000 }]);
    const shown = Date.parse((await profile()).headers.get('date') as string);
    expect(shown - exchange.clock.now()).toBe(-90_000);
  });
});

test('limits that a client breaks are counted apart from refusals by faults', async () => {
  const { exchange, intraday, quotes, token } = await brokerAt(
    '10:00',
    [
      { name: 'charts_429', to: '10:01' },
      { name: 'quotes_429', to: '10:01' },
    ],
    { chart_calls_per_second: 2, chart_calls_per_day: 8 },
  );
  for (let count = 0; count < 3; count += 1) expect((await intraday()).status).toBe(429);
  await quotes();
  await post(`${exchange.url}/v2/marketfeed/ltp`, token, { NSE_EQ: [liquid().securityId] });
  expect(exchange.simulator.state()).toMatchObject({ rateLimited: 5, chartLimitBreaches: 1, quoteLimitBreaches: 1 });
  await exchange.clock.advance(MINUTE_MS);
  for (let count = 0; count < 6; count += 1) {
    await intraday();
    await exchange.clock.advance(1_001);
  }
  expect(exchange.simulator.state()).toMatchObject({ chartCalls: 9, chartCallsToday: 9, chartLimitBreaches: 2 });
  await exchange.clock.advanceTo(atIst('2026-11-21', '08:00'));
  expect((await intraday()).status).toBe(200);
  expect(exchange.simulator.state()).toMatchObject({ chartCalls: 10, chartCallsToday: 1, chartLimitBreaches: 2 });
});

/** A GET as bytes: what arrived, and how the connection ended. */
function rawGet(url: string, path: string, token: string): Promise<{ received: string; error: string }> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('data', (data) => {
      received += data.toString();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ received, error: error.code ?? '' }));
    socket.on('end', () => resolve({ received, error: 'none' }));
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\naccess-token: ${token}\r\nclient-id: ${SIMULATOR_CREDENTIALS.clientId}\r\n\r\n`,
    );
  });
}
