import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, type RtpConfig, type SimulatorFault } from '@rtp/core';
import type { MarketDay, MarketInstrument } from '@rtp/exchange-simulator';
import { dayOf, type Exchange, FeedClient, mint, type Packet, post, startExchange } from './harness.ts';

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

const halt = (from: string, to: string, symbols?: string[]): SimulatorFault => ({ name: 'halt', from, to, symbols });
/** A share that trades every minute, and another one. */
const liquid = (): readonly [MarketInstrument, MarketInstrument] => {
  const isLiquid = (instrument: MarketInstrument): boolean => {
    if (instrument.isIndex) return false;
    for (let row = instrument.firstRow; row < instrument.endRow; row += 1)
      if (!day.hasTrades(instrument, row)) return false;
    return true;
  };
  const [one, other] = day.instruments.filter(isLiquid);
  return [one as MarketInstrument, other as MarketInstrument];
};

async function exchangeAt(time: string, faults: SimulatorFault[], config: Partial<RtpConfig['simulator']> = {}) {
  const exchange = await startExchange(day, time, { chart_calls_per_second: 1_000_000, ...config, faults });
  exchanges.push(exchange);
  const token = await mint(exchange);
  return {
    exchange,
    follow: async (instruments: readonly MarketInstrument[]): Promise<FeedClient> => {
      const client = await FeedClient.open(exchange.url, token);
      clients.push(client);
      client.subscribe(17, instruments);
      await client.until(() => client.packets.length >= instruments.length);
      return client;
    },
    /** IST times of the day's candles, and their volumes. */
    candles: async (instrument: MarketInstrument): Promise<Map<string, number>> => {
      const { json } = await post(`${exchange.url}/v2/charts/intraday`, token, {
        securityId: String(instrument.securityId),
        exchangeSegment: instrument.segment,
        instrument: instrument.isIndex ? 'INDEX' : 'EQUITY',
        interval: '1',
        fromDate: day.date,
        toDate: day.date,
      });
      const time = (ts: number): string => new Date((ts + 19_800) * 1_000).toISOString().slice(11, 16);
      return new Map(json.timestamp.map((ts: number, index: number) => [time(ts), json.volume[index]]));
    },
    quotedVolume: async (instrument: MarketInstrument): Promise<number> => {
      await exchange.clock.advance(1_001);
      const body = { [instrument.segment]: [instrument.securityId] };
      const { json } = await post(`${exchange.url}/v2/marketfeed/quote`, token, body);
      return json.data[instrument.segment][instrument.securityId].volume;
    },
  };
}

const sum = (volumes: Iterable<number>): number => [...volumes].reduce((total, volume) => total + volume, 0);
/** IST trade minute of a packet. */
const minuteOf = (packet: Packet): string => new Date(packet.ltt * 1_000).toISOString().slice(11, 16);

/** The IST minutes from one time of day to before another. */
function minutes(from: string, to: string): string[] {
  const list: string[] = [];
  for (let at = Date.parse(`1970-01-01T${from}Z`); at < Date.parse(`1970-01-01T${to}Z`); at += 60_000) {
    list.push(new Date(at).toISOString().slice(11, 16));
  }
  return list;
}

