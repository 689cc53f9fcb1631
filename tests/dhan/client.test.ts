import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { anchorNow, atIst, DAY_MS, ManualClock, type MarketClock, type RtpConfig, VirtualClock } from '@rtp/core';
import { type ChartRequest, createDhanClient, type DhanClient, type DhanOptions } from '@rtp/dhan';
import { eventually } from './support/eventually.ts';
import { FakeBroker } from './support/fake-broker.ts';
import { makeToken } from './support/make-token.ts';
import { recordingLogger } from './support/recording-logger.ts';

const DATE = '2026-11-20';
const START = atIst(DATE, '10:15');
const TOKEN = makeToken(START + DAY_MS, { tokenConsumerType: 'SELF' });
const MINT_PATH = '/app/generateAccessToken';
const INTRADAY = '/v2/charts/intraday';
const QUOTE = '/v2/marketfeed/quote';
const RATE_LIMITED = { status: 429, json: { errorType: 'Rate_Limit', errorCode: 'DH-904', errorMessage: 'Too many' } };
const BAD_TOKEN = {
  status: 400,
  json: { errorType: 'Order_Error', errorCode: 'DH-906', errorMessage: 'Invalid Token' },
};
const CANDLE = { open: [10], high: [12], low: [9], close: [11], volume: [5], timestamp: [atIst(DATE, '09:15') / 1000] };

let broker: FakeBroker;
let logger = recordingLogger();
const clients: DhanClient[] = [];

beforeEach(async () => {
  broker = await FakeBroker.open();
  logger = recordingLogger();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await broker.close();
});

interface Setup {
  readonly clock?: MarketClock;
  readonly config?: Partial<RtpConfig['broker']>;
  readonly options?: Partial<DhanOptions>;
}

function client({ clock = new ManualClock(START), config, options }: Setup = {}): DhanClient {
  const tokenFile = join(mkdtempSync(join(tmpdir(), 'rtp-dhan-')), 'token.json');
  const made = createDhanClient({
    broker: broker.config(config),
    credentials: { clientId: '1000000001', apiToken: TOKEN },
    clock,
    logger,
    tokenFile,
    ...options,
  });
  clients.push(made);
  return made;
}

const chart = (changes: Partial<ChartRequest> = {}): ChartRequest => ({
  segment: 'NSE_EQ',
  securityId: '2885',
  instrument: 'EQUITY',
  from: DATE,
  to: DATE,
  priority: 'live',
  ...changes,
});

const MINTING = { credentials: { clientId: '1000000001', pin: '424242', totpSecret: 'JBSWY3DPEHPK3PXP' } } as const;
const code = (value: string) => expect.objectContaining({ code: value });

