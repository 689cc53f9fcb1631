/**
 * Requests byte for byte as other people's clients make them: the official Python SDK (dhanhq 2.x: requests.Session for
 * REST, websockets for the feed) and OpenAlgo (httpx, websocket-client).
 */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { type MarketDay, type MarketInstrument, SIMULATOR_CREDENTIALS } from '@rtp/exchange-simulator';
import { WebSocket } from 'ws';
import { currentTotp, dayOf, type Exchange, FeedClient, feedQuery, mint, startExchange } from './harness.ts';

const DATE = '2026-11-20';
const { clientId, pin } = SIMULATOR_CREDENTIALS;

let day: MarketDay;
let exchange: Exchange;
let token: string;
const sockets: Socket[] = [];
const feeds: FeedClient[] = [];

beforeAll(async () => {
  day = await dayOf({ generate: 120, seed: 3 });
  exchange = await startExchange(day, '10:00', { history_days: 65, chart_calls_per_second: 1_000 });
  token = await mint(exchange);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const feed of feeds) feed.close();
  await exchange.close();
});
/** Each test has the quote call of its own second. */
beforeEach(() => exchange.clock.advance(1_001));

const share = (): MarketInstrument => day.instruments.find((one) => one.isClosingAuctionShare) as MarketInstrument;
const host = (): string => exchange.url.slice('http://'.length);

interface RawReply {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes.
  readonly json: any;
}

/** One kept-alive connection, as a `requests.Session` has it. */
class RawSession {
  private readonly socket: Socket;
  private received = '';
  private changed: () => void = () => {};

  constructor() {
    const [hostname, port] = host().split(':');
    this.socket = connect(Number(port), hostname);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.received += text;
      this.changed();
    });
    sockets.push(this.socket);
  }

  /** Sends a request's bytes and reads one answer. */
  async send(lines: readonly string[], body = ''): Promise<RawReply> {
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    const end = await this.until(() => this.received.indexOf('\r\n\r\n'));
    const headers = this.received.slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(headers)?.[1] ?? 0);
    const total = end + 4 + length;
    await this.until(() => (this.received.length >= total ? total : -1));
    const text = this.received.slice(end + 4, total);
    this.received = this.received.slice(total);
    const json: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
    return { status: Number(headers.split(' ')[1]), headers, body: text, json };
  }

  private async until(found: () => number): Promise<number> {
    for (let at = found(); ; at = found()) {
      if (at !== -1) return at;
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
  }
}

