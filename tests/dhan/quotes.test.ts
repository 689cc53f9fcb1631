import { describe, expect, test } from '@jest/globals';
import type { Segment } from '@rtp/core';
import { readProfile } from '../../packages/dhan/src/auth/profile.ts';
import { quoteBody, readQuotes } from '../../packages/dhan/src/quotes/quotes.ts';

const FULL = {
  average_price: 1419.82,
  buy_quantity: 398765,
  sell_quantity: 412345,
  depth: { buy: [], sell: [] },
  last_price: 1421.5,
  last_quantity: 25,
  last_trade_time: '20/11/2026 10:15:07',
  lower_circuit_limit: 1271.1,
  net_change: 9.2,
  ohlc: { open: 1415.0, close: 1412.3, high: 1425.9, low: 1409.05 },
  oi: 0,
  volume: 3456789,
};

describe('quote calls', () => {
  test('ask for whole-number ids by segment', () => {
    const ids = new Map<Segment, string[]>([
      ['NSE_EQ', ['2885', '11536']],
      ['IDX_I', ['13']],
    ]);
    expect(quoteBody(ids)).toBe('{"NSE_EQ":[2885,11536],"IDX_I":[13]}');
  });

  test('take 1 to 1,000 instruments in all', () => {
    const many = (count: number) =>
      new Map<Segment, string[]>([['NSE_EQ', Array.from({ length: count }, (_, i) => `${i}`)]]);
    expect(() => quoteBody(many(1_000))).not.toThrow();
    expect(() => quoteBody(many(1_001))).toThrow(/1 to 1000/);
    expect(() => quoteBody(many(0))).toThrow(/1 to 1000/);
    expect(() => quoteBody(new Map<Segment, string[]>([['NSE_EQ', ['RELIANCE']]]))).toThrow(/no security id/);
  });
});

describe('quote answers', () => {
  test('a full quote', () => {
    expect(readQuotes({ data: { NSE_EQ: { 2885: FULL } }, status: 'success' })).toEqual([
      {
        segment: 'NSE_EQ',
        securityId: '2885',
        lastPrice: 1421.5,
        lastTradeTime: Date.parse('2026-11-20T10:15:07+05:30'),
        lastQuantity: 25,
        volume: 3456789,
        open: 1415,
        high: 1425.9,
        low: 1409.05,
        previousClose: 1412.3,
        averagePrice: 1419.82,
        buyQuantity: 398765,
        sellQuantity: 412345,
      },
    ]);
  });

  test('what a smaller call does not carry is 0', () => {
    const [row] = readQuotes({ data: { IDX_I: { 13: { last_price: 25950.25 } } } });
    expect(row).toMatchObject({ segment: 'IDX_I', lastPrice: 25950.25, lastTradeTime: null, volume: 0, open: 0 });
  });

  test('never traded is no trade time', () => {
    for (const text of ['', '01/01/1980 00:00:00', 'soon']) {
      const [row] = readQuotes({ data: { NSE_EQ: { 1: { ...FULL, last_trade_time: text } } } });
      expect(row?.lastTradeTime).toBeNull();
    }
  });

  test('an unusable price, volume or shape costs its own row only', () => {
    const bad = [{ ...FULL, last_price: -3 }, { ...FULL, last_price: 'NaN' }, { ...FULL, volume: -1 }, null, 'gone'];
    const rows = Object.fromEntries(bad.map((row, id) => [id, row]));
    expect(readQuotes({ data: { NSE_EQ: { ...rows, 2885: FULL } } }).map(({ securityId }) => securityId)).toEqual([
      '2885',
    ]);
    const odd = { ...FULL, average_price: -1, ohlc: { open: 1, high: null } };
    expect(readQuotes({ data: { NSE_EQ: { 1: odd } } })).toMatchObject([
      { lastPrice: 1421.5, averagePrice: 0, high: 0 },
    ]);
  });

  test('unknown ids have no row', () => {
    expect(readQuotes({ data: {} })).toEqual([]);
    expect(readQuotes({ data: { NSE_EQ: {} } })).toEqual([]);
    expect(readQuotes({ data: { NSE_EQ: null } })).toEqual([]);
    expect(readQuotes({ data: { NSE_EQ: { 1: { last_price: 0 } } } })).toEqual([]);
  });

  test.each([[{ data: { NSE_EQ: 'none' } }], [{ data: [] }], [null]])('%j is malformed', (body) => {
    expect(() => readQuotes(body)).toThrow(expect.objectContaining({ code: 'RTP_DHAN_MALFORMED' }));
  });
});

describe('the profile', () => {
  test('its texts are IST instants', () => {
    const profile = readProfile({
      dhanClientId: '1000000001',
      tokenValidity: '21/11/2026 08:00',
      activeSegment: 'E, D, C, M, ',
      dataPlan: 'Active',
      dataValidity: '2026-12-15 11:40:21.0',
    });
    expect(profile).toEqual({
      clientId: '1000000001',
      tokenValidUntil: Date.parse('2026-11-21T08:00:00+05:30'),
      activeSegments: ['E', 'D', 'C', 'M'],
      dataPlanActive: true,
      dataPlanValidUntil: Date.parse('2026-12-15T11:40:21+05:30'),
    });
  });

  test('"Deactive" is not active', () => {
    expect(readProfile({ dhanClientId: 1, dataPlan: 'Deactive' }).dataPlanActive).toBe(false);
  });
});