describe('a halted share', () => {
  test('has no packets, no candles and no volume while others go on, then trades again', async () => {
    const [halted, other] = liquid();
    const { exchange, follow, candles, quotedVolume } = await exchangeAt('10:00:30', [
      halt('10:02', '10:05', [halted.symbol]),
    ]);
    const client = await follow([halted, other]);
    const ofShare = ({ securityId }: MarketInstrument): Packet[] =>
      client.packets.filter((packet) => packet.securityId === securityId);
    await exchange.clock.advanceTo(atIst(day.date, '10:04:30'));
    await client.until(() => ofShare(other).some((packet) => minuteOf(packet) === '10:04'));
    expect(new Set(ofShare(halted).map(minuteOf))).toEqual(new Set(['10:00', '10:01']));
    const standing = await quotedVolume(halted);
    expect(standing).toBe(ofShare(halted).at(-1)?.volume);

    await exchange.clock.advanceTo(atIst(day.date, '10:06:30'));
    await client.until(() => ofShare(halted).some((packet) => minuteOf(packet) === '10:06'));
    expect(ofShare(halted).map(minuteOf)).toContain('10:05');
    const traded = await candles(halted);
    expect([...traded.keys()].slice(-4)).toEqual(['10:00', '10:01', '10:05', '10:06']);
    expect([...(await candles(other)).keys()].slice(-4)).toEqual(['10:03', '10:04', '10:05', '10:06']);
    const firstAgain = ofShare(halted).find((packet) => minuteOf(packet) === '10:05') as Packet;
    expect(firstAgain.volume).toBeGreaterThan(standing);
    expect(firstAgain.volume).toBeLessThanOrEqual(standing + (traded.get('10:05') as number));
  });

  test('is missing in the official record, and feed, quotes and charts agree about the day', async () => {
    const [halted] = liquid();
    const { exchange, candles, quotedVolume } = await exchangeAt('15:40', [halt('11:00', '11:30', [halted.symbol])]);
    const traded = await candles(halted);
    const official = [...exchange.simulator.market.officialBars(halted.symbol, day.date)];
    expect(official.map((bar) => bar.volume)).toEqual([...traded.values()]);
    expect(traded.size).toBe(halted.endRow - halted.firstRow - 30);
    expect(minutes('11:00', '11:30').filter((minute) => traded.has(minute))).toEqual([]);
    expect(await quotedVolume(halted)).toBe(sum(traded.values()));
  });

  test('has no flat bars in its place either', async () => {
    const [halted] = liquid();
    const { candles } = await exchangeAt('12:00', [halt('11:00', '11:10', [halted.symbol])], {
      no_trade_minutes: 'flat',
    });
    const shown = await candles(halted);
    expect(shown.has('10:59')).toBe(true);
    expect(minutes('11:00', '11:10').filter((minute) => shown.has(minute))).toEqual([]);
  });

  test('is halted for the whole minutes that begin between the times', async () => {
    const [halted] = liquid();
    const { candles } = await exchangeAt('12:00', [halt('11:00:30', '11:02:30', [halted.symbol])]);
    const shown = await candles(halted);
    expect(minutes('10:59', '11:05').filter((minute) => shown.has(minute))).toEqual([
      '10:59',
      '11:00',
      '11:03',
      '11:04',
    ]);
  });
});

test('a halt without symbols is the whole market’s, its index included', async () => {
  const { exchange, candles, follow } = await exchangeAt('10:00:30', [halt('10:01', '10:03')]);
  const client = await follow(day.instruments);
  await exchange.clock.advanceTo(atIst(day.date, '10:03:59'));
  await client.until(() => client.packets.some((packet) => minuteOf(packet) === '10:03'));
  expect(client.packets.filter((packet) => ['10:01', '10:02'].includes(minuteOf(packet)))).toEqual([]);
  for (const instrument of day.instruments) {
    const shown = await candles(instrument);
    expect([shown.has('10:01'), shown.has('10:02')]).toEqual([false, false]);
  }
});

describe('a halt that is switched while the market runs', () => {
  test('leaves the minute that has begun as it was, in every source', async () => {
    const [halted] = liquid();
    const { exchange, candles, follow, quotedVolume } = await exchangeAt('10:00:30', []);
    const client = await follow([halted]);
    await exchange.clock.advanceTo(atIst(day.date, '10:03:20'));
    await switchFaults(exchange, [halt('10:00', '15:00', [halted.symbol])]);
    await exchange.clock.advanceTo(atIst(day.date, '10:06:20'));
    const shown = await candles(halted);
    expect([...shown.keys()].slice(-2)).toEqual(['10:02', '10:03']);
    const total = sum(shown.values());
    await client.until(() => client.packets.at(-1)?.volume === total);
    expect(await quotedVolume(halted)).toBe(total);

    await switchFaults(exchange, []);
    await exchange.clock.advanceTo(atIst(day.date, '10:08:20'));
    const again = await candles(halted);
    expect([...again.keys()].slice(-3)).toEqual(['10:03', '10:07', '10:08']);
    await client.until(() => client.packets.some((packet) => minuteOf(packet) === '10:08'));
    expect(new Set(client.packets.map(minuteOf))).toEqual(
      new Set(['10:00', '10:01', '10:02', '10:03', '10:07', '10:08']),
    );
    const official = [...exchange.simulator.market.officialBars(halted.symbol, day.date)].map((bar) => bar.ts);
    expect(minutes('10:03', '10:08').filter((minute) => official.includes(atIst(day.date, minute)))).toEqual([
      '10:03',
      '10:07',
    ]);
  });
});

async function switchFaults(exchange: Exchange, faults: SimulatorFault[]): Promise<void> {
  const body = JSON.stringify({ faults });
  expect((await fetch(`${exchange.url}/__simulator/faults`, { method: 'PUT', body })).status).toBe(200);
}