describe('the Python SDK’s REST calls', () => {
  const sessionHeaders = (): readonly string[] => [
    `Host: ${host()}`,
    'User-Agent: python-requests/2.32.5',
    'Accept-Encoding: gzip, deflate',
    'Accept: application/json',
    'Connection: keep-alive',
    `access-token: ${token}`,
    `client-id: ${clientId}`,
    'Content-type: application/json',
  ];
  const sdkPost = (session: RawSession, path: string, body: string): Promise<RawReply> =>
    session.send([`POST /v2${path} HTTP/1.1`, ...sessionHeaders(), `Content-Length: ${body.length}`], body);

  test('mint a token with everything in the query and no body', async () => {
    const fresh = await startExchange(day, '09:00');
    const [hostname, port] = fresh.url.slice('http://'.length).split(':');
    const query = `dhanClientId=${clientId}&pin=${pin}&totp=${currentTotp(fresh.clock)}`;
    const reply = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname).setEncoding('utf8');
      socket.once('data', (text) => resolve(String(text)));
      socket.write(
        `POST /app/generateAccessToken?${query} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUser-Agent: python-requests/2.32.5\r\n` +
          'Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n',
      );
      sockets.push(socket);
    });
    await fresh.close();
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(JSON.parse(reply.slice(reply.indexOf('{')))).toMatchObject({
      dhanClientId: clientId,
      accessToken: expect.stringMatching(/^eyJ/),
      expiryTime: '2026-11-21T09:00:00.000',
    });
  });

  test('read profile and refuse to renew with the client id in a header of another name', async () => {
    const session = new RawSession();
    const get = (path: string): Promise<RawReply> =>
      session.send([
        `GET /v2${path} HTTP/1.1`,
        `Host: ${host()}`,
        'User-Agent: python-requests/2.32.5',
        'Accept-Encoding: gzip, deflate',
        'Accept: */*',
        'Connection: keep-alive',
        `access-token: ${token}`,
        `dhanClientId: ${clientId}`,
      ]);
    expect((await get('/profile')).json).toMatchObject({ dhanClientId: clientId, dataPlan: 'Active' });
    const renewed = await get('/RenewToken');
    expect([renewed.status, renewed.json.errorMessage]).toEqual([
      500,
      'Renewal of token not allowed for this token type',
    ]);
  });

  test('read minute candles: interval a number, client id in the body, several calls on one connection', async () => {
    const session = new RawSession();
    const id = share().securityId;
    const body = (extra: string): string =>
      `{"securityId": "${id}", "exchangeSegment": "NSE_EQ", "instrument": "EQUITY", "interval": 1, ${extra}` +
      `"fromDate": "2026-11-18", "toDate": "2026-11-19", "dhanClientId": "${clientId}"}`;
    const plain = await sdkPost(session, '/charts/intraday', body(''));
    expect([plain.status, plain.json.timestamp.length]).toEqual([200, 720]);
    expect(plain.headers.toLowerCase()).toContain('content-type: application/json');
    const withInterest = await sdkPost(session, '/charts/intraday', body('"oi": true, '));
    expect(withInterest.json.open_interest).toHaveLength(720);
    const five = await sdkPost(session, '/charts/intraday', body('').replace('"interval": 1', '"interval": 5'));
    expect(five.json.timestamp).toHaveLength(144);
  });

  test('read daily candles with an expiry code', async () => {
    const body =
      `{"securityId": "${share().securityId}", "exchangeSegment": "NSE_EQ", "instrument": "EQUITY", "expiryCode": 0, ` +
      `"fromDate": "2026-11-16", "toDate": "2026-11-19", "dhanClientId": "${clientId}"}`;
    const { status, json } = await sdkPost(new RawSession(), '/charts/historical', body);
    expect([status, json.timestamp]).toEqual([
      200,
      ['2026-11-16', '2026-11-17', '2026-11-18'].map((date) => atIst(date, '00:00') / 1_000),
    ]);
  });

  test.each(['ltp', 'ohlc', 'quote'])('read %s quotes with the client id among the segments', async (kind) => {
    const id = share().securityId;
    const body = `{"NSE_EQ": [${id}], "IDX_I": [13], "dhanClientId": "${clientId}"}`;
    const { status, json } = await sdkPost(new RawSession(), `/marketfeed/${kind}`, body);
    expect([status, json.status, Object.keys(json.data)]).toEqual([200, 'success', ['NSE_EQ', 'IDX_I']]);
    expect(json.data.NSE_EQ[id].last_price).toBeGreaterThan(0);
  });

  test('download the instruments without credentials', async () => {
    const lines = [`GET /api-data/api-scrip-master.csv HTTP/1.1`, `Host: ${host()}`, 'Accept: */*'];
    const { status, body } = await new RawSession().send(lines);
    expect(status).toBe(200);
    expect(body).toMatch(/^SEM_EXM_EXCH_ID,SEM_SEGMENT,/);
    expect(body).toContain(`,${share().securityId},EQUITY,`);
  });
});

describe('OpenAlgo’s REST calls', () => {
  const post = async (path: string, body: object): Promise<RawReply> => {
    const text = JSON.stringify(body);
    return new RawSession().send(
      [
        `POST /v2/charts/${path} HTTP/1.1`,
        `Host: ${host()}`,
        'Accept-Encoding: gzip, deflate',
        'Connection: keep-alive',
        'User-Agent: python-httpx/0.28.1',
        `access-token: ${token}`,
        `client-id: ${clientId}`,
        'Content-Type: application/json',
        'Accept: application/json',
        `Content-Length: ${text.length}`,
      ],
      text,
    );
  };
  const request = (fromDate: string, toDate: string): object => ({
    securityId: String(share().securityId),
    exchangeSegment: 'NSE_EQ',
    instrument: 'EQUITY',
    interval: '1',
    fromDate,
    toDate,
    oi: true,
    expiryCode: 0,
  });
  const times = ({ json }: RawReply): string[] =>
    json.timestamp.map((ts: number) => new Date((ts + 19_800) * 1_000).toISOString().slice(0, 16).replace('T', ' '));

  test('may ask for chunks whose bare dates are 90 days apart', async () => {
    const reply = await post('intraday', request('2026-08-21', '2026-11-19'));
    expect(reply.status).toBe(200);
    expect([times(reply)[0], times(reply).at(-1)]).toEqual(['2026-08-21 09:15', '2026-11-19 15:14']);
    expect(reply.json.open_interest).toHaveLength(reply.json.timestamp.length);
  });

  test('lose the opening minute to a timed fromDate, and end with a timed toDate', async () => {
    const reply = await post('intraday', request('2026-11-19 09:15:00', '2026-11-19 15:30:00'));
    expect([times(reply)[0], times(reply).at(-1), times(reply).length]).toEqual([
      '2026-11-19 09:16',
      '2026-11-19 15:14',
      359,
    ]);
  });

  test('get today’s minutes with an end on the day after', async () => {
    const reply = await post('intraday', request(DATE, '2026-11-21'));
    expect(times(reply)[0]).toBe(`${DATE} 09:15`);
    expect(reply.json.timestamp.length).toBeGreaterThan(40);
  });

  test('get daily candles with open interest and an expiry code', async () => {
    const { interval: _, ...body } = request('2026-11-18', '2026-11-20') as { interval: string };
    const reply = await post('historical', body);
    expect([reply.json.timestamp.length, reply.json.open_interest]).toEqual([2, [0, 0]]);
  });
});