describe('chart calls', () => {
  test('carry the token, the client id and the documented body', async () => {
    broker.script(INTRADAY, { json: CANDLE });
    const candles = await client().intradayCandles(chart());
    expect(candles).toMatchObject({ ts: [atIst(DATE, '09:15')], close: [11], volume: [5] });
    const [seen] = broker.requests;
    expect(seen?.method).toBe('POST');
    expect(seen?.headers).toMatchObject({
      'access-token': TOKEN,
      'client-id': '1000000001',
      'content-type': 'application/json',
      accept: 'application/json',
    });
    expect(JSON.parse(seen?.body ?? '')).toMatchObject({ securityId: '2885', interval: '1', toDate: '2026-11-21' });
  });

  test('the answers for nothing are no candles and no errors', async () => {
    const noData = { errorType: 'Data_Error', errorCode: 'DH-907', errorMessage: 'no data' };
    broker.script(INTRADAY, { status: 400, json: noData });
    broker.script('/v2/charts/historical', {
      json: { open: [], high: [], low: [], close: [], volume: [], timestamp: [] },
    });
    const dhan = client();
    expect((await dhan.intradayCandles(chart())).ts).toEqual([]);
    const clockless = client();
    expect((await clockless.dailyCandles(chart())).ts).toEqual([]);
    expect(dhan.stats).toMatchObject({ calls: 1, errors: 0 });
  });

  test.each([
    ['a server error', { status: 500, json: { errorCode: 'DH-908', errorMessage: 'x' } }, 'RTP_DHAN_SERVER'],
    ['a truncated answer', { text: '{"open":[1' }, 'RTP_DHAN_MALFORMED'],
    ['a page', { text: '<html>', type: 'text/html' }, 'RTP_DHAN_MALFORMED'],
    ['a bad request', { status: 400, json: { errorCode: 'DH-905', errorMessage: 'bad' } }, 'RTP_DHAN_BAD_REQUEST'],
    ['a lapsed plan', { status: 401, json: { errorCode: 'DH-902', errorMessage: 'x' } }, 'RTP_DHAN_NO_DATA_PLAN'],
  ])("%s is the caller's to handle, after one call", async (_name, answer, expected) => {
    broker.script(INTRADAY, answer);
    const dhan = client();
    await expect(dhan.intradayCandles(chart())).rejects.toEqual(code(expected));
    expect(dhan.stats).toMatchObject({ calls: 1, errors: 1 });
    expect(broker.requests).toHaveLength(1);
  });

  test('a broker that does not answer in time, hangs up or is gone is a network failure', async () => {
    broker.on(INTRADAY, () => {});
    const dhan = client({ config: { request_timeout_ms: 100 } });
    await expect(dhan.intradayCandles(chart())).rejects.toMatchObject({ code: 'RTP_DHAN_NETWORK', message: /100 ms/ });
    broker.on(INTRADAY, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"open":');
      response.destroy();
    });
    await expect(client().intradayCandles(chart())).rejects.toEqual(code('RTP_DHAN_NETWORK'));
    const gone = client({ config: { rest_url: 'http://127.0.0.1:1/v2' } });
    await expect(gone.intradayCandles(chart())).rejects.toEqual(code('RTP_DHAN_NETWORK'));
  });

  test.each([
    ['that closed while the call was under way may have been forming when it was answered', 59_900, 0, 0],
    ['is closed when it was so before the call', 60_000, 0, 1],
    ["is closed by the broker's clock, where ours is ahead", 62_000, -5_000, 0],
    ["is closed by ours, where the broker's is ahead", 59_900, 5_000, 0],
  ])('a minute %s', async (_name, sentAfterMs, skewMs, candles) => {
    const clock = new ManualClock(atIst(DATE, '09:15') + sentAfterMs);
    const dhan = client({ clock });
    broker.on(INTRADAY, (_request, response) => {
      const date = new Date(clock.now() + skewMs).toUTCString();
      void clock.advance(300).then(() => {
        response.writeHead(200, { 'content-type': 'application/json', date }).end(JSON.stringify(CANDLE));
      });
    });
    expect((await dhan.intradayCandles(chart())).ts).toHaveLength(candles);
  });

  test('an aborted call ends at once, also in flight', async () => {
    const abort = new AbortController();
    broker.on(INTRADAY, () => abort.abort(new Error('no longer wanted')));
    await expect(client().intradayCandles(chart({ signal: abort.signal }))).rejects.toThrow('no longer wanted');
  });
});

