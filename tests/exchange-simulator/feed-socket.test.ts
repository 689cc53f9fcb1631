import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { type MarketDay, type MarketInstrument, SIMULATOR_CREDENTIALS } from '@rtp/exchange-simulator';
import { WebSocket } from 'ws';
import {
  dayOf,
  type Exchange,
  type ExchangeSettings,
  eventually,
  FeedClient,
  feedQuery,
  mint,
  startExchange,
} from './harness.ts';

let day: MarketDay;
const exchanges: Exchange[] = [];
const clients: FeedClient[] = [];

beforeAll(async () => {
  day = await dayOf({ shipped: '2016-09-30' });
});
afterAll(async () => {
  for (const client of clients) client.close();
  for (const exchange of exchanges) await exchange.close();
});

async function exchangeAt(
  time: string,
  config: ExchangeSettings = {},
  timing: { pingIntervalMs?: number; pongTimeoutMs?: number } = {},
): Promise<{ exchange: Exchange; token: string; connect: (options?: object) => Promise<FeedClient> }> {
  const exchange = await startExchange(day, time, config, timing);
  exchanges.push(exchange);
  const token = await mint(exchange);
  return {
    exchange,
    token,
    connect: async (options) => {
      const client = await FeedClient.open(exchange.url, token, options);
      clients.push(client);
      return client;
    },
  };
}

const some = (count: number): readonly MarketInstrument[] => day.instruments.slice(0, count);

