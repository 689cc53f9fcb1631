import { describe, expect, test } from '@jest/globals';
import {
  type DepthPacket,
  decodeFrame,
  type FeedPacketVisitor,
  type FullPacket,
  type QuotePacket,
  roundPaise,
} from '@rtp/dhan';
import fc from 'fast-check';
import { quotePacket, VECTORS } from './support/vectors.ts';

const WHOLE = { unknown: 0, truncatedBytes: 0, mismatched: 0 };

/** Collects copies of everything the frame holds, by visitor method. */
function collect(frame: Uint8Array) {
  const seen: [string, unknown][] = [];
  const keep =
    (name: string) =>
    (packet: unknown): void =>
      void seen.push([name, structuredClone(packet)]);
  const names = ['ticker', 'depth', 'quote', 'full', 'oi', 'prevClose', 'marketStatus', 'disconnect', 'unknown'];
  const visitor = Object.fromEntries(names.map((name) => [name, keep(name)])) as FeedPacketVisitor;
  return { seen, tally: decodeFrame(frame, visitor) };
}

const only = <T>(frame: Uint8Array): T => {
  const { seen } = collect(frame);
  expect(seen).toHaveLength(1);
  return seen[0]?.[1] as T;
};

describe('the packets of the reference', () => {
  test('a ticker packet', () => {
    const { seen, tally } = collect(VECTORS.ticker);
    expect(seen).toEqual([
      ['ticker', { segmentCode: 1, securityId: 2885, ltp: 1421.5, ltt: 1795169707, exchangeTimeMs: 1795149907_000 }],
    ]);
    expect(tally).toEqual({ packets: 1, ...WHOLE });
  });

  test('a quote packet', () => {
    const packet = only<QuotePacket>(VECTORS.quote);
    expect(packet).toMatchObject({
      segmentCode: 1,
      securityId: 2885,
      ltp: 1421.5,
      lastQty: 25,
      ltt: 1795169707,
      volume: 3456789,
      totalSell: 412345,
      totalBuy: 398765,
      dayOpen: 1415,
    });
    expect(roundPaise(packet.avgPrice)).toBe(1419.82);
    expect(roundPaise(packet.dayClose)).toBe(1412.3);
    expect(roundPaise(packet.dayHigh)).toBe(1425.9);
    expect(roundPaise(packet.dayLow)).toBe(1409.05);
  });

  test('the trade time is IST wall clock, brought back to UTC', () => {
    expect(new Date(only<QuotePacket>(VECTORS.quote).exchangeTimeMs).toISOString()).toBe('2026-11-20T04:45:07.000Z');
  });

  test('a full packet with its depth', () => {
    const packet = only<FullPacket>(VECTORS.full);
    expect(packet).toMatchObject({ ltp: 1421.5, volume: 3456789, openInterest: 0, dayOpen: 1415 });
    expect(roundPaise(packet.dayLow)).toBe(1409.05);
    expect(packet.depth).toHaveLength(5);
    const [best, second] = packet.depth;
    expect(best).toMatchObject({ bidQty: 100, askQty: 200, bidOrders: 3, askOrders: 4, askPrice: 1421.5 });
    expect(roundPaise(best?.bidPrice ?? 0)).toBe(1421.4);
    expect(second).toEqual({ bidQty: 0, askQty: 0, bidOrders: 0, askOrders: 0, bidPrice: 0, askPrice: 0 });
  });

  test('a previous-close packet', () => {
    expect(only(VECTORS.prevClose)).toEqual({
      segmentCode: 0,
      securityId: 13,
      previousClose: 25950.25,
      previousOpenInterest: 0,
    });
  });

  test('an open-interest packet', () => {
    expect(only(VECTORS.oi)).toEqual({ segmentCode: 2, securityId: 49081, openInterest: 1234575 });
  });

  test('a disconnect packet gives its reason', () => {
    expect(collect(VECTORS.disconnect).seen).toEqual([['disconnect', 807]]);
  });

  test('a market-status packet is its header', () => {
    expect(collect(VECTORS.marketStatus).seen).toEqual([['marketStatus', { segmentCode: 1, securityId: 0 }]]);
  });

  test('a legacy depth packet', () => {
    const frame = Buffer.alloc(112);
    frame.set([3, 112, 0, 1]);
    frame.writeUInt32LE(2885, 4);
    frame.writeFloatLE(99.5, 8);
    frame.writeUInt32LE(7, 12 + 4 * 20);
    const packet = only<DepthPacket>(frame);
    expect(packet.ltp).toBe(99.5);
    expect(packet.depth[4]?.bidQty).toBe(7);
  });

  test('a trade time of 0 stays 0: the instrument never traded', () => {
    expect(only<QuotePacket>(quotePacket({ ltt: 0 })).exchangeTimeMs).toBe(0);
  });

  test('integers are unsigned', () => {
    expect(only<QuotePacket>(quotePacket({ volume: 4_000_000_000 })).volume).toBe(4_000_000_000);
  });
});