describe('rate limits', () => {
  test('calls keep the configured pace', async () => {
    const at: number[] = [];
    const clock = new ManualClock(START);
    broker.on(INTRADAY, (_request, response) => {
      at.push(clock.now() - START);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(CANDLE));
    });
    const dhan = client({ clock, config: { chart_calls_per_second: 4 } });
    const calls = Promise.all([1, 2, 3].map((id) => dhan.intradayCandles(chart({ securityId: `${id}` }))));
    for (let expected = 1; expected <= 3; expected += 1) {
      await eventually(() => at.length === expected);
      if (expected < 3) await clock.advance(250);
    }
    await calls;
    expect(at).toEqual([0, 250, 500]);
    expect(dhan.stats.chartCallsLeft).toBe(6_997);
  });

  test('a refused call pauses, is logged as a rate limit, and succeeds later', async () => {
    broker.script(INTRADAY, RATE_LIMITED, { json: CANDLE });
    const clock = new ManualClock(START);
    const dhan = client({ clock });
    const candles = dhan.intradayCandles(chart());
    await eventually(() => dhan.stats.budget.pausedUntil !== null);
    expect(dhan.stats.budget.pausedUntil).toBeGreaterThanOrEqual(START + 60_000);
    await eventually(() => dhan.stats.budget.queued === 1);
    await clock.advanceTo(dhan.stats.budget.pausedUntil ?? 0);
    expect((await candles).ts).toHaveLength(1);
    expect(dhan.stats).toMatchObject({ calls: 2, errors: 1, rateLimited: 1 });
    expect(logger.lines.join()).toMatch(/rate limit/);
  });

  test('a broker that refuses for good is reported after the configured repetitions', async () => {
    broker.script(INTRADAY, RATE_LIMITED);
    const dhan = client({ config: { rate_limit_pause_ms: 0, rate_limit_retries: 0 } });
    await expect(dhan.intradayCandles(chart())).rejects.toEqual(code('RTP_DHAN_RATE_LIMITED'));
    expect(broker.requests).toHaveLength(1);
  });

  test('quotes have a bucket of their own: paused charts do not hold them', async () => {
    broker.script(INTRADAY, RATE_LIMITED);
    broker.script(QUOTE, { json: { data: { NSE_EQ: { 2885: { last_price: 1421.5 } } }, status: 'success' } });
    const dhan = client();
    dhan.intradayCandles(chart()).catch(() => {});
    await eventually(() => dhan.stats.budget.pausedUntil !== null);
    const rows = await dhan.quotes('quote', new Map([['NSE_EQ', ['2885']]]));
    expect(rows).toMatchObject([{ securityId: '2885', lastPrice: 1421.5 }]);
  });

  test('at speed 600 forty calls go one at a time, quickly, and at the configured pace of market time', async () => {
    const clock = new VirtualClock(anchorNow(START, 600));
    const at: number[] = [];
    let inFlight = 0;
    let most = 0;
    broker.on(INTRADAY, async (_request, response) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      at.push(clock.now());
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(CANDLE));
    });
    const dhan = client({ clock });
    await Promise.all(Array.from({ length: 40 }, (_, id) => dhan.intradayCandles(chart({ securityId: `${id + 1}` }))));
    expect(most).toBe(1);
    const gaps = at.slice(1).map((instant, i) => instant - (at[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(333);
  });
});

describe('at speed 20', () => {
  test('calls keep the pace over a real way, and the broker never counts more than five in a second', async () => {
    const clock = new VirtualClock(anchorNow(START, 20));
    const at: number[] = [];
    broker.on(INTRADAY, (_request, response) => {
      at.push(clock.now());
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(CANDLE));
    });
    const dhan = client({ clock, config: { chart_calls_per_second: 5 } });
    await Promise.all(Array.from({ length: 60 }, () => dhan.intradayCandles(chart())));
    const inSecondBefore = at.map((instant, i) => at.filter((other, k) => k <= i && other >= instant - 1_000).length);
    expect(Math.max(...inSecondBefore)).toBeLessThanOrEqual(5);
    expect(at).toHaveLength(60);
  });
});

describe('an account that another system uses', () => {
  test('sees neither mint nor call nor feed of ours until it is free', async () => {
    broker.script(MINT_PATH, { json: { accessToken: makeToken(START + DAY_MS) } });
    broker.script(INTRADAY, { json: CANDLE });
    const stateDir = mkdtempSync(join(tmpdir(), 'rtp-lease-'));
    const sharing = (dataDir: string) => ({ ...MINTING, lease: { stateDir, dataDir } });
    const config = { lease_retry_ms: 10 };
    const first = client({ config, options: sharing('/data/first') });
    await first.ensureToken();
    const second = client({ config, options: sharing('/data/second') });
    const waiting = Promise.all([
      second.ensureToken(),
      second.intradayCandles(chart()),
      second.feedCredentials(),
    ] as const);
    await eventually(() => second.stats.leaseHeldBy !== null);
    expect(second.stats.leaseHeldBy).toContain('data directory /data/first');
    expect(broker.requests.map(({ path }) => path)).toEqual([MINT_PATH]);
    await first.close();
    const [token, candles, feed] = await waiting;
    expect(feed.token).toBe(token.token);
    expect(candles.ts).toHaveLength(1);
    expect(second.stats.leaseHeldBy).toBeNull();
    expect(broker.requests.map(({ path }) => path)).toEqual([MINT_PATH, MINT_PATH, INTRADAY]);
  });
});

