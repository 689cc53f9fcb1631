/** The schedule of faults while the exchange runs: what is shown, what a new one changes, what the seed fixes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, MINUTE_MS, type SimulatorFaultInput, simulatorFaultSchema } from '@rtp/core';
import {
  BAD_DAY,
  FAULT_KINDS,
  FAULT_NAMES,
  type MarketDay,
  type MarketInstrument,
  parseFaultPlan,
  readFaultFile,
} from '@rtp/exchange-simulator';
import {
  call,
  dayOf,
  type Exchange,
  eventually,
  FeedClient,
  mint,
  post,
  type Reply,
  startExchange,
  withTempDir,
} from './harness.ts';

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

const share = (): MarketInstrument => day.instruments.find(({ symbol }) => symbol === 'ABDL') as MarketInstrument;

async function exchangeAt(time: string, faults: readonly SimulatorFaultInput[] = [], faultSeed = 1) {
  const settings = { chart_calls_per_second: 1_000_000, fault_seed: faultSeed, faults };
  const exchange = await startExchange(day, time, settings);
  exchanges.push(exchange);
  const token = await mint(exchange);
  const path = `${exchange.url}/__simulator/faults`;
  const put = (plan: unknown): Promise<Reply> =>
    call(path, { method: 'PUT', body: typeof plan === 'string' ? plan : JSON.stringify(plan) });
  const shown = (): Promise<Reply> => call(path);
  const intraday = (): Promise<Reply> =>
    post(`${exchange.url}/v2/charts/intraday`, token, {
      securityId: String(share().securityId),
      exchangeSegment: 'NSE_EQ',
      instrument: 'EQUITY',
      interval: '1',
      fromDate: day.date,
      toDate: day.date,
    });
  const follow = async (): Promise<FeedClient> => {
    const client = await FeedClient.open(exchange.url, token);
    clients.push(client);
    client.subscribe(17, [share()]);
    await client.until(() => client.packets.length === 1);
    return client;
  };
  return { exchange, put, shown, intraday, follow };
}

describe('the schedule', () => {
  test('is shown with its defaults, what holds now, and what struck; without a token', async () => {
    const { exchange, shown, intraday } = await exchangeAt(
      '10:00',
      [
        { name: 'charts_500', to: '10:01' },
        { name: 'feed_lag', from: '11:00', distribution: 'bad_day' },
      ],
      7,
    );
    await intraday();
    const common = { to: '23:59:59', probability: 1, struck: 0, active: false };
    expect((await shown()).json).toEqual({
      seed: 7,
      marketTime: exchange.clock.now(),
      faults: [
        { ...common, name: 'charts_500', from: '00:00', to: '10:01', active: true, struck: 1 },
        { ...common, name: 'feed_lag', from: '11:00', lagMs: 30_000, distribution: 'bad_day', reorder: false },
      ],
      struck: { charts_500: 1 },
    });
    await exchange.clock.advance(MINUTE_MS);
    expect((await shown()).json.faults[0]).toMatchObject({ active: false, struck: 1 });
  });

  test('is replaced as a whole; what was counted stays counted', async () => {
    const { put, intraday, exchange } = await exchangeAt('10:00', [{ name: 'charts_500' }]);
    expect((await intraday()).status).toBe(500);
    const replaced = await put({ seed: 3, faults: [{ name: 'charts_429' }] });
    expect([replaced.status, replaced.json.faults, replaced.json.struck]).toMatchObject([
      200,
      [{ name: 'charts_429', active: true, struck: 0 }],
      { charts_500: 1 },
    ]);
    expect((await intraday()).status).toBe(429);
    await put({ faults: [] });
    expect((await intraday()).status).toBe(200);
    const { json } = await call(`${exchange.url}/__simulator/state`);
    expect(json.struck).toEqual({ charts_500: 1, charts_429: 1 });
  });

  test('begins at once what holds as it is put in force, and forgets what the one before had planned', async () => {
    const { exchange, put, follow } = await exchangeAt('10:00', [{ name: 'feed_disconnect_805', from: '10:05' }]);
    const first = await follow();
    await put({ faults: [{ name: 'feed_reset', from: '09:30', everyMs: 10 * MINUTE_MS }] });
    expect(await first.closed).toEqual({ code: 1006 });
    const second = await follow();
    await exchange.clock.advanceTo(atIst(day.date, '10:09'));
    expect(second.frames.at(-1)?.readUInt8(0)).toBe(4);
    await exchange.clock.advanceTo(atIst(day.date, '10:10'));
    expect(await second.closed).toEqual({ code: 1006 });
    const third = await follow();
    await put({ faults: [] });
    await exchange.clock.advanceTo(atIst(day.date, '11:00'));
    expect(third.socket.readyState).toBe(third.socket.OPEN);
  });

  test('ends what holds as it is replaced: dead sockets are cut', async () => {
    const { put, follow, exchange } = await exchangeAt('10:00');
    const client = await follow();
    await put({ faults: [{ name: 'feed_half_open' }] });
    await exchange.clock.advance(MINUTE_MS);
    expect(client.packets).toHaveLength(1);
    await put({ faults: [] });
    expect(await client.closed).toEqual({ code: 1006 });
  });

  test('changes packets from now on only, and lets what is late arrive', async () => {
    const { exchange, put, follow } = await exchangeAt('10:00');
    const client = await follow();
    const arrived = async (): Promise<number> => {
      await eventually(() => client.packets.length >= exchange.simulator.state().packetsSent);
      return client.packets.length;
    };
    await put({ faults: [{ name: 'feed_lag', lagMs: 30_000 }] });
    await exchange.clock.advance(20_000);
    expect(await arrived()).toBe(1);
    await put({ faults: [{ name: 'feed_volume_drop' }] });
    await exchange.clock.advance(40_000);
    await arrived();
    const volumes = client.packets.map(({ volume }) => volume);
    const fell = volumes.findIndex((volume, at) => volume < (volumes[at - 1] ?? 0));
    expect(fell).toBeGreaterThan(10);
    expect(volumes[fell]).toBeLessThan(volumes[0] as number);
    const late = client.packets.slice(1, fell).map(({ ltt }) => ltt);
    expect((late.at(-1) as number) - (late[0] as number)).toBeGreaterThan(15);
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{"faults": [', /the schedule|is not accepted/],
    ['no faults', {}, /faults: nothing is not accepted; a list/],
    [
      'an unknown name',
      { faults: [{ name: 'feed_slient' }] },
      /faults\.0\.name: "feed_slient" is not accepted; .*"feed_silent"/,
    ],
    [
      'a parameter of another fault',
      { faults: [{ name: 'charts_lag', lagms: 5 }] },
      /faults\.0\.lagms: no such key; did you mean "faults\.0\.lagMs"/,
    ],
    ['a value out of range', { faults: [{ name: 'charts_lag', lagMs: -5 }] }, /faults\.0\.lagMs: -5 is not accepted/],
    [
      'a time that is none',
      { faults: [{ name: 'charts_lag', from: '25:00' }] },
      /faults\.0\.from: "25:00" is not accepted; a time of day/,
    ],
    [
      'an end before its beginning',
      { faults: [{ name: 'charts_lag', from: '11:00', to: '10:00' }] },
      /faults\.0\.from: "11:00".*before its end/,
    ],
  ])('that is wrong is refused with the field, and the one in force stays: %s', async (_what, plan, words) => {
    const { put, shown } = await exchangeAt('10:00', [{ name: 'charts_500' }]);
    const { status, json } = await put(plan);
    expect([status, json.error.code, json.error.message]).toEqual([
      400,
      'RTP_SIMULATOR_FAULTS_INVALID',
      expect.stringMatching(words),
    ]);
    expect(json.error.fix).toContain('docs/faults.md');
    expect((await shown()).json.faults).toHaveLength(1);
  });

  test('comes from a file as well, with comments', () =>
    withTempDir(async (dir) => {
      const file = join(dir, 'faults.json');
      writeFileSync(file, '{ "seed": 9, // of the dice\n "faults": [{ "name": "charts_500", "from": "10:00" }] }');
      expect(readFaultFile(file)).toMatchObject({ seed: 9, faults: [{ name: 'charts_500', to: '23:59:59' }] });
      expect(() => readFaultFile(join(dir, 'none.json'))).toThrow(/none\.json/);
      writeFileSync(file, '{');
      expect(() => readFaultFile(file)).toThrow(/line 1/);
    }));
});

describe('the seed', () => {
  const PLAN = [{ name: 'charts_500', probability: 0.5 }] as const;
  const fates = async (faults: readonly SimulatorFaultInput[], seed: number): Promise<string> => {
    const { intraday } = await exchangeAt('10:00', faults, seed);
    let text = '';
    for (let count = 0; count < 40; count += 1) text += (await intraday()).status === 500 ? 'x' : '.';
    return text;
  };

  test('fixes what strikes, whatever other faults draw', async () => {
    const fate = await fates(PLAN, 4);
    expect(fate).toMatch(/x.*\..*x/);
    expect(await fates(PLAN, 4)).toBe(fate);
    expect(await fates([...PLAN, { name: 'charts_lag', probability: 0.5 }], 4)).toBe(fate);
    expect(await fates(PLAN, 5)).not.toBe(fate);
  });

  test('fixes the fate of packets', async () => {
    const shown = async (): Promise<string[]> => {
      const { exchange, follow } = await exchangeAt(
        '10:00',
        [
          { name: 'feed_silent', probability: 0.3, from: '10:01' },
          { name: 'feed_duplicates', probability: 0.3, from: '10:01' },
          { name: 'feed_invalid_prices', probability: 0.3, from: '10:01' },
          { name: 'feed_lag', distribution: 'bad_day', reorder: true, from: '10:01' },
        ],
        6,
      );
      const client = await follow();
      await exchange.clock.advanceTo(atIst(day.date, '10:10'));
      await eventually(() => client.packets.length >= exchange.simulator.state().packetsSent);
      return client.packets.map(({ ltt, ltp, volume }) => `${ltt} ${ltp} ${volume}`);
    };
    const packets = await shown();
    expect(packets.length).toBeGreaterThan(300);
    expect(await shown()).toEqual(packets);
  });
});

describe('the catalogue', () => {
  test('has every fault of the schema, with a meaning, a kind and its parameters', () => {
    const names = simulatorFaultSchema.options.map(({ shape }) => shape.name.value);
    expect(Object.keys(FAULT_NAMES)).toEqual(names);
    for (const { kind, meaning, parameters } of Object.values(FAULT_NAMES)) {
      expect(FAULT_KINDS[kind]).toBeTruthy();
      expect(meaning).toMatch(/\.$/);
      for (const parameter of parameters) expect(parameter.meaning).not.toBe('');
    }
    expect(FAULT_NAMES.charts_lag.parameters.map(({ name, byDefault }) => [name, byDefault])).toEqual([
      ['symbols', undefined],
      ['lagMs', 120_000],
    ]);
    expect(FAULT_NAMES.token_invalidated.kind).toBe('account');
  });

  test('has a bad day that is a schedule like any other', () => {
    const plan = parseFaultPlan({ faults: BAD_DAY });
    expect(plan.faults.map(({ name }) => name)).toEqual(['feed_lag', 'feed_silent', 'feed_reset']);
  });
});
