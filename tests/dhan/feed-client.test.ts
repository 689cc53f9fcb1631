import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock, type RtpConfig } from '@rtp/core';
import { createFeedClient, dhanErrors, type FeedClient, type FeedInstrument, type FeedOptions } from '@rtp/dhan';
import type { WebSocket } from 'ws';
import { eventually } from './support/eventually.ts';
import { FakeBroker } from './support/fake-broker.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { quotePacket, VECTORS } from './support/vectors.ts';

const MARKET_NOW = 1_795_149_907_000;
const TOKEN = 'header.secret-token.signature';

let broker: FakeBroker;
let logger = recordingLogger();
const feeds: FeedClient[] = [];

beforeEach(async () => {
  broker = await FakeBroker.open();
  logger = recordingLogger();
});

afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
  await broker.close();
});

interface Setup {
  readonly count?: number;
  readonly config?: Partial<RtpConfig['broker']>;
  readonly options?: Partial<FeedOptions>;
}

function open({ count = 3, config, options }: Setup = {}) {
  const events: string[] = [];
  const ltps: number[] = [];
  const instruments = Array.from(
    { length: count },
    (_, index): FeedInstrument => ({ segment: index === 1 ? 'IDX_I' : 'NSE_EQ', securityId: `${index + 1}` }),
  );
  const feed = createFeedClient({
    broker: broker.config({ feed_reconnect_min_ms: 1, feed_reconnect_max_ms: 20, ...config }),
    instruments,
    token: async () => ({ token: TOKEN, clientId: '1000000001' }),
    clock: new ManualClock(MARKET_NOW),
    logger,
    visitor: { quote: ({ ltp }) => void ltps.push(ltp) },
    onOpen: () => void events.push('open'),
    onClose: (reason) => void events.push(`close: ${reason}`),
    onFailure: ({ kind }) => void events.push(`failure: ${kind}`),
    ...options,
  });
  feeds.push(feed);
  return { feed, events, ltps };
}

/** Texts that the newest connections sent, in order. */
function listen(): string[] {
  const texts: string[] = [];
  broker.onSocket = (socket) => socket.on('message', (data) => void texts.push(String(data)));
  return texts;
}

const each = (run: (socket: WebSocket, nth: number) => void): void => {
  let nth = 0;
  broker.onSocket = (socket) => {
    nth += 1;
    run(socket, nth);
  };
};

describe('connecting', () => {
  test('authenticates in the query and subscribes in the order given, 100 a message', async () => {
    const texts = listen();
    const { feed, events } = open({ count: 205 });
    expect(feed.state).toBe('idle');
    feed.start();
    await eventually(() => texts.length === 3);
    expect(Object.fromEntries(broker.upgrades[0] ?? [])).toEqual({
      version: '2',
      token: TOKEN,
      clientId: '1000000001',
      authType: '2',
    });
    const messages = texts.map((text) => JSON.parse(text));
    expect(messages.map(({ RequestCode, InstrumentCount }) => [RequestCode, InstrumentCount])).toEqual([
      [17, 100],
      [17, 100],
      [17, 5],
    ]);
    const ids = messages.flatMap(({ InstrumentList }) => InstrumentList);
    expect(ids.slice(0, 2)).toEqual([
      { ExchangeSegment: 'NSE_EQ', SecurityId: '1' },
      { ExchangeSegment: 'IDX_I', SecurityId: '2' },
    ]);
    expect(ids.map(({ SecurityId }) => Number(SecurityId))).toEqual(Array.from({ length: 205 }, (_, i) => i + 1));
    expect(events).toEqual(['open']);
    expect(feed.state).toBe('open');
  });

  test('other modes ask with their own code', async () => {
    const texts = listen();
    open({ options: { mode: 21 } }).feed.start();
    await eventually(() => texts.length === 1);
    expect(JSON.parse(texts[0] ?? '')).toMatchObject({ RequestCode: 21, InstrumentCount: 3 });
  });

  test('subscriptions made anew are ended first, on the same connection, and not without one', async () => {
    const texts = listen();
    const { feed, events } = open({ options: { mode: 21 } });
    const some: FeedInstrument[] = [{ segment: 'IDX_I', securityId: '2' }];
    feed.resubscribe(some);
    feed.start();
    await eventually(() => texts.length === 1);
    feed.resubscribe(some);
    await eventually(() => texts.length === 3);
    const InstrumentList = [{ ExchangeSegment: 'IDX_I', SecurityId: '2' }];
    expect(texts.slice(1).map((text) => JSON.parse(text))).toEqual([
      { RequestCode: 22, InstrumentCount: 1, InstrumentList },
      { RequestCode: 21, InstrumentCount: 1, InstrumentList },
    ]);
    expect(events).toEqual(['open']);
  });

  test('more instruments than a connection takes are refused', () => {
    expect(() => open({ count: 5_001 })).toThrow(expect.objectContaining({ code: 'RTP_DHAN_BAD_REQUEST' }));
  });
});