describe('tokens', () => {
  const mintAnswer = (token: string) => ({
    json: { dhanClientId: '1000000001', accessToken: token, expiryTime: '2026-11-21T10:15:00.000' },
  });

  test('are minted with PIN and TOTP in the query and an empty body', async () => {
    const token = makeToken(START + DAY_MS);
    broker.script(MINT_PATH, mintAnswer(token));
    expect(await client({ options: MINTING }).ensureToken()).toEqual({ token, expiresAt: START + DAY_MS });
    const [seen] = broker.requests;
    expect(seen).toMatchObject({ method: 'POST', body: '' });
    expect(Object.fromEntries(seen?.query ?? [])).toEqual({
      dhanClientId: '1000000001',
      pin: '424242',
      totp: expect.stringMatching(/^\d{6}$/),
    });
  });

  test('a refused token is replaced once and the call repeated', async () => {
    const [first, second] = [makeToken(START + DAY_MS, { n: 1 }), makeToken(START + DAY_MS, { n: 2 })];
    broker.script(MINT_PATH, mintAnswer(first), mintAnswer(second));
    broker.on(INTRADAY, (request, response) => {
      const good = request.headers['access-token'] === second;
      response.writeHead(good ? 200 : 400, { 'content-type': 'application/json' });
      response.end(JSON.stringify(good ? CANDLE : BAD_TOKEN.json));
    });
    const clock = new ManualClock(START);
    const dhan = client({ clock, options: MINTING });
    const calls = Promise.all([1, 2, 3].map((id) => dhan.intradayCandles(chart({ securityId: `${id}` }))));
    for (let minute = 0; minute < 3; minute += 1) {
      await eventually(() => clock.pendingCount > 0);
      await clock.advance(60_000);
    }
    let done = false;
    void calls.then(() => {
      done = true;
    });
    await eventually(() => {
      void clock.advance(1_000);
      return done;
    });
    expect(broker.to(MINT_PATH)).toHaveLength(2);
  });

  test('a token that stays refused is reported after one renewal', async () => {
    const tokens = [1, 2, 3].map((n) => mintAnswer(makeToken(START + DAY_MS, { n })));
    broker.script(MINT_PATH, ...tokens);
    broker.script('/v2/profile', BAD_TOKEN);
    const clock = new ManualClock(START);
    const profile = client({ clock, options: MINTING }).profile();
    profile.catch(() => {});
    await eventually(() => clock.pendingCount > 0);
    await clock.advance(130_000);
    await expect(profile).rejects.toEqual(code('RTP_DHAN_TOKEN_REJECTED'));
    expect(broker.to('/v2/profile')).toHaveLength(2);
  });

  test('the feed gets the live token, and another one for a token it refused', async () => {
    const [first, second] = [makeToken(START + DAY_MS, { n: 1 }), makeToken(START + DAY_MS, { n: 2 })];
    broker.script(MINT_PATH, mintAnswer(first), mintAnswer(second));
    const clock = new ManualClock(START);
    const dhan = client({ clock, options: MINTING });
    expect(await dhan.feedCredentials()).toEqual({ token: first, clientId: '1000000001' });
    const replaced = dhan.feedCredentials(first);
    await clock.advance(130_000);
    expect((await replaced).token).toBe(second);
  });

  test('PIN, TOTP code and token appear in no log line and no error', async () => {
    broker.script(MINT_PATH, mintAnswer(TOKEN));
    const dhan = client({ options: MINTING });
    await dhan.ensureToken();
    const unreachable = client({ config: { auth_url: 'http://127.0.0.1:1' }, options: MINTING });
    const failed = await unreachable.ensureToken().catch((error: unknown) => error as Error & { cause?: unknown });
    const said = [...logger.lines, JSON.stringify(failed), String(failed), String((failed as Error).cause)].join('\n');
    const totp = broker.to(MINT_PATH)[0]?.query.get('totp') ?? 'none';
    for (const secret of ['424242', totp, TOKEN, 'JBSWY3DPEHPK3PXP']) expect(said).not.toContain(secret);
  });
});

