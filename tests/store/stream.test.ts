import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, silentLogger } from '@rtp/core';
import { dataApp } from '../../packages/store/src/api/apps.ts';
import { serveTestStore } from './support/api.ts';
import { bar, calendarOf, DATE, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';
import { readStream, type SeenEvent, type StreamReader } from './support/stream.ts';

const SHORT = calendarOf([['09:15', '09:25']]);
const OFFICIAL = { source: 'chart', state: 'reconciled', knownAt: atIst(DATE, '15:45') } as const;
const BUFFER_BYTES = 1_000_000;

let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;
let a: number;
let b: number;
let readers: StreamReader[] = [];

beforeAll(async () => {
  store = await openTestStore({ calendar: SHORT });
  server = await serveTestStore(store, undefined, undefined, { heartbeatMs: 15_000, bufferBytes: BUFFER_BYTES });
  [a, b] = (await store.register(['AAA', 'BBB'])) as [number, number];
});
afterEach(() => {
  for (const reader of readers) reader.close();
  readers = [];
});
afterAll(async () => {
  await server.close();
  await store.close();
  removeTempDirs();
});

async function connect(query = '', lastId?: string): Promise<StreamReader> {
  const reader = await readStream(server.data, query, lastId);
  readers.push(reader);
  return reader;
}

/** The same store behind signs of life that come quickly. */
async function serveBeating(): Promise<{ readonly server: Server; readonly path: string }> {
  const stream = { heartbeatMs: 10, bufferBytes: BUFFER_BYTES };
  const app = dataApp({ store: store.store, logger: silentLogger, maxRows: 1, maxValues: 1, stream }, '127.0.0.1');
  const path = join(store.paths.dataDir, 'beating.sock');
  const server = createServer(app).listen(path);
  await once(server, 'listening');
  return { server, path };
}

const brief = ({ event, data }: SeenEvent): unknown[] => [event, data['symbol'], String(data['time']).slice(11, 16)];
const newest = (): number => store.store.events.newest;

describe('a reader of the stream', () => {
  test('is told of every bar of a commit, in order, each under a number of its own', async () => {
    const reader = await connect();
    const { commitSeq } = await store.send({ bars: [bar(b, 0), bar(a, 1), bar(a, 0, { partial: true })] });
    const seen = await reader.until(3);
    expect(seen.map(({ id }) => id)).toEqual([0, 1, 2].map((index) => `${commitSeq}.${index}`));
    expect(seen.map(brief)).toEqual([
      ['bar', 'AAA', '09:15'],
      ['bar', 'BBB', '09:15'],
      ['bar', 'AAA', '09:16'],
    ]);
    expect(seen[0]?.data).toEqual({
      symbol: 'AAA',
      time: `${DATE}T09:15:00+05:30`,
      open: 100,
      high: 101,
      low: 99,
      close: 100.5,
      volume: 1_000,
      source: 'feed',
      state: 'provisional',
      revision: 1,
      partial: true,
      known_at: `${DATE}T09:16:00+05:30`,
    });
  });

  test('is told of a revision with the values before and after', async () => {
    const reader = await connect();
    await store.send({ bars: [bar(a, 0, { ...OFFICIAL, close: 100.25 })] });
    const [event] = await reader.until(1);
    expect(event).toMatchObject({
      event: 'revision',
      data: {
        symbol: 'AAA',
        old: { close: 100.5, source: 'feed', state: 'provisional', revision: 1, partial: true },
        new: { close: 100.25, source: 'chart', state: 'reconciled', revision: 2, partial: false },
      },
    });
  });

  test('is told of nothing that changed no values', async () => {
    const reader = await connect();
    await store.send({ bars: [bar(b, 0, OFFICIAL)] });
    await store.send({ bars: [bar(b, 0)] });
    await store.send({ bars: [bar(b, 5)] });
    expect((await reader.until(1)).map(brief)).toEqual([['bar', 'BBB', '09:20']]);
  });

  test('may want some symbols only', async () => {
    const reader = await connect('?symbols=bbb');
    await store.send({ bars: [bar(a, 6), bar(b, 6)] });
    await store.send({ bars: [bar(a, 7)] });
    const { commitSeq } = await store.send({ bars: [bar(a, 8), bar(b, 8)] });
    const seen = await reader.until(2);
    expect(seen.map(brief)).toEqual([
      ['bar', 'BBB', '09:21'],
      ['bar', 'BBB', '09:23'],
    ]);
    expect(seen[1]?.id).toBe(`${commitSeq}.1`);
  });

  test('who comes back gets each revision once: those missed, those of the commit it was cut in, those that follow', async () => {
    await store.send({ bars: [2, 3, 4].map((minute) => bar(a, minute)) });
    const before = await connect();
    await store.send({ bars: [2, 3, 4].map((minute) => bar(a, minute, { close: 99.5 })) });
    const [first] = await before.until(1);
    before.close();
    await store.send({ bars: [bar(a, 2, { close: 99.25 })] });
    const after = await connect('?since=0', first?.id);
    await store.send({ bars: [bar(a, 3, { close: 99.75 })] });
    const closes = (await after.until(4)).map(({ data }) => [
      String(data['time']).slice(11, 16),
      ...[data['old'], data['new']].map((of) => (of as { close: number }).close),
    ]);
    expect(closes).toEqual([
      ['09:18', 100.5, 99.5],
      ['09:19', 100.5, 99.5],
      ['09:17', 99.5, 99.25],
      ['09:18', 99.5, 99.75],
    ]);
    await store.send({ bars: [bar(b, 9)] });
    expect((await after.until(5)).map(({ id }) => id)).toEqual([...new Set(after.seen.map(({ id }) => id))]);
  });

  test('of everything since a commit and one who was there all along have seen the same', async () => {
    const since = newest();
    const present = await connect();
    for (let minute = 0; minute < 10; minute += 1) {
      await store.send({
        bars: [bar(a, minute, { ...OFFICIAL, close: 101 }), bar(b, minute, { ...OFFICIAL, volume: 1_001 + minute })],
      });
    }
    const all = await present.until(20);
    const late = await connect(`?since=${since}`);
    expect(await late.until(20)).toEqual(all);
    const half = await connect('', all[8]?.id);
    expect(await half.until(11)).toEqual(all.slice(9));
  });

  test('is told of a seal, and after a break also of what came before it', async () => {
    const reader = await connect('?symbols=AAA');
    const since = newest();
    await store.send({ bars: [bar(a, 0, { ...OFFICIAL, close: 102 })] });
    const receipt = await store.store.seal(DATE, true);
    const seen = await reader.until(2);
    expect(seen[1]).toEqual({
      id: `${receipt.commitSeq}.0`,
      event: 'seal',
      data: { ...receipt, sealedAt: `${DATE}T18:00:00+05:30` },
    });
    expect(await (await connect(`?since=${since}&symbols=AAA`)).until(2)).toEqual(seen);
    // Of days that are over a reader without a place in them hears that they were sealed.
    expect(await (await connect('?since=0')).until(1)).toEqual([seen[1]]);
  });
});

describe('a slow reader', () => {
  const DAY = '2016-10-03';
  const MINUTES = Array.from({ length: 1_000 }, (_, minute) => minute);
  const bars = (volume: number) =>
    MINUTES.map((minute) => bar(a, minute, { ts: atIst(DAY, '00:00') + minute * 60_000, volume }));
  const VOLUMES = [1, 2, 3, 4, 5, 6, 7];

  test('is cut, others and the commits are not kept waiting, and it resumes where it was', async () => {
    await store.register(['AAA'], DAY);
    const quick = await connect();
    // The kernel keeps little for a reader on the socket.
    const slow = await readStream({ socketPath: store.paths.storeSocket });
    slow.pause(true);
    for (const volume of VOLUMES) await store.send({ tradingDate: DAY, bars: bars(volume) });
    const all = await quick.until(VOLUMES.length * MINUTES.length);
    slow.pause(false);
    await slow.ended();
    expect(slow.seen.length).toBeLessThan(all.length);
    const resumed = await connect('', slow.seen.at(-1)?.id);
    await resumed.until(all.length - slow.seen.length);
    const ids = [...slow.seen, ...resumed.seen].map(({ id }) => id);
    expect(ids).toEqual(all.map(({ id }) => id));
  });

  test('is cut as well when it takes nothing of what it has missed', async () => {
    const beating = await serveBeating();
    const connected = once(beating.server, 'connection') as Promise<[Socket]>;
    const slow = await readStream({ socketPath: beating.path }, '?since=0');
    slow.pause(true);
    const [socket] = await connected;
    await once(socket, 'close');
    slow.pause(false);
    await slow.ended();
    expect(slow.seen.length).toBeLessThan(VOLUMES.length * MINUTES.length);
    beating.server.close();
  });
});

describe('the stream', () => {
  test('gives signs of life', async () => {
    const beating = await serveBeating();
    const reader = await readStream({ socketPath: beating.path });
    await reader.when(() => reader.comments.length >= 3);
    expect(new Set(reader.comments)).toEqual(new Set([': alive']));
    reader.close();
    beating.server.close();
  });

  test.each([
    ['?symbols=ZZZ', 404, 'RTP_SYMBOL_UNKNOWN'],
    ['?since=soon', 400, 'RTP_QUERY_INVALID'],
    ['?since=999999', 400, 'RTP_QUERY_INVALID'],
    ['?from=1', 400, 'RTP_QUERY_INVALID'],
  ])('%s is refused', async (query, status, code) => {
    const answer = await fetch(`${server.data.url}/stream${query}`);
    const { error } = (await answer.json()) as { error: { code: string } };
    expect([answer.status, error.code]).toEqual([status, code]);
  });

  test('answers a look at its head without staying', async () => {
    const answer = await fetch(`${server.data.url}/stream`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });

  test('ends its readers when the store stops', async () => {
    const reader = await connect();
    store.store.events.end();
    await reader.ended();
    await expect(readStream(server.data).then((late) => late.ended())).resolves.toBeUndefined();
  });
});