describe('packets', () => {
  test('reach the visitor, frame by frame, and are counted', async () => {
    each((socket) => {
      socket.send(Buffer.concat([quotePacket({ ltp: 100.5 }), quotePacket({ ltp: 101 })]));
      socket.send(Buffer.concat([VECTORS.prevClose, VECTORS.quote.subarray(0, 20)]));
      socket.send('text is not data');
      socket.send(quotePacket({ ltp: 102 }));
    });
    const { feed, ltps } = open();
    feed.start();
    await eventually(() => ltps.length === 3);
    expect(ltps).toEqual([100.5, 101, 102]);
    expect(feed.stats).toMatchObject({ connects: 1, disconnects: 0, frames: 3, packets: 4, truncatedBytes: 20 });
    expect(feed.stats.lastPacketAtMonotonic).not.toBeNull();
    expect(feed.stats.lastPacketAt).toBe(MARKET_NOW);
  });

  test('a visitor that is an object with state keeps its this', async () => {
    each((socket) => socket.send(VECTORS.quote));
    class Counter {
      #seen = 0;
      quote(): void {
        this.#seen += 1;
      }
      get seen(): number {
        return this.#seen;
      }
    }
    const visitor = new Counter();
    open({ options: { visitor } }).feed.start();
    await eventually(() => visitor.seen === 1);
  });
});

describe('losing the connection', () => {
  test('it comes back and subscribes anew, and the caller hears both', async () => {
    const texts: string[] = [];
    each((socket, nth) => {
      socket.on('message', (data) => {
        texts.push(String(data));
        socket.send(VECTORS.quote, () => {
          if (nth < 3) socket.terminate();
        });
      });
    });
    const { feed, events, ltps } = open();
    feed.start();
    await eventually(() => ltps.length === 3);
    expect(texts).toHaveLength(3);
    expect(events.map((event) => event.split(':')[0])).toEqual(['open', 'close', 'open', 'close', 'open']);
    expect(feed.stats).toMatchObject({ connects: 3, disconnects: 2 });
  });

  /** How many failures in a row each loss counted as. */
  const counted = (): number[] =>
    logger.lines.map((line) => Number(/"failures":(\d+)/.exec(line)?.[1])).filter((n) => n > 0);

  test('a server that accepts, sends a little and closes meets growing waits, not a storm', async () => {
    each((socket) => socket.send(VECTORS.quote, () => socket.close()));
    open({ config: { feed_stable_ms: 60_000 } }).feed.start();
    await eventually(() => broker.upgrades.length >= 5);
    expect(counted().slice(0, 4)).toEqual([1, 2, 3, 4]);
  });

  test('after a connection that lasted and brought packets the waits start anew', async () => {
    each((socket) => socket.send(VECTORS.quote, () => socket.close()));
    open({ config: { feed_stable_ms: 0 } }).feed.start();
    await eventually(() => broker.upgrades.length >= 5);
    expect(counted().slice(0, 4)).toEqual([1, 1, 1, 1]);
  });

  test('a connection that brought nothing does not count, however long it lasted', async () => {
    each((socket) => socket.close());
    open({ config: { feed_stable_ms: 0 } }).feed.start();
    await eventually(() => broker.upgrades.length >= 4);
    expect(counted().slice(0, 3)).toEqual([1, 2, 3]);
  });

  test('a silent socket is dropped though it is open', async () => {
    each((socket) => {
      // Neither pongs nor data: as a peer whose machine is gone.
      (socket as unknown as { _autoPong: boolean })._autoPong = false;
    });
    const { feed, events } = open({ config: { feed_silence_timeout_ms: 60 } });
    feed.start();
    await eventually(() => feed.stats.disconnects >= 1);
    expect(feed.stats.lastFailure?.kind).toBe('silent');
    expect(events[1]).toMatch(/neither frame nor ping/);
  });

  test('a mute market on a living socket is left alone', async () => {
    const pings: number[] = [];
    each((socket) => socket.on('ping', () => void pings.push(1)));
    const { feed } = open({ config: { feed_silence_timeout_ms: 400 } });
    feed.start();
    // A ping a quarter of the limit: longer than it by now.
    await eventually(() => pings.length >= 6);
    expect(feed.stats).toMatchObject({ connects: 1, disconnects: 0 });
  });

  test('the caller can ask for a new connection', async () => {
    const { feed, events } = open();
    feed.start();
    await eventually(() => feed.state === 'open');
    feed.reconnect('prices are stale');
    await eventually(() => feed.stats.connects === 2);
    expect(events).toEqual(['open', 'close: prices are stale', 'open']);
  });
});