describe('a data plan that the broker denies', () => {
  const LTP = '/v2/marketfeed/ltp';
  const DENIED = { status: 401, json: { data: { 806: 'Data APIs not Subscribed' }, status: 'failed' } };
  const DENIED_CHART = { status: 401, json: { errorCode: 'DH-902', errorMessage: 'no data plan' } };
  const LAST_PRICE = { json: { data: { IDX_I: { 13: { last_price: 25_950.25 } } }, status: 'success' } };
  const RETRY_MS = 900_000;

  /** Waits until so many probes were made and judged: the next one is then set, or none if the plan is honoured. */
  const probed = (clock: ManualClock, count: number, isHonoured = false) =>
    eventually(() => broker.to(LTP).length === count && clock.pendingCount === (isHonoured ? 0 : 1));

  test('costs no mint and no further call; one last price is asked for in time, and its answer lets calls through', async () => {
    broker.script(MINT_PATH, { json: { accessToken: makeToken(START + DAY_MS) } });
    broker.script(INTRADAY, DENIED_CHART, { json: CANDLE });
    broker.script(LTP, DENIED, DENIED, LAST_PRICE);
    const clock = new ManualClock(START);
    const dhan = client({ clock, options: MINTING });
    await expect(dhan.intradayCandles(chart())).rejects.toEqual(code('RTP_DHAN_NO_DATA_PLAN'));
    expect(dhan.stats.planLapsedSince).toBe(START);
    await clock.advance(0);
    await probed(clock, 1);
    await clock.advance(60_000);
    await expect(dhan.intradayCandles(chart())).rejects.toEqual(code('RTP_DHAN_NO_DATA_PLAN'));
    await expect(dhan.quotes('quote', new Map([['NSE_EQ', ['2885']]]))).rejects.toEqual(code('RTP_DHAN_NO_DATA_PLAN'));
    await expect(dhan.probeDataPlan()).rejects.toEqual(code('RTP_DHAN_NO_DATA_PLAN'));
    expect(broker.requests.map(({ path }) => path)).toEqual([MINT_PATH, INTRADAY, LTP]);
    await clock.advanceTo(START + RETRY_MS);
    await probed(clock, 2);
    await clock.advanceTo(START + 2 * RETRY_MS);
    await probed(clock, 3, true);
    await eventually(() => dhan.stats.planLapsedSince === null);
    expect((await dhan.intradayCandles(chart())).ts).toHaveLength(1);
    expect(broker.to(MINT_PATH)).toHaveLength(1);
    expect(logger.lines.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringContaining('the broker denies the data plan'),
    ]);
  });

  test('to one segment only does not stop the others', async () => {
    broker.script(INTRADAY, { status: 400, json: { errorCode: 'DH-903', errorMessage: 'segment' } }, { json: CANDLE });
    broker.script(LTP, LAST_PRICE);
    const clock = new ManualClock(START);
    const dhan = client({ clock });
    await expect(dhan.intradayCandles(chart())).rejects.toEqual(code('RTP_DHAN_NO_DATA_PLAN'));
    await clock.advance(0);
    await eventually(() => dhan.stats.planLapsedSince === null);
    await clock.advance(1_000);
    expect((await dhan.intradayCandles(chart())).ts).toHaveLength(1);
  });

  test('found by the probe before the open is asked about again, also after a probe that failed otherwise', async () => {
    broker.script(LTP, DENIED, { status: 500, json: { errorCode: 'DH-908', errorMessage: 'x' } }, LAST_PRICE);
    const clock = new ManualClock(START);
    const dhan = client({ clock });
    await expect(dhan.probeDataPlan()).rejects.toEqual(code('RTP_DHAN_NO_DATA_PLAN'));
    await probed(clock, 1);
    await clock.advanceTo(START + RETRY_MS);
    await probed(clock, 2);
    expect(dhan.stats.planLapsedSince).toBe(START);
    await clock.advanceTo(START + 2 * RETRY_MS);
    await eventually(() => dhan.stats.planLapsedSince === null);
  });
});

describe('the probe of the data plan', () => {
  test('is not repeated when its call is refused for a limit: work waits for it', async () => {
    broker.script('/v2/marketfeed/ltp', { status: 429, json: { data: { 805: 'Too many' }, status: 'failed' } });
    const dhan = client();
    await expect(dhan.probeDataPlan()).rejects.toEqual(code('RTP_DHAN_RATE_LIMITED'));
    expect(broker.requests).toHaveLength(1);
    expect(dhan.stats.planLapsedSince).toBeNull();
  });
});