describe('feeds', () => {
  const query = (): string => new URLSearchParams(feedQuery(token)).toString();

  /** The answer to a handshake as Python’s websockets makes it. */
  function handshake(target: string, extra: readonly string[] = []): Promise<string> {
    const [hostname, port] = host().split(':');
    return new Promise((resolve) => {
      const socket = connect(Number(port), hostname).setEncoding('latin1');
      socket.once('data', (text) => resolve(String(text)));
      socket.on('error', () => {});
      sockets.push(socket);
      const lines = [
        `GET ${target} HTTP/1.1`,
        `Host: ${host()}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
        'User-Agent: Python/3.12 websockets/15.0.1',
        ...extra,
      ];
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    });
  }

  test('open on the SDK’s handshake and speak without compression', async () => {
    const answer = await handshake(`/?${query()}`);
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(answer.toLowerCase()).not.toContain('sec-websocket-extensions');
  });

  test('are refused as a bad request when the credentials are in headers', async () => {
    const headers = [`access-token: ${token}`, `client-id: ${clientId}`];
    expect(await handshake('/', headers)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await handshake('/?version=2&authType=2', headers)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('bring every instrument of the SDK’s batches of 100, whose first packets alone it reads', async () => {
    const feed = await FeedClient.open(exchange.url, token);
    feeds.push(feed);
    const all = day.instruments.map(
      (one) => `{"ExchangeSegment": "${one.segment}", "SecurityId": "${one.securityId}"}`,
    );
    for (let from = 0; from < all.length; from += 100) {
      const batch = all.slice(from, from + 100);
      feed.socket.send(
        `{"RequestCode": 17, "InstrumentCount": ${batch.length}, "InstrumentList": [${batch.join(', ')}]}`,
      );
    }
    await feed.until(() => feed.packets.filter((packet) => packet.code === 4).length >= all.length);
    const quoted = new Set(feed.packets.filter((packet) => packet.code === 4).map((packet) => packet.securityId));
    expect(quoted).toEqual(new Set(day.instruments.map((one) => one.securityId)));
    // The SDK unpacks the first 50 bytes of a frame and forgets the rest.
    const firsts = (): Buffer[] => feed.frames.map((frame) => frame.subarray(0, 50)).filter((one) => one[0] === 4);
    expect(firsts().every((packet) => packet.length === 50 && packet.readUInt16LE(1) === 50)).toBe(true);
    const before = feed.frames.length;
    await exchange.clock.advance(5_000);
    await feed.until(() => feed.frames.length > before + 10);
    expect(firsts().length).toBeGreaterThan(10);
    expect(feed.socket.readyState).toBe(WebSocket.OPEN);

    feed.socket.send('{"RequestCode": 12}');
    feed.socket.send(
      Buffer.concat([Buffer.from([12, 83, 0]), Buffer.from(clientId.padEnd(30, '\0')), Buffer.alloc(50)]),
    );
    expect(await feed.closed).toEqual({ code: 1000 });
  });

  test('answer the pings of a client that keeps the connection alive itself, and take its Origin', async () => {
    const feed = await FeedClient.open(exchange.url, token, { origin: exchange.url, perMessageDeflate: false });
    feeds.push(feed);
    const ponged = new Promise((resolve) => feed.socket.once('pong', resolve));
    feed.socket.ping();
    await ponged;
    feed.subscribe(21, [share()]);
    await feed.until(() => feed.packets.length === 1);
    expect(feed.packets[0]).toMatchObject({ code: 8, length: 162, securityId: share().securityId });
  });
});
