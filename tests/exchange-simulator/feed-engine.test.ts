import { describe, expect, test } from '@jest/globals';
import { atIst, ManualClock, MINUTE_MS } from '@rtp/core';
import type { MarketDay, MarketInstrument } from '@rtp/exchange-simulator';
import { newCounters } from '../../packages/exchange-simulator/src/counters.ts';
import { FeedEngine } from '../../packages/exchange-simulator/src/feed/feed-engine.ts';
import { FramePacing } from '../../packages/exchange-simulator/src/feed/frame-pacing.ts';
import { FrameWriter } from '../../packages/exchange-simulator/src/feed/frame-writer.ts';
import { dayOf, decodeFrame, type Packet } from './harness.ts';

const { floor, max, min } = Math;
const IST_S = 19_800;
const never = (): boolean => false;

function engineAt(day: MarketDay, time: string, conflationMs = 1_000) {
  const clock = new ManualClock(atIst(day.date, time));
  const engine = new FeedEngine({ day, clock, conflationMs, pacing: new FramePacing(clock, 64) });
  const packets: Packet[] = [];
  const writer = new FrameWriter((frame) => packets.push(...decodeFrame(frame)), newCounters());
  const playTo = (instant: number): void => {
    engine.advance(instant, never);
    writer.flush();
  };
  return { clock, engine, writer, packets, playTo };
}

interface FeedBar {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** Bars as any feed client builds them: by trade minute, volume from cumulative differences. */
function barsOf(packets: readonly Packet[]): Map<number, Map<number, FeedBar>> {
  const bars = new Map<number, Map<number, FeedBar>>();
  const volumes = new Map<number, number>();
  for (const packet of packets) {
    const before = volumes.get(packet.securityId);
    volumes.set(packet.securityId, packet.volume);
    if (before === undefined) continue;
    const minute = floor((packet.ltt - IST_S) / 60) * MINUTE_MS;
    const own = bars.get(packet.securityId) ?? new Map<number, FeedBar>();
    bars.set(packet.securityId, own);
    const { ltp } = packet;
    const bar = own.get(minute) ?? { open: ltp, high: ltp, low: ltp, close: ltp, volume: 0 };
    own.set(minute, bar);
    bar.high = max(bar.high, ltp);
    bar.low = min(bar.low, ltp);
    bar.close = ltp;
    bar.volume += packet.volume - before;
  }
  return bars;
}

const instrumentOf = (day: MarketDay, symbol: string): MarketInstrument =>
  day.instruments.find((instrument) => instrument.symbol === symbol) as MarketInstrument;

describe('a whole day on the feed', () => {
  test('loses some highs and lows to conflation, but no minute, no share of volume and no close', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const { engine, writer, packets, playTo } = engineAt(day, '09:10');
    const subscribed = day.instruments.filter((_, index) => index % 4 === 0);
    for (const instrument of subscribed) engine.subscribe(writer, instrument, 'quote');
    playTo(atIst(day.date, '15:31'));
    const built = barsOf(packets);
    const lost = { minutes: 0, open: 0, high: 0, low: 0, close: 0, volume: 0, wider: 0 };
    let traded = 0;
    for (const instrument of subscribed) {
      const own = built.get(instrument.securityId);
      for (let row = instrument.firstRow; row < instrument.endRow; row += 1) {
        const official = day.bar(row);
        if (official.volume === 0) continue;
        traded += 1;
        const bar = own?.get(day.bars.ts[row] as number);
        if (bar === undefined) {
          lost.minutes += 1;
          continue;
        }
        for (const field of ['open', 'high', 'low', 'close', 'volume'] as const) {
          if (bar[field] !== official[field]) lost[field] += 1;
        }
        if (bar.high > official.high || bar.low < official.low) lost.wider += 1;
      }
    }
    expect(traded).toBeGreaterThan(7_700);
    expect(lost).toMatchObject({ minutes: 0, close: 0, volume: 0, wider: 0 });
    for (const field of ['open', 'high', 'low'] as const) {
      expect(lost[field]).toBeGreaterThan(80);
      expect(lost[field]).toBeLessThan(traded / 2);
    }
  });

  test('sends about one packet a second for a liquid share, never two within a window', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const { engine, writer, packets, playTo } = engineAt(day, '10:00');
    engine.subscribe(writer, instrumentOf(day, 'RELIANCE'), 'quote');
    playTo(atIst(day.date, '11:00'));
    const perMinute = packets.length / 60;
    expect(perMinute).toBeGreaterThan(25);
    expect(perMinute).toBeLessThanOrEqual(61);
  });

  test('carries an index without volume', async () => {
    const day = await dayOf({ generate: 3, seed: 1 });
    const { engine, writer, packets, playTo } = engineAt(day, '09:14');
    const nifty = instrumentOf(day, 'NIFTY');
    engine.subscribe(writer, nifty, 'quote');
    writer.flush();
    expect(packets.map((packet) => packet.code)).toEqual([6, 4]);
    playTo(atIst(day.date, '09:16'));
    const moves = packets.slice(2);
    expect(moves.length).toBeGreaterThan(20);
    expect(moves.every((packet) => packet.volume === 0 && packet.segment === 0)).toBe(true);
    expect(moves.at(-1)?.ltp).toBe(day.bar(nifty.firstRow).close);
  });
});