describe("the broker's clock", () => {
  test('is compared with ours through the Date headers of its answers', async () => {
    const aheadMs = 5_200;
    const clock = new ManualClock(START);
    broker.on(INTRADAY, (_request, response) => {
      const date = new Date(clock.now() + aheadMs).toUTCString();
      response.writeHead(200, { 'content-type': 'application/json', date }).end(JSON.stringify(CANDLE));
    });
    const dhan = client({ clock });
    expect(dhan.stats.clockSkewMs).toBeNull();
    for (let call = 0; call < 8; call += 1) {
      await dhan.intradayCandles(chart());
      await clock.advance(1_370);
    }
    expect(Math.abs((dhan.stats.clockSkewMs ?? 0) - aheadMs)).toBeLessThan(150);
  });
});

describe('the scrip master', () => {
  const CSV = [
    'EXCH_ID,SEGMENT,SECURITY_ID,ISIN,INSTRUMENT,UNDERLYING_SYMBOL,SYMBOL_NAME,INSTRUMENT_TYPE,SERIES,SM_EXPIRY_DATE,TICK_SIZE',
    'NSE,E,2885,INE002A01018,EQUITY,RELIANCE,RELIANCE INDUSTRIES LTD,ES,EQ,,10.0000',
  ].join('\n');

  test('is downloaded without a token, plain or compressed', async () => {
    broker.script('/scrip.csv', { text: CSV, type: 'text/csv' });
    expect(await client().scripMaster()).toMatchObject([{ symbol: 'RELIANCE', tickPaise: 10 }]);
    expect(broker.requests[0]?.headers['access-token']).toBeUndefined();
    broker.on('/scrip.csv', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-encoding': 'gzip' }).end(gzipSync(CSV));
    });
    expect(await client().scripMaster()).toHaveLength(1);
  });

  test('a download that breaks off is a network failure, a missing file a bad request', async () => {
    broker.on('/scrip.csv', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '100000' });
      response.write(CSV, () => response.destroy());
    });
    await expect(client().scripMaster()).rejects.toEqual(code('RTP_DHAN_NETWORK'));
    broker.script('/scrip.csv', { status: 404, text: 'none', type: 'text/plain' });
    await expect(client().scripMaster()).rejects.toEqual(code('RTP_DHAN_BAD_REQUEST'));
  });
});

describe('a scrip master that has shrunk', () => {
  const master = (rows: number): string =>
    [
      'EXCH_ID,SEGMENT,SECURITY_ID,ISIN,INSTRUMENT,UNDERLYING_SYMBOL,SYMBOL_NAME,INSTRUMENT_TYPE,SERIES,SM_EXPIRY_DATE,TICK_SIZE',
      ...Array.from({ length: rows }, (_, n) => `NSE,E,${n + 1},INE${n},EQUITY,S${n},S${n} LTD,ES,EQ,,10.0000`),
    ].join('\n');

  test('by more than a fifth is refused, by the next process too, until it is whole again', async () => {
    const tokenFile = join(mkdtempSync(join(tmpdir(), 'rtp-dhan-')), 'token.json');
    broker.script('/scrip.csv', ...[100, 80, 63, 64].map((rows) => ({ text: master(rows), type: 'text/csv' })));
    const first = client({ options: { tokenFile } });
    expect(await first.scripMaster()).toHaveLength(100);
    expect(await first.scripMaster()).toHaveLength(80);
    const next = client({ options: { tokenFile } });
    await expect(next.scripMaster()).rejects.toMatchObject({
      code: 'RTP_DHAN_SCRIP_MASTER_INVALID',
      message: 'The scrip master has shrunk from 80 to 63 rows.',
    });
    expect(await next.scripMaster()).toHaveLength(64);
  });
});

describe('closing', () => {
  test('ends calls that wait and calls in flight, and the count is kept for the next process', async () => {
    broker.on(INTRADAY, () => {});
    const tokenFile = join(mkdtempSync(join(tmpdir(), 'rtp-dhan-')), 'token.json');
    const dhan = client({ options: { tokenFile } });
    const inFlight = dhan.intradayCandles(chart());
    await eventually(() => broker.requests.length === 1);
    const waiting = dhan.intradayCandles(chart());
    const outcomes = Promise.allSettled([inFlight, waiting]);
    await dhan.close();
    const closed = { status: 'rejected', reason: code('RTP_DHAN_CLOSED') };
    expect(await outcomes).toEqual([closed, closed]);
    expect(client({ options: { tokenFile } }).stats.chartCallsLeft).toBe(6_999);
  });
});