describe('disconnect packets', () => {
  const disconnect = (reason: number): Buffer => {
    const packet = Buffer.from(VECTORS.disconnect);
    packet.writeUInt16LE(reason, 8);
    return packet;
  };

  test.each([807, 808, 809])('%i has the token replaced before the next attempt', async (reason) => {
    each((socket, nth) => {
      if (nth === 1) socket.send(disconnect(reason));
    });
    const asked: (string | undefined)[] = [];
    const { feed } = open({
      options: {
        token: async (rejected) => {
          asked.push(rejected);
          return { token: `token-${asked.length}`, clientId: '1' };
        },
      },
    });
    feed.start();
    await eventually(() => feed.stats.connects === 2);
    expect(asked).toEqual([undefined, 'token-1']);
    expect(broker.upgrades.map((query) => query.get('token'))).toEqual(['token-1', 'token-2']);
  });

  test('805 waits near the longest', async () => {
    each((socket) => socket.send(disconnect(805)));
    const { feed } = open({ config: { feed_reconnect_max_ms: 60_000 } });
    feed.start();
    await eventually(() => feed.state === 'backoff');
    expect(feed.stats.lastFailure).toEqual({ kind: 'rate_limited', reason: expect.stringContaining('805') });
    expect(Number(/"retryInMs":(\d+)/.exec(logger.lines.join())?.[1])).toBeGreaterThanOrEqual(30_000);
  });

  test.each(['a disconnect packet', 'credentials that cannot be had'])(
    'without a data plan, said by %s, it comes back after the configured market time, and asks for no other token',
    async (how) => {
      let isHonoured = false;
      const rejected: (string | undefined)[] = [];
      each((socket) => void (isHonoured || socket.send(disconnect(806))));
      const clock = new ManualClock(MARKET_NOW);
      const { feed } = open({
        options: {
          clock,
          token: async (refused) => {
            rejected.push(refused);
            if (how !== 'a disconnect packet' && !isHonoured) throw dhanErrors.create('RTP_DHAN_NO_DATA_PLAN', 'none');
            return { token: TOKEN, clientId: '1000000001' };
          },
        },
      });
      feed.start();
      await eventually(() => feed.state === 'backoff');
      expect(feed.stats.lastFailure?.kind).toBe('no_plan');
      expect(logger.lines.join()).toMatch(/error feed refused: the account has no data plan/);
      await clock.advance(899_000);
      expect(feed.state).toBe('backoff');
      isHonoured = true;
      await clock.advance(1_000);
      await eventually(() => feed.state === 'open');
      expect(rejected).toEqual([undefined, undefined]);
    },
  );

  test.each([810, 999])('%i is an ordinary loss that costs no token', async (reason) => {
    each((socket, nth) => {
      if (nth === 1) socket.send(disconnect(reason));
    });
    const { feed } = open();
    feed.start();
    await eventually(() => feed.stats.connects === 2);
    expect(feed.stats.lastFailure?.kind).toBe('closed');
  });
});

