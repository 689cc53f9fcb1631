import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { realDelay } from '@rtp/core';
import { componentEvents } from '@rtp/scheduler';
import { ControlRig, type RigOptions } from './support/control-rig.ts';
import { line, snapshot } from './support/snapshots.ts';

const rigs: ControlRig[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(rigs.splice(0).map((rig) => rig.stop()));
});

async function started(options: RigOptions = {}): Promise<ControlRig> {
  const rig = await new ControlRig(options).start();
  rigs.push(rig);
  return rig;
}

interface Client {
  readonly socket: Socket;
  text(): string;
  /** Resolves when that has arrived. */
  has(part: string): Promise<void>;
}

async function follow(rig: ControlRig, lastEventId?: string): Promise<Client> {
  const socket = connect(rig.port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  const resume = lastEventId === undefined ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
  socket.write(`GET /events HTTP/1.1\r\nHost: localhost\r\n${resume}\r\n`);
  const has = async (part: string): Promise<void> => {
    while (!text.includes(part)) await realDelay(5);
  };
  return { socket, text: () => text, has };
}

const idsOf = (text: string): string[] => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id as string);

describe('GET /events', () => {
  test('tells what happens as it happens, with growing ids', async () => {
    const rig = await started();
    const client = await follow(rig);
    await client.has('retry:');
    rig.events.publish('job', { name: 'log_cleanup', result: 'ok' });
    rig.events.publish('alert', { summary: 'the store was given up' });
    await client.has('event: alert\ndata: {"summary":"the store was given up"}');
    expect(client.text()).toContain('event: job\ndata: {"name":"log_cleanup","result":"ok"}');
    const numbers = idsOf(client.text()).map((id) => Number(id.split('-')[1]));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test('resumes after the last event that a client has', async () => {
    const rig = await started();
    const first = await follow(rig);
    await first.has('retry:');
    for (const n of [1, 2, 3]) rig.events.publish('job', { n });
    await first.has('{"n":3}');
    const [, second] = idsOf(first.text()).slice(-3);
    const back = await follow(rig, second);
    await back.has('{"n":3}');
    expect(back.text()).not.toContain('{"n":2}');
    expect(back.text()).not.toContain('event: gap');
  });

  test('says so when events in between are not kept any more, or were those of an earlier process', async () => {
    const rig = await started({ eventsKept: 3 });
    const first = await follow(rig);
    await first.has('retry:');
    for (let n = 1; n <= 6; n += 1) rig.events.publish('job', { n });
    await first.has('{"n":6}');
    const oldest = idsOf(first.text()).at(-6);
    for (const id of [oldest, '1000000000000-7']) {
      const back = await follow(rig, id);
      await back.has('{"n":6}');
      expect(back.text()).toContain('event: gap');
      expect(back.text()).toContain('{"n":4}');
      expect(back.text()).not.toContain('{"n":3}');
    }
  });

  test('refuses an id that is none', async () => {
    const rig = await started();
    expect((await rig.fetch('/events', { headers: { 'last-event-id': 'nonsense' } })).status).toBe(400);
  });

  test('cuts off a client that is too far behind, with a reason, counts it, and the others go on', async () => {
    const rig = await started({ streams: { bufferBytes: 1_000_000, heartbeatMs: 10_000 } });
    const slow = await follow(rig);
    const good = await follow(rig);
    await slow.has('retry:');
    await good.has('retry:');
    slow.socket.pause();
    // More than the kernel's buffers of a loopback connection take.
    const load = 'lorem '.repeat(20_000);
    for (let n = 0; rig.streams.cut.get('too_slow') === 0; n += 1) {
      rig.events.publish('job', { n, load });
      await good.has(`{"n":${n},`);
    }
    rig.events.publish('job', { last: true });
    await good.has('{"last":true}');
    slow.socket.resume();
    await slow.has('event: bye');
    while (rig.streams.clients > 1) await realDelay(5);
    const metrics = (await (await rig.fetch('/metrics')).json()) as { events: unknown };
    expect(metrics.events).toEqual({ clients: 1, clients_cut: { too_slow: 1, not_reading: 0 } });
  });

  test('takes only so many clients', async () => {
    const rig = await started({ streams: { maxClients: 2 } });
    for (const client of [await follow(rig), await follow(rig)]) await client.has('retry:');
    const answer = await rig.fetch('/events');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'RTP_EVENTS_CLIENTS_FULL' } });
  });

  test('ends with the server', async () => {
    const rig = await started();
    const client = await follow(rig);
    await client.has('retry:');
    const ended = new Promise((resolve) => client.socket.once('close', resolve));
    rig.events.end();
    client.socket.end();
    await ended;
  });

  test('hides what looks like a secret', async () => {
    const rig = await started();
    const client = await follow(rig);
    await client.has('retry:');
    rig.events.publish('alert', { access_token: 'eyJhbGciOi.canary', summary: 'x' });
    await client.has('"summary":"x"');
    expect(client.text()).not.toContain('canary');
  });
});

describe('events of components', () => {
  test('are the changes of state, wish or process from one snapshot to the next', () => {
    const before = snapshot(0, [line('store'), line('pipeline')]);
    const now = snapshot(60_000, [
      line('store'),
      line('pipeline', { state: 'exited', pid: null, reason: 'killed by SIGKILL', actor: 'child' }),
    ]);
    expect(componentEvents(before, now)).toEqual([
      expect.objectContaining({ component: 'pipeline', from: 'ready', state: 'exited', pid: null, actor: 'child' }),
    ]);
    expect(componentEvents(now, now)).toEqual([]);
    expect(componentEvents(null, now)).toHaveLength(2);
  });
});