/** The HTTP status line of a refused handshake. */
async function handshakeStatus(url: string, query: Record<string, string>, headers = {}): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}?${new URLSearchParams(query)}`, { headers });
  return new Promise((resolve) => {
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode as number);
      request.destroy();
    });
    socket.on('open', () => resolve(101));
    socket.on('error', () => {});
  });
}

describe('connecting', () => {
  test('needs the credentials in the query', async () => {
    const { exchange, token } = await exchangeAt('09:00');
    const headers = { 'access-token': token, 'client-id': SIMULATOR_CREDENTIALS.clientId };
    expect(await handshakeStatus(exchange.url, {}, headers)).toBe(400);
    expect(await handshakeStatus(exchange.url, { ...feedQuery(token), version: '1' })).toBe(400);
    expect(await handshakeStatus(exchange.url, feedQuery(token))).toBe(101);
  });

  test('with a bad token is accepted, then cut without a close frame', async () => {
    const { exchange } = await exchangeAt('09:00');
    const client = await FeedClient.open(exchange.url, 'not-a-token');
    expect(await client.closed).toEqual({ code: 1006 });
    expect(client.frames).toEqual([]);
    expect(exchange.simulator.state()).toMatchObject({ socketsRefused: 1, socketsAccepted: 0 });
  });

  test('a sixth time costs the oldest its connection, with the reason', async () => {
    const { exchange, connect: open } = await exchangeAt('09:00');
    const all: FeedClient[] = [];
    for (let index = 0; index < 6; index += 1) all.push(await open());
    const [oldest, second] = all as [FeedClient, FeedClient];
    expect(await oldest.closed).toEqual({ code: 1000 });
    expect(oldest.frames.map((frame) => frame.toString('hex'))).toEqual(['320a0000000000002503']);
    expect(second.socket.readyState).toBe(WebSocket.OPEN);
    expect(exchange.simulator.state().connected).toBe(5);
  });

  test('and never answering pings ends the connection', async () => {
    const { connect: open } = await exchangeAt('09:00', {}, { pingIntervalMs: 20, pongTimeoutMs: 100 });
    const answering = await open();
    const mute = await open({ autoPong: false });
    expect(await mute.closed).toEqual({ code: 1006 });
    expect(answering.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe('subscribing', () => {
  test('gives one snapshot for each instrument, several to a frame, and no acknowledgement', async () => {
    const { connect: open } = await exchangeAt('10:00');
    const client = await open();
    client.subscribe(17, some(83));
    await client.until(() => client.packets.length >= 83);
    expect(client.packets.map((packet) => packet.securityId)).toEqual(some(83).map((one) => one.securityId));
    expect(client.packets.every((packet) => packet.code === 4 && packet.length === 50)).toBe(true);
    const sizes = client.frames.map((frame) => frame.length / 50);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5);
    expect(new Set(sizes).size).toBeGreaterThan(2);
  });

  test('then brings a packet whenever something traded in a second, as the market goes on', async () => {
    const { exchange, connect: open } = await exchangeAt('10:00');
    const client = await open();
    client.subscribe(17, some(10));
    await client.until(() => client.packets.length >= 10);
    await exchange.clock.advance(20_000);
    const now = exchange.clock.now() / 1_000 + 19_800;
    await client.until(() => (client.packets.at(-1)?.ltt ?? 0) > now - 3);
    const moves = client.packets.slice(10);
    expect(moves.length).toBeGreaterThan(60);
    expect(moves.every((packet) => packet.ltt <= now)).toBe(true);
    expect(exchange.simulator.state().packetsSent).toBe(client.packets.length);
  });

  test('more than 100 in a message, or nonsense, is ignored without a word', async () => {
    const { exchange, connect: open } = await exchangeAt('10:00');
    const client = await open();
    const share = some(1)[0] as MarketInstrument;
    client.subscribe(
      17,
      Array.from({ length: 101 }, () => share),
    );
    client.socket.send('{');
    client.send({ RequestCode: 99 });
    client.send({ RequestCode: 17, InstrumentList: [{ ExchangeSegment: 'NSE_EQ', SecurityId: 2885 }] });
    client.subscribe(17, [{ segment: 'NSE_EQ', securityId: 424242 }, share]);
    await client.until(() => client.packets.length > 0);
    expect(client.packets).toHaveLength(1);
    expect(exchange.simulator.state()).toMatchObject({ subscriptionsRejected: 4, subscriptions: 1 });
  });

  test('ends with the unsubscribe code of its own mode, and 12 closes the connection', async () => {
    const { exchange, connect: open } = await exchangeAt('10:00');
    const client = await open();
    client.subscribe(15, some(4));
    await client.until(() => client.packets.length === 4);
    client.subscribe(18, some(2));
    client.subscribe(16, some(3));
    client.subscribe(15, [day.instruments[4] as MarketInstrument]);
    await client.until(() => client.packets.length === 5);
    expect(exchange.simulator.state().subscriptions).toBe(2);
    client.send({ RequestCode: 12 });
    expect(await client.closed).toEqual({ code: 1000 });
    await eventually(() => exchange.simulator.state().connected === 0);
    expect(exchange.simulator.state().subscriptions).toBe(0);
  });
});

describe('faults of the feed', () => {
  test('refused: open sockets are dropped, handshakes answered 429, until it is over', async () => {
    const {
      exchange,
      token,
      connect: open,
    } = await exchangeAt('10:00', {
      faults: [{ name: 'feed_refused', from: '10:05', to: '10:10' }],
    });
    const client = await open();
    await exchange.clock.advanceTo(atIst(day.date, '10:05'));
    expect(await client.closed).toEqual({ code: 1006 });
    expect(await handshakeStatus(exchange.url, feedQuery(token))).toBe(429);
    await exchange.clock.advanceTo(atIst(day.date, '10:10'));
    expect(await handshakeStatus(exchange.url, feedQuery(token))).toBe(101);
  });

  test('silent: the socket stays open and brings nothing', async () => {
    const { exchange, connect: open } = await exchangeAt('10:00', {
      faults: [{ name: 'feed_silent', from: '10:01', to: '10:02' }],
    });
    const client = await open();
    client.subscribe(17, some(1));
    await client.until(() => client.packets.length === 1);
    await exchange.clock.advanceTo(atIst(day.date, '10:01'));
    const before = exchange.simulator.state().packetsSent;
    await exchange.clock.advanceTo(atIst(day.date, '10:01:59'));
    expect(exchange.simulator.state()).toMatchObject({ packetsSent: before, connected: 1 });
    await exchange.clock.advanceTo(atIst(day.date, '10:03'));
    expect(exchange.simulator.state().packetsSent).toBeGreaterThan(before + 5);
  });
});

test('only this machine can connect', async () => {
  const { exchange } = await exchangeAt('09:00');
  expect(new URL(exchange.url).hostname).toBe('127.0.0.1');
  const { port } = new URL(exchange.url);
  const outcome = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '::1');
    socket.on('connect', () => resolve('connected'));
    socket.on('error', () => resolve('refused'));
  });
  expect(outcome).toBe('refused');
});
