/** Faults of the live feed, each by its name, over WebSocket. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, MINUTE_MS, type SimulatorFaultInput } from '@rtp/core';
import { BAD_DAY, type MarketDay, type MarketInstrument } from '@rtp/exchange-simulator';
import { WebSocket } from 'ws';
import {
  call,
  dayOf,
  type Exchange,
  eventually,
  FeedClient,
  feedQuery,
  mint,
  type Packet,
  startExchange,
} from './harness.ts';

const IST_S = 19_800;

let day: MarketDay;
const exchanges: Exchange[] = [];
const clients: FeedClient[] = [];

beforeAll(async () => {
  day = await dayOf({ generate: 12, seed: 5 });
});
afterAll(async () => {
  for (const client of clients) client.close();
  for (const exchange of exchanges) await exchange.close();
});

const shares = (): readonly MarketInstrument[] => day.instruments.filter(({ isIndex }) => !isIndex);
const named = (name: string): MarketInstrument =>
  day.instruments.find(({ symbol }) => symbol === name) as MarketInstrument;
const liquid = (): MarketInstrument => named('ABDL');

/** An exchange whose faults begin at 10:01, and a client of it that has had its first packets. */
async function feedAt(
  time: string,
  faults: readonly SimulatorFaultInput[],
  instruments: readonly MarketInstrument[] = [liquid()],
) {
  const exchange = await startExchange(day, time, { faults });
  exchanges.push(exchange);
  const token = await mint(exchange);
  const open = async (): Promise<FeedClient> => {
    const client = await FeedClient.open(exchange.url, token);
    clients.push(client);
    return client;
  };
  const follow = async (): Promise<FeedClient> => {
    const client = await open();
    client.subscribe(17, instruments);
    await eventually(() => exchange.simulator.state().subscriptions >= instruments.length);
    return client;
  };
  const client = await follow();
  /** Plays on, and waits until all that was sent has arrived. */
  const playTo = async (to: string | number): Promise<void> => {
    await exchange.clock.advanceTo(typeof to === 'number' ? to : atIst(day.date, to));
    await eventually(() => client.frames.length >= exchange.simulator.state().framesSent);
  };
  const struck = (): Readonly<Record<string, number>> => exchange.simulator.state().struck;
  return { exchange, token, client, open, follow, playTo, struck };
}

const marketSecond = (time: string): number => atIst(day.date, time) / 1_000 + IST_S;
const between = (packets: readonly Packet[], from: string, to: string): Packet[] =>
  packets.filter(({ ltt }) => ltt >= marketSecond(from) && ltt < marketSecond(to));