describe('refused connections', () => {
  test('HTTP 429 on the upgrade waits near the longest and is logged as a rate limit', async () => {
    broker.refuseUpgrade = 429;
    const { feed, events } = open({ config: { feed_reconnect_max_ms: 60_000 } });
    feed.start();
    await eventually(() => feed.state === 'backoff');
    expect(events).toEqual(['failure: rate_limited']);
    expect(logger.lines.join()).toMatch(/rate limit.*"retryInMs":[3-6]\d{4}/);
  });

  test('any other status, and a host that is gone, are tried again', async () => {
    broker.refuseUpgrade = 503;
    const { feed } = open();
    feed.start();
    await eventually(() => broker.upgrades.length >= 3);
    expect(feed.stats).toMatchObject({ connects: 0, disconnects: 0, lastFailure: { kind: 'refused' } });
    broker.refuseUpgrade = 0;
    await eventually(() => feed.state === 'open');
    const lost = open({ config: { feed_url: 'ws://127.0.0.1:1' } });
    lost.feed.start();
    await eventually(() => lost.events.length >= 2);
    expect(lost.feed.stats.lastFailure?.kind).toBe('network');
  });

  test('a token that cannot be had is tried again', async () => {
    let asked = 0;
    const { feed, events } = open({
      options: {
        token: async () => {
          asked += 1;
          if (asked === 1) throw new Error('throttled');
          return { token: TOKEN, clientId: '1' };
        },
      },
    });
    feed.start();
    await eventually(() => feed.state === 'open');
    expect(events).toEqual(['failure: token', 'open']);
  });

  test('the token is in no log line and no failure', async () => {
    broker.refuseUpgrade = 403;
    const { feed } = open();
    feed.start();
    await eventually(() => broker.upgrades.length >= 2);
    const lost = open({ config: { feed_url: 'ws://nowhere.invalid' } });
    lost.feed.start();
    await eventually(() => lost.events.length >= 1);
    const said = JSON.stringify([logger.lines, feed.stats, lost.feed.stats]);
    expect(said).not.toContain('secret-token');
  });
});

describe('stopping', () => {
  test('says goodbye, closes once, and stays stopped', async () => {
    const texts = listen();
    const { feed, events } = open();
    feed.start();
    await eventually(() => texts.length === 1);
    await feed.stop();
    await feed.stop();
    expect(texts.at(-1)).toBe('{"RequestCode":12}');
    expect(events).toEqual(['open', 'close: stopped']);
    expect(feed.state).toBe('stopped');
    feed.start();
    expect(feed.state).toBe('stopped');
  });

  test('while connecting, waiting or asking for a token leaves nothing behind', async () => {
    const waiting = open({
      config: { feed_url: 'ws://127.0.0.1:1', feed_reconnect_min_ms: 60_000, feed_reconnect_max_ms: 60_000 },
    });
    waiting.feed.start();
    await eventually(() => waiting.feed.state === 'backoff');
    await waiting.feed.stop();
    let give: (value: { token: string; clientId: string }) => void = () => {};
    const asking = open({
      options: {
        token: () =>
          new Promise((resolve) => {
            give = resolve;
          }),
      },
    });
    asking.feed.start();
    await asking.feed.stop();
    give({ token: TOKEN, clientId: '1' });
    const connecting = open();
    connecting.feed.start();
    await new Promise((resolve) => setImmediate(resolve));
    await connecting.feed.stop();
    expect([waiting, asking, connecting].map(({ feed }) => feed.state)).toEqual(['stopped', 'stopped', 'stopped']);
    expect([...asking.events, ...connecting.events]).toEqual([]);
  });
});
