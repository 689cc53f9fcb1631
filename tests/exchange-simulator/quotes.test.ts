import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { type MarketDay, type MarketInstrument, SIMULATOR_CREDENTIALS } from '@rtp/exchange-simulator';
import { dayOf, type Exchange, type ExchangeSettings, mint, post, type Reply, startExchange } from './harness.ts';

let day: MarketDay;
const exchanges: Exchange[] = [];

beforeAll(async () => {
  day = await dayOf({ generate: 12, seed: 5 });
});
afterAll(async () => {
  for (const exchange of exchanges) await exchange.close();
});

async function brokerAt(time: string, config: ExchangeSettings = {}) {
  const exchange = await startExchange(day, time, config);
  exchanges.push(exchange);
  const token = await mint(exchange);
  /** Asks a market second and a bit after the call before. */
  const ask = async (kind: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> => {
    await exchange.clock.advance(1_001);
    return post(`${exchange.url}/v2/marketfeed/${kind}`, token, body, headers);
  };
  return { exchange, token, ask };
}

const share = (): MarketInstrument => day.instruments.find((instrument) => !instrument.isIndex) as MarketInstrument;

describe('market quotes', () => {
  test('in session carry the day so far, previous close and trade time', async () => {
    const { ask, exchange } = await brokerAt('10:30');
    const instrument = share();
    const { json, status } = await ask('quote', { NSE_EQ: [instrument.securityId] });
    expect([status, json.status]).toEqual([200, 'success']);
    const quote = json.data.NSE_EQ[instrument.securityId];
    let volume = 0;
    let high = 0;
    const current = Math.floor(exchange.clock.now() / 60_000) * 60_000;
    for (let row = instrument.firstRow; (day.bars.ts[row] as number) < current; row += 1) {
      volume += day.bar(row).volume;
      high = Math.max(high, day.bar(row).high);
    }
    expect(quote.volume).toBeGreaterThanOrEqual(volume);
    expect(quote.ohlc.high).toBeGreaterThanOrEqual(high);
    expect(quote.ohlc.open).toBe(day.bar(instrument.firstRow).open);
    expect(quote.ohlc.close).toBe(instrument.previousClose);
    expect(quote.last_trade_time).toMatch(/^20\/11\/2026 10:(29|30):\d\d$/);
    expect(quote.depth.buy).toHaveLength(5);
    expect(quote.depth.sell).toHaveLength(5);
    expect(quote.average_price).toBeGreaterThanOrEqual(quote.ohlc.low);
    expect(quote.average_price).toBeLessThanOrEqual(quote.ohlc.high);
    expect(Object.keys(quote).sort()).toEqual(
      [
        'average_price buy_quantity depth last_price last_quantity last_trade_time lower_circuit_limit net_change',
        'ohlc oi oi_day_high oi_day_low sell_quantity upper_circuit_limit volume',
      ]
        .join(' ')
        .split(' '),
    );
  });

  test('ltp and ohlc are parts of the quote; indices have their own segment', async () => {
    const { ask } = await brokerAt('11:00');
    const ltp = await ask('ltp', { NSE_EQ: [share().securityId], IDX_I: [13] });
    expect(Object.keys(ltp.json.data.NSE_EQ[share().securityId])).toEqual(['last_price']);
    expect(ltp.json.data.IDX_I[13].last_price).toBeGreaterThan(20_000);
    const ohlc = await ask('ohlc', { NSE_EQ: [share().securityId] });
    expect(Object.keys(ohlc.json.data.NSE_EQ[share().securityId])).toEqual(['last_price', 'ohlc']);
  });

  test('at the day’s end equal the sum of the recorded bars', async () => {
    const { ask } = await brokerAt('15:40');
    const ids = day.instruments.filter((instrument) => !instrument.isIndex).map((one) => one.securityId);
    const { json } = await ask('quote', { NSE_EQ: ids });
    for (const instrument of day.instruments) {
      if (instrument.isIndex) continue;
      let volume = 0;
      let last = 0;
      for (let row = instrument.firstRow; row < instrument.endRow; row += 1) {
        volume += day.bar(row).volume;
        if (day.bar(row).volume > 0) last = day.bar(row).close;
      }
      expect(json.data.NSE_EQ[instrument.securityId]).toMatchObject({ volume, last_price: last });
    }
  });

  test('before the open show the previous close and the previous trading day', async () => {
    const { ask } = await brokerAt('09:05');
    const { json } = await ask('quote', { NSE_EQ: [share().securityId] });
    expect(json.data.NSE_EQ[share().securityId]).toMatchObject({
      last_price: share().previousClose,
      volume: 0,
      last_trade_time: '19/11/2026 15:29:59',
    });
  });

  test('leave unknown ids out and ignore the SDK’s client id', async () => {
    const { ask } = await brokerAt('11:00');
    const reply = await ask('ltp', { NSE_EQ: [424242], dhanClientId: '1000000001' });
    expect([reply.status, reply.json]).toEqual([200, { data: { NSE_EQ: {} }, status: 'success' }]);
  });

  test('are refused without the client id, without JSON, with odd ids and beyond 1,000 instruments', async () => {
    const { ask, exchange } = await brokerAt('11:00');
    const stranger = await ask('ltp', { NSE_EQ: [1] }, { 'client-id': '1' });
    expect([stranger.status, stranger.json]).toEqual([
      401,
      { data: { 808: 'Authentication Failed - Client ID or Token invalid' }, status: 'failed' },
    ]);
    const noToken = await post(`${exchange.url}/v2/marketfeed/ltp`, 'x', { NSE_EQ: [1] });
    expect(noToken.status).toBe(401);
    const garbage = await ask('ltp', '{');
    expect([garbage.status, garbage.json]).toEqual([400, { data: { 814: 'Invalid Request' }, status: 'failed' }]);
    expect((await ask('ltp', { NSE_EQ: ['2885'] })).status).toBe(400);
    expect((await ask('ltp', { NSE: [2885] })).status).toBe(400);
    const many = await ask('ltp', { NSE_EQ: Array.from({ length: 1_001 }, (_, id) => id) });
    expect([many.status, Object.keys(many.json.data)]).toEqual([400, ['804']]);
  });

  test('are limited to one a second over the three paths; exactly a second apart is too soon', async () => {
    const { exchange, token } = await brokerAt('11:00');
    const ask = (kind: string) => post(`${exchange.url}/v2/marketfeed/${kind}`, token, { NSE_EQ: [1] });
    expect((await ask('ltp')).status).toBe(200);
    const refused = await ask('quote');
    expect([refused.status, refused.json]).toEqual([
      429,
      {
        data: { 805: 'Too many requests. Further requests may result in the user being blocked.' },
        status: 'failed',
      },
    ]);
    await exchange.clock.advance(1_000);
    expect((await ask('ohlc')).status).toBe(429);
    await exchange.clock.advance(1);
    expect((await ask('ohlc')).status).toBe(200);
  });

  test('fail while that fault holds', async () => {
    const { ask, exchange } = await brokerAt('10:59', {
      faults: [{ name: 'quotes_500', from: '11:00', to: '11:01' }],
    });
    await exchange.clock.advanceTo(atIst(day.date, '11:00'));
    const failed = await ask('ltp', { NSE_EQ: [1] });
    expect([failed.status, failed.json.data]).toEqual([500, { 800: 'Internal Server Error' }]);
    await exchange.clock.advanceTo(atIst(day.date, '11:01'));
    expect((await ask('ltp', { NSE_EQ: [1] })).status).toBe(200);
  });

  test('need no more than the documented headers', async () => {
    const { exchange, token } = await brokerAt('11:00');
    const reply = await fetch(`${exchange.url}/v2/marketfeed/ltp`, {
      method: 'POST',
      headers: { 'access-token': token, 'client-id': SIMULATOR_CREDENTIALS.clientId },
      body: '{"NSE_EQ":[1]}',
    });
    expect(reply.status).toBe(200);
  });
});