/** The HTTP status of a refused handshake, 101 when it was accepted. */
function handshakeStatus(url: string, token: string): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}?${new URLSearchParams(feedQuery(token))}`);
  return new Promise((resolve) => {
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode as number);
      request.destroy();
    });
    socket.on('open', () => {
      resolve(101);
      socket.terminate();
    });
    socket.on('error', () => {});
  });
}

describe('packets are lost:', () => {
  test('feed_silent of some symbols; afterwards the day’s values are whole again', async () => {
    const [one, other] = [liquid(), named('ABFRL')];
    const { client, playTo, struck } = await feedAt(
      '10:00',
      [{ name: 'feed_silent', symbols: [one.symbol], from: '10:01', to: '10:02' }],
      [one, other],
    );
    await playTo('10:04');
    const of = ({ securityId }: MarketInstrument) =>
      client.packets.filter((packet) => packet.securityId === securityId);
    expect(between(of(one), '10:01', '10:01:58')).toEqual([]);
    expect(between(of(other), '10:01', '10:02').length).toBeGreaterThan(10);
    expect(struck().feed_silent).toBeGreaterThan(10);
    let volume = 0;
    for (let row = one.firstRow; (day.bars.ts[row] as number) < atIst(day.date, '10:04'); row += 1) {
      volume += day.bar(row).volume;
    }
    expect(of(one).at(-1)?.volume).toBe(volume);
  });

  test('feed_silent_class of a class', async () => {
    const { client, playTo } = await feedAt(
      '10:00',
      [{ name: 'feed_silent_class', classes: ['cas_share', 'index'], from: '10:01', to: '10:03' }],
      day.instruments,
    );
    await playTo('10:02');
    const heard = new Set(between(client.packets, '10:01', '10:02').map((one) => `${one.segment}:${one.securityId}`));
    const ordinary = shares().filter((one) => !one.isClosingAuctionShare);
    expect(heard).toEqual(new Set(ordinary.map(({ securityId }) => `1:${securityId}`)));
  });
});

describe('packets are changed:', () => {
  test('feed_volume_drop starts the count anew and goes on from there', async () => {
    const faulty = await feedAt('10:00', [{ name: 'feed_volume_drop', from: '10:01', to: '10:02' }]);
    const sound = await feedAt('10:00', []);
    await faulty.playTo('10:04');
    await sound.playTo('10:04');
    const [shown, truth] = [faulty, sound].map(({ client }) => client.packets.map(({ volume }) => volume)) as [
      number[],
      number[],
    ];
    const fell = shown.indexOf(0);
    const base = truth[fell] as number;
    expect([fell > 10, fell < truth.length - 20]).toEqual([true, true]);
    expect(shown).toEqual(truth.map((volume, at) => (at < fell ? volume : volume - base)));
    expect(faulty.struck()).toEqual({ feed_volume_drop: 1 });
  });

  test('feed_volume_glitch is one packet of 0 for each instrument', async () => {
    const { client, playTo, struck } = await feedAt('10:00', [{ name: 'feed_volume_glitch', from: '10:01' }], shares());
    await playTo('10:03');
    const zeros = client.packets.filter(({ volume }) => volume === 0).map(({ securityId }) => securityId);
    expect(new Set(zeros).size).toBe(zeros.length);
    expect(zeros.length).toBeGreaterThan(8);
    expect(struck()).toEqual({ feed_volume_glitch: zeros.length });
  });

  test('feed_zero_ltt', async () => {
    const { client, playTo } = await feedAt('10:00', [{ name: 'feed_zero_ltt', from: '10:01', to: '10:02' }]);
    await playTo('10:03');
    expect(between(client.packets, '10:01', '10:02').length).toBeLessThan(3);
    expect(client.packets.filter(({ ltt }) => ltt === 0).length).toBeGreaterThan(10);
    expect(between(client.packets, '10:02', '10:03').length).toBeGreaterThan(10);
  });

  test('feed_invalid_prices: not a number, infinite, negative or zero', async () => {
    const { client, playTo } = await feedAt('10:00', [{ name: 'feed_invalid_prices', from: '10:01' }], shares());
    await playTo('10:03');
    const prices = new Set(between(client.packets, '10:01:02', '10:03').map(({ ltp }) => ltp));
    expect(prices).toEqual(new Set([Number.NaN, Number.POSITIVE_INFINITY, -0.01, 0]));
  });

  test.each([
    ['ticker', 15],
    ['full', 21],
  ])('the same fields in %s packets', async (_mode, code) => {
    const { client, exchange, playTo } = await feedAt('10:00', [
      { name: 'feed_zero_ltt', from: '10:01' },
      { name: 'feed_invalid_prices', kinds: ['negative'], from: '10:01' },
    ]);
    await playTo(atIst(day.date, '10:01') - 1);
    client.subscribe(code, [liquid()]);
    const before = exchange.simulator.state().packetsSent;
    await client.until(() => client.packets.length > before);
    const sound = client.packets.at(-1) as Packet;
    await playTo('10:02');
    const { ltt, ltp, volume } = client.packets.at(-1) as Packet;
    expect([ltt, ltp]).toEqual([0, -0.01]);
    expect([sound.ltt > 0, sound.ltp > 0, volume >= sound.volume]).toEqual([true, true, true]);
  });

  test('feed_duplicates come twice, feed_unknown_code sends a code before that nobody knows', async () => {
    const { client, playTo, struck } = await feedAt('10:00', [
      { name: 'feed_duplicates', from: '10:01' },
      { name: 'feed_unknown_code', from: '10:01', probability: 0.5 },
    ]);
    await playTo(atIst(day.date, '10:01') - 1);
    const before = client.packets.length;
    await playTo('10:02');
    const after = client.packets.slice(before);
    const unknown = after.filter(({ code }) => code === 99);
    const known = after.filter(({ code }) => code === 4);
    expect([unknown.length, unknown[0]?.length]).toEqual([struck().feed_unknown_code, 24]);
    expect(unknown.length).toBeLessThan(known.length / 2);
    for (let at = 0; at < known.length; at += 2) expect(known[at + 1]).toEqual(known[at]);
    expect(known.length).toBe(2 * (struck().feed_duplicates ?? 0));
  });

  test('feed_truncated_tail ends frames within a packet', async () => {
    const { client, playTo, struck } = await feedAt('10:00', [
      { name: 'feed_truncated_tail', from: '10:01', probability: 0.3 },
    ]);
    await playTo('10:03');
    const torn = client.frames.filter((frame) => frame.length % 50 === 25);
    expect(torn.length).toBeGreaterThan(5);
    expect(torn).toHaveLength(struck().feed_truncated_tail ?? 0);
  });
});

describe('packets are late:', () => {
  test('feed_lag delays the stream by market time, and what follows waits behind it', async () => {
    const { client, playTo } = await feedAt('10:00', [{ name: 'feed_lag', lagMs: 30_000, from: '10:01', to: '10:02' }]);
    await playTo('10:01:29');
    expect(between(client.packets, '10:01', '10:02')).toEqual([]);
    await playTo('10:01:45');
    expect(client.packets.at(-1)?.ltt).toBeLessThanOrEqual(marketSecond('10:01:15'));
    expect(client.packets.at(-1)?.ltt).toBeGreaterThan(marketSecond('10:01:10'));
    await playTo('10:02:15');
    expect(client.packets.at(-1)?.ltt).toBeLessThanOrEqual(marketSecond('10:01:45'));
    await playTo('10:02:40');
    expect(client.packets.at(-1)?.ltt).toBeGreaterThan(marketSecond('10:02:35'));
    const times = client.packets.map(({ ltt }) => ltt);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('feed_lag delays first packets as well, where nothing else is due for long', async () => {
    const { client, exchange, playTo } = await feedAt('09:00', [{ name: 'feed_lag', lagMs: 30_000, from: '09:01' }]);
    await playTo('09:02');
    client.subscribe(17, [named('ABFRL'), named('ABREL')]);
    await eventually(() => exchange.simulator.state().subscriptions === 3);
    await playTo('09:02:29');
    expect(client.packets).toHaveLength(1);
    await playTo('09:02:30');
    expect(client.packets).toHaveLength(3);
  });

  test('feed_lag of one symbol leaves the others alone', async () => {
    const [one, other] = [liquid(), named('ABFRL')];
    const { client, playTo } = await feedAt(
      '10:00',
      [{ name: 'feed_lag', lagMs: 30_000, symbols: [one.symbol], from: '10:01' }],
      [one, other],
    );
    await playTo('10:01:20');
    const heard = between(client.packets, '10:01', '10:02').map(({ securityId }) => securityId);
    expect(new Set(heard)).toEqual(new Set([other.securityId]));
  });

  test('feed_out_of_order brings some after later ones', async () => {
    const { client, playTo } = await feedAt('10:00', [{ name: 'feed_out_of_order', from: '10:01' }], shares());
    await playTo('10:03');
    let late = 0;
    const newest = new Map<number, number>();
    for (const { securityId, ltt } of client.packets) {
      const before = newest.get(securityId) ?? 0;
      if (ltt < before) late += 1;
      newest.set(securityId, Math.max(before, ltt));
    }
    expect(late).toBeGreaterThan(30);
  });
});

describe('sockets', () => {
  test('feed_reset: a TCP reset, again and again, without a packet or a close frame', async () => {
    const { exchange, client, follow, struck } = await feedAt('10:00', [
      { name: 'feed_reset', everyMs: 2 * MINUTE_MS, from: '10:01', to: '10:06' },
    ]);
    await exchange.clock.advanceTo(atIst(day.date, '10:01'));
    expect(await client.closed).toEqual({ code: 1006 });
    expect(client.packets.every(({ code }) => code !== 50)).toBe(true);
    const second = await follow();
    await exchange.clock.advanceTo(atIst(day.date, '10:02:59'));
    expect(second.socket.readyState).toBe(WebSocket.OPEN);
    await exchange.clock.advanceTo(atIst(day.date, '10:03'));
    expect(await second.closed).toEqual({ code: 1006 });
    const third = await follow();
    await exchange.clock.advanceTo(atIst(day.date, '10:05'));
    expect(await third.closed).toEqual({ code: 1006 });
    const fourth = await follow();
    await exchange.clock.advanceTo(atIst(day.date, '10:30'));
    expect([fourth.socket.readyState, struck()]).toEqual([WebSocket.OPEN, { feed_reset: 3 }]);
  });

  test('feed_reset_mid_frame: the same within a frame', async () => {
    const { exchange, client } = await feedAt('10:00', [{ name: 'feed_reset_mid_frame', from: '10:01', to: '10:02' }]);
    let bytes = 0;
    const { _socket: transport } = client.socket as unknown as { _socket: NodeJS.ReadableStream };
    transport.on('data', (data) => {
      bytes += data.length;
    });
    const whole = (): number =>
      client.frames.reduce((total, frame) => total + frame.length + (frame.length > 125 ? 4 : 2), 0);
    const before = whole();
    await exchange.clock.advanceTo(atIst(day.date, '10:01'));
    expect(await client.closed).toEqual({ code: 1006 });
    expect(bytes - (whole() - before)).toBe(8);
  });

  test('feed_half_open: open and dead until it ends, while new ones work', async () => {
    const { exchange, client, follow, playTo, struck } = await feedAt('10:00', [
      { name: 'feed_half_open', from: '10:01', to: '10:03' },
    ]);
    await playTo('10:01');
    const heard = client.frames.length;
    let isAlive = false;
    for (const event of ['ping', 'pong'] as const) {
      client.socket.on(event, () => {
        isAlive = true;
      });
    }
    client.socket.ping();
    const other = await follow();
    await exchange.clock.advanceTo(atIst(day.date, '10:02:30'));
    await other.until(() => other.packets.length > 20);
    expect([client.socket.readyState, client.frames.length, isAlive]).toEqual([WebSocket.OPEN, heard, false]);
    expect(exchange.simulator.state()).toMatchObject({ connected: 1, subscriptions: 1 });
    await exchange.clock.advanceTo(atIst(day.date, '10:03'));
    expect(await client.closed).toEqual({ code: 1006 });
    expect([other.socket.readyState, struck()]).toEqual([WebSocket.OPEN, { feed_half_open: 1 }]);
  });

  test('feed_half_open may leave new handshakes without an answer', async () => {
    const { exchange, token, struck } = await feedAt('10:00', [
      { name: 'feed_half_open', from: '10:01', to: '10:03', refuseNew: true },
    ]);
    await exchange.clock.advanceTo(atIst(day.date, '10:01'));
    const dead = new FeedClient(exchange.url, feedQuery(token));
    await eventually(() => exchange.simulator.state().socketsRefused === 1);
    expect(dead.socket.readyState).toBe(WebSocket.CONNECTING);
    await exchange.clock.advanceTo(atIst(day.date, '10:03'));
    expect(await dead.closed).toEqual({ code: 1006 });
    expect(await handshakeStatus(exchange.url, token)).toBe(101);
    expect(struck()).toEqual({ feed_half_open: 2 });
  });

  test('feed_disconnect_805 says so and closes, once or again and again', async () => {
    const { exchange, client, follow } = await feedAt('10:00', [
      { name: 'feed_disconnect_805', from: '10:01', to: '10:31' },
      { name: 'feed_disconnect_805', from: '10:31', everyMs: MINUTE_MS },
    ]);
    await exchange.clock.advanceTo(atIst(day.date, '10:01'));
    expect(await client.closed).toEqual({ code: 1000 });
    expect(client.frames.at(-1)?.toString('hex')).toBe('320a0000000000002503');
    const next = await follow();
    await exchange.clock.advanceTo(atIst(day.date, '10:30'));
    expect(next.socket.readyState).toBe(WebSocket.OPEN);
    await exchange.clock.advanceTo(atIst(day.date, '10:31'));
    await next.closed;
    const last = await follow();
    await exchange.clock.advance(MINUTE_MS);
    expect(await last.closed).toEqual({ code: 1000 });
  });

  test('data_plan_lapsed: disconnected for it, then accepted only to hear it, or refused', async () => {
    const { exchange, client, open, token } = await feedAt('10:00', [
      { name: 'data_plan_lapsed', from: '10:01', to: '10:02' },
      { name: 'data_plan_lapsed', from: '10:02', to: '10:03', feed: 'handshake_429' },
    ]);
    await exchange.clock.advanceTo(atIst(day.date, '10:01'));
    await client.closed;
    const again = await open();
    await again.closed;
    for (const one of [client, again]) expect(one.frames.at(-1)?.toString('hex')).toBe('320a0000000000002603');
    await exchange.clock.advanceTo(atIst(day.date, '10:02'));
    expect(await handshakeStatus(exchange.url, token)).toBe(429);
    await exchange.clock.advanceTo(atIst(day.date, '10:03'));
    expect(await handshakeStatus(exchange.url, token)).toBe(101);
  });

  test('token_invalidated disconnects with its reason, and the token opens none any more', async () => {
    const { exchange, client, token } = await feedAt('10:00', [
      { name: 'token_invalidated', from: '10:01', reason: 807 },
    ]);
    await exchange.clock.advanceTo(atIst(day.date, '10:01'));
    await client.closed;
    expect(client.frames.at(-1)?.toString('hex')).toBe('320a0000000000002703');
    const cut = await FeedClient.open(exchange.url, token);
    expect(await cut.closed).toEqual({ code: 1006 });
    await exchange.clock.advance(3 * MINUTE_MS);
    expect(await handshakeStatus(exchange.url, await mint(exchange))).toBe(101);
  });
});

test('a bad day of everything together: late, stalled for seven minutes, and reset every five', async () => {
  const { exchange, client, follow, struck } = await feedAt('09:14', BAD_DAY);
  await exchange.clock.advanceTo(atIst(day.date, '09:15'));
  await client.closed;
  const sockets = [client];
  for (const time of ['09:20', '09:25', '09:30', '09:35', '09:40']) {
    const next = await follow();
    sockets.push(next);
    await exchange.clock.advanceTo(atIst(day.date, time));
    await next.closed;
  }
  expect(struck()).toMatchObject({ feed_reset: 6 });
  expect(struck().feed_silent).toBeGreaterThan(200);
  expect(struck().feed_lag).toBeGreaterThan(500);
  const stalled = between(
    sockets.flatMap(({ packets }) => packets),
    '09:32',
    '09:38:58',
  );
  expect(stalled).toEqual([]);
});

test('limits of the feed are counted: sockets at once, instruments in a message', async () => {
  const { exchange, client, open } = await feedAt('10:00', []);
  for (let count = 0; count < 5; count += 1) await open();
  client.subscribe(17, []);
  const many = await open();
  many.subscribe(
    17,
    Array.from({ length: 101 }, () => liquid()),
  );
  many.send({ RequestCode: 99 });
  await eventually(() => exchange.simulator.state().subscriptionsRejected === 2);
  const { json } = await call(`${exchange.url}/__simulator/state`);
  expect(json).toMatchObject({ socketsPeak: 6, subscribeOverLimit: 1, subscriptionsRejected: 2, connected: 5 });
});