describe('frames', () => {
  test('several packets in one frame are all read, in order', () => {
    const frame = Buffer.concat([VECTORS.quote, VECTORS.prevClose, VECTORS.full, VECTORS.ticker, VECTORS.disconnect]);
    const { seen, tally } = collect(frame);
    expect(seen.map(([name]) => name)).toEqual(['quote', 'prevClose', 'full', 'ticker', 'disconnect']);
    expect(tally).toEqual({ packets: 5, ...WHOLE });
  });

  test('a short tail is counted and left', () => {
    const { seen, tally } = collect(Buffer.concat([VECTORS.quote, VECTORS.quote.subarray(0, 49)]));
    expect(seen).toHaveLength(1);
    expect(tally).toEqual({ packets: 1, ...WHOLE, truncatedBytes: 49 });
  });

  test('a tail shorter than a header is counted too', () => {
    expect(collect(Buffer.from([4, 50, 0])).tally).toEqual({ packets: 0, ...WHOLE, truncatedBytes: 3 });
  });

  test('an unknown code is passed over by its length field', () => {
    const strange = Buffer.alloc(24);
    strange.set([99, 24, 0, 1]);
    const { seen, tally } = collect(Buffer.concat([strange, VECTORS.ticker]));
    expect(seen.map(([name]) => name)).toEqual(['unknown', 'ticker']);
    expect(seen[0]?.[1]).toMatchObject({ code: 99, length: 24 });
    expect(tally).toEqual({ packets: 1, ...WHOLE, unknown: 1 });
  });

  test('an unknown code with an impossible length ends the frame', () => {
    const strange = Buffer.from([0, 4, 0, 0, 0, 0, 0, 0]);
    expect(collect(Buffer.concat([VECTORS.ticker, strange, VECTORS.ticker])).tally).toEqual({
      packets: 1,
      ...WHOLE,
      truncatedBytes: 24,
    });
  });

  test('a known code is passed over by its documented size, and a differing length field is counted', () => {
    const odd = Buffer.from(VECTORS.ticker);
    odd.writeUInt16LE(8, 1);
    expect(collect(Buffer.concat([odd, VECTORS.ticker])).tally).toEqual({ packets: 2, ...WHOLE, mismatched: 1 });
  });

  test('a frame inside a larger buffer is read from its own start', () => {
    const pool = Buffer.concat([Buffer.alloc(3, 0xff), VECTORS.ticker, Buffer.alloc(9, 0xff)]);
    expect(collect(pool.subarray(3, 19)).tally).toEqual({ packets: 1, ...WHOLE });
  });

  test('the same packet object is handed out every time', () => {
    const seen = new Set<QuotePacket>();
    decodeFrame(Buffer.concat([VECTORS.quote, VECTORS.quote]), { quote: (packet) => void seen.add(packet) });
    expect(seen.size).toBe(1);
  });

  test('a visitor that wants nothing is counted for all the same', () => {
    expect(decodeFrame(Buffer.concat(Object.values(VECTORS)), {}).packets).toBe(7);
  });
});

describe('any bytes', () => {
  const code = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 50, 255);
  const packetLike = fc
    .tuple(code, fc.integer({ min: 0, max: 65_535 }), fc.uint8Array({ maxLength: 200 }))
    .map(([first, length, rest]) => Buffer.from([first, length & 255, length >> 8, ...rest]));

  test('never throw, and every byte is accounted for', () => {
    const frames = fc.oneof(
      fc.uint8Array({ maxLength: 700 }),
      fc.array(packetLike).map((parts) => Buffer.concat(parts)),
    );
    fc.assert(
      fc.property(frames, (frame) => {
        const { tally, seen } = collect(frame);
        expect(seen).toHaveLength(tally.packets + tally.unknown);
        expect(tally.truncatedBytes).toBeLessThanOrEqual(frame.length);
        expect(tally.truncatedBytes === frame.length).toBe(seen.length === 0);
      }),
      { numRuns: 2_000 },
    );
  });

  test('any row of whole packets is read whole', () => {
    const whole = fc.constantFrom(...Object.values(VECTORS));
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 12 }), (packets) => {
        expect(collect(Buffer.concat(packets)).tally).toEqual({ packets: packets.length, ...WHOLE });
      }),
    );
  });
});