describe('subscribing', () => {
  test('before the open shows the previous close with the previous trading day’s trade time', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const { engine, writer, packets } = engineAt(day, '09:00');
    const itc = instrumentOf(day, 'ITC');
    engine.subscribe(writer, itc, 'quote');
    writer.flush();
    expect(packets).toHaveLength(1);
    expect(packets[0]).toMatchObject({ ltp: itc.previousClose, close: itc.previousClose, volume: 0, open: 0 });
    expect(new Date((packets[0]?.ltt as number) * 1_000).toISOString()).toBe('2016-09-29T15:29:59.000Z');
  });

  test('in mid-day gives the same packets as having listened since the open', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const tata = instrumentOf(day, 'TATAMOTORS');
    const early = engineAt(day, '09:00');
    early.engine.subscribe(early.writer, tata, 'quote');
    early.playTo(atIst(day.date, '11:00:30'));
    const seen = early.packets.length;
    early.playTo(atIst(day.date, '11:10'));
    const late = engineAt(day, '11:00:30');
    late.engine.subscribe(late.writer, tata, 'quote');
    late.playTo(atIst(day.date, '11:10'));
    const withoutAverage = (packets: readonly Packet[]) => packets.map((packet) => ({ ...packet, average: 0 }));
    const [snapshot, ...rest] = withoutAverage(late.packets);
    expect(rest).toEqual(withoutAverage(early.packets.slice(seen)));
    const known = early.packets[seen - 1] as Packet;
    expect(snapshot?.volume).toBeGreaterThanOrEqual(known.volume);
    expect(late.packets[0]?.average).toBeCloseTo(known.average, 0);
  });

  test('one instrument after another while the feed runs neither repeats nor skips a trade', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const { engine, writer, packets, playTo } = engineAt(day, '09:14');
    const start = atIst(day.date, '09:15');
    const subscribed = day.instruments.slice(0, 24);
    for (const [index, instrument] of subscribed.entries()) {
      // Whole minutes and odd milliseconds both: a subscription between two minutes is the delicate case.
      playTo(start + index * 15_000 + (index % 4 === 0 ? 0 : index));
      engine.subscribe(writer, instrument, 'quote');
    }
    const end = atIst(day.date, '10:30');
    playTo(end);
    const last = new Map<number, number>();
    let backward = 0;
    for (const { securityId, volume } of packets) {
      if (volume < (last.get(securityId) ?? 0)) backward += 1;
      last.set(securityId, volume);
    }
    expect(backward).toBe(0);
    for (const instrument of subscribed) {
      let total = 0;
      for (let row = instrument.firstRow; (day.bars.ts[row] as number) < end; row += 1) total += day.bar(row).volume;
      expect([instrument.symbol, last.get(instrument.securityId)]).toEqual([instrument.symbol, total]);
    }
  });

  test('sends ticker and full packets to those who ask for them, and nothing after unsubscribing', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const { engine, writer, packets, playTo } = engineAt(day, '10:00');
    const itc = instrumentOf(day, 'ITC');
    engine.subscribe(writer, itc, 'ticker');
    playTo(atIst(day.date, '10:01'));
    engine.subscribe(writer, itc, 'full');
    playTo(atIst(day.date, '10:02'));
    const codes = packets.map((packet) => packet.code);
    const firstFull = codes.indexOf(8);
    expect(firstFull).toBeGreaterThan(10);
    expect(codes.slice(0, firstFull).every((code) => code === 2)).toBe(true);
    expect(codes.slice(firstFull).every((code) => code === 8)).toBe(true);
    expect(engine.unsubscribe(writer, itc, 'quote')).toBe(false);
    expect(engine.unsubscribe(writer, itc, 'full')).toBe(true);
    const before = packets.length;
    playTo(atIst(day.date, '10:10'));
    expect(packets).toHaveLength(before);
    expect(engine.nextDue).toBeNull();
  });
});

describe('a feed that is behind', () => {
  test('sends every window in order, in as many turns as it takes', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const whole = engineAt(day, '09:14');
    const pieces = engineAt(day, '09:14');
    for (const { engine, writer } of [whole, pieces]) {
      for (const instrument of day.instruments.slice(0, 30)) engine.subscribe(writer, instrument, 'quote');
    }
    const end = atIst(day.date, '09:25');
    whole.playTo(end);
    let turns = 1;
    while (!pieces.engine.advance(end, () => true)) turns += 1;
    pieces.writer.flush();
    expect(turns).toBeGreaterThan(10);
    expect(pieces.packets).toEqual(whole.packets);
    const times = whole.packets.slice(30).map((packet) => packet.ltt);
    expect(times.every((ltt, i) => ltt >= (times[i - 1] ?? 0) - 1)).toBe(true);
  });

  test('says how far', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const { clock, engine, writer, playTo } = engineAt(day, '10:00');
    engine.subscribe(writer, instrumentOf(day, 'ITC'), 'quote');
    expect(engine.lagMs).toBe(0);
    await clock.advance(30_000);
    expect(engine.lagMs).toBeGreaterThan(28_000);
    playTo(clock.now());
    expect(engine.lagMs).toBe(0);
  });
});
