import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, type RtpConfig, tradingDateOf } from '@rtp/core';
import type { MarketDay, MarketInstrument, OfficialBar } from '@rtp/exchange-simulator';
import { calendar, dayOf, type Exchange, mint, post, type Reply, startExchange } from './harness.ts';

const DATE = '2026-11-20';
const DAY_BEFORE = '2026-11-19';
/** The closing auction began on 2026-08-03, 74 trading days before; history reaches over it. */
const CONFIG = { history_days: 90, chart_calls_per_second: 1_000_000 };

let day: MarketDay;
const exchanges: Exchange[] = [];

beforeAll(async () => {
  day = await dayOf({ generate: 12, seed: 5 });
});
afterAll(async () => {
  for (const exchange of exchanges) await exchange.close();
});

interface Broker {
  readonly exchange: Exchange;
  intraday(instrument: MarketInstrument, fromDate: string, toDate: string, fields?: object): Promise<Reply>;
  historical(instrument: MarketInstrument, fromDate: string, toDate: string): Promise<Reply>;
}

async function brokerAt(
  time: string,
  config: Partial<RtpConfig['simulator']> = CONFIG,
  of: MarketDay = day,
): Promise<Broker> {
  const exchange = await startExchange(of, time, config);
  exchanges.push(exchange);
  const token = await mint(exchange);
  const ask = (path: string, instrument: MarketInstrument, fields: object): Promise<Reply> =>
    post(`${exchange.url}/v2/charts/${path}`, token, {
      securityId: String(instrument.securityId),
      exchangeSegment: instrument.segment,
      instrument: instrument.isIndex ? 'INDEX' : 'EQUITY',
      ...fields,
    });
  return {
    exchange,
    intraday: (instrument, fromDate, toDate, fields) =>
      ask('intraday', instrument, { interval: '1', fromDate, toDate, ...fields }),
    historical: (instrument, fromDate, toDate) => ask('historical', instrument, { fromDate, toDate }),
  };
}

const first = (holds: (instrument: MarketInstrument) => boolean): MarketInstrument =>
  day.instruments.find(holds) as MarketInstrument;
const auctionShare = (): MarketInstrument => first((one) => one.isClosingAuctionShare);
const plainShare = (): MarketInstrument => first((one) => !one.isIndex && !one.isClosingAuctionShare);
const index = (): MarketInstrument => first((one) => one.isIndex);

/** IST dates and times of an answer's candles, `2026-11-19 09:15`. */
function times(reply: Reply): string[] {
  const text = (ts: number): string => new Date((ts + 19_800) * 1_000).toISOString().slice(0, 16).replace('T', ' ');
  return reply.json.timestamp.map(text);
}

function columns(bars: Iterable<OfficialBar>): object {
  const table: Record<string, number[]> = { open: [], high: [], low: [], close: [], volume: [], timestamp: [] };
  for (const { ts, ...bar } of bars) {
    for (const [name, value] of Object.entries(bar)) table[name]?.push(value);
    table.timestamp?.push(ts / 1_000);
  }
  return table;
}

describe('earlier trading days', () => {
  test('are as many as configured, all of them days on which the exchange trades, and none without the setting', async () => {
    const broker = await brokerAt('10:00');
    const dates = times(await broker.historical(plainShare(), '2020-01-01', DATE)).map((text) => text.slice(0, 10));
    expect(dates).toHaveLength(90);
    expect(dates.at(-1)).toBe(DAY_BEFORE);
    expect(dates.every((date) => calendar.tradingDay(date) !== null)).toBe(true);
    expect(dates).toEqual(dates.toSorted());
    const none = await brokerAt('10:00', {});
    expect((await none.intraday(plainShare(), DAY_BEFORE, DAY_BEFORE)).json.timestamp).toEqual([]);
  });

  test('are the same whenever and in whatever order they are asked for, and others with another seed', async () => {
    const [one, other, reseeded] = [
      await brokerAt('10:00'),
      await brokerAt('14:00'),
      await brokerAt('10:00', { ...CONFIG, seed: 2 }),
    ];
    const whole = await one.intraday(plainShare(), '2026-11-16', DAY_BEFORE);
    await other.intraday(auctionShare(), '2026-11-02', DAY_BEFORE);
    const second = await other.intraday(plainShare(), '2026-11-17', '2026-11-17');
    const at = whole.json.timestamp.indexOf(second.json.timestamp[0]);
    const count = second.json.timestamp.length;
    for (const name of ['timestamp', 'open', 'high', 'low', 'close', 'volume']) {
      expect(whole.json[name].slice(at, at + count)).toEqual(second.json[name]);
    }
    expect((await reseeded.intraday(plainShare(), '2026-11-16', DAY_BEFORE)).text).not.toBe(whole.text);
  });

  test('lead up to the day: each begins near the close before it, and the last one ends at the previous close', async () => {
    const broker = await brokerAt('10:00');
    for (const instrument of [auctionShare(), plainShare(), index()]) {
      const daily = (await broker.historical(instrument, '2020-01-01', DATE)).json;
      expect(daily.close.at(-1)).toBe(instrument.previousClose);
      for (let position = 1; position < daily.close.length; position += 1) {
        expect(Math.abs(daily.open[position] / daily.close[position - 1] - 1)).toBeLessThan(0.03);
      }
    }
  });

  test('hold bars that an exchange could have produced', async () => {
    const { market } = (await brokerAt('10:00')).exchange.simulator;
    const inPaise = (price: number): boolean => Math.round(price * 100) / 100 === price;
    for (const instrument of day.instruments) {
      const bars = [...market.officialBars(instrument.symbol, '2026-09-01')];
      expect(bars.length).toBeGreaterThan(50);
      const impossible = bars.filter(({ open, high, low, close, volume }) => {
        const isInside = 0 < low && low <= Math.min(open, close) && Math.max(open, close) <= high;
        const isTraded = instrument.isIndex ? volume === 0 : Number.isInteger(volume) && volume > 0;
        return !isInside || !isTraded || ![open, high, low, close].every(inPaise);
      });
      expect(impossible).toEqual([]);
    }
  });

  test('have the hours of their date: closing-auction shares trade to 15:29 before 2026-08-03, to 15:14 from then on', async () => {
    const broker = await brokerAt('10:00');
    const lastMinutes = async (instrument: MarketInstrument, date: string): Promise<string | undefined> =>
      times(await broker.intraday(instrument, date, date, {}))
        .at(-1)
        ?.slice(11);
    const flat = await brokerAt('10:00', { ...CONFIG, no_trade_minutes: 'flat' });
    expect(await lastMinutes(auctionShare(), '2026-08-04')).toBe('15:14');
    expect(await lastMinutes(index(), '2026-08-04')).toBe('15:29');
    const counts = async (instrument: MarketInstrument, date: string): Promise<number> =>
      (await flat.intraday(instrument, date, date)).json.timestamp.length;
    expect(await counts(auctionShare(), '2026-07-31')).toBe(375);
    expect(await counts(auctionShare(), '2026-08-03')).toBe(360);
    expect(await counts(plainShare(), '2026-08-03')).toBe(375);
    expect(await counts(index(), '2026-08-03')).toBe(375);
    expect(new Set((await flat.intraday(index(), '2026-08-03', '2026-08-03')).json.volume)).toEqual(new Set([0]));
  });

  test('have minutes without trades for those that have them on the day, left out or flat', async () => {
    const broker = await brokerAt('10:00');
    const quietMinutes = (instrument: MarketInstrument): number => {
      let count = 0;
      for (let row = instrument.firstRow; row < instrument.endRow; row += 1)
        if (!day.hasTrades(instrument, row)) count += 1;
      return count;
    };
    const thin = day.instruments.toSorted((a, b) => quietMinutes(b) - quietMinutes(a))[0] as MarketInstrument;
    expect(quietMinutes(thin)).toBeGreaterThan(10);
    const omitted = await broker.intraday(thin, DAY_BEFORE, DAY_BEFORE);
    expect(omitted.json.timestamp.length).toBeLessThan(350);
    expect(omitted.json.volume).not.toContain(0);
    const flat = await (await brokerAt('10:00', { ...CONFIG, no_trade_minutes: 'flat' })).intraday(
      thin,
      DAY_BEFORE,
      DAY_BEFORE,
    );
    expect(flat.json.timestamp.length).toBeGreaterThan(omitted.json.timestamp.length);
    expect(flat.json.volume.filter((volume: number) => volume > 0)).toEqual(omitted.json.volume);
  });

  test('of a recorded day lead up to it alike', async () => {
    const recorded = await dayOf({ shipped: '2016-09-30' });
    const itc = recorded.instruments.find((one) => one.symbol === 'ITC') as MarketInstrument;
    const broker = await brokerAt('16:00', { ...CONFIG, history_days: 5 }, recorded);
    const reply = await broker.intraday(itc, '2016-09-01', '2016-09-30');
    const dates = [...new Set(times(reply).map((text) => text.slice(0, 10)))];
    expect(dates).toEqual(['2016-09-23', '2016-09-26', '2016-09-27', '2016-09-28', '2016-09-29', '2016-09-30']);
    const lastOfHistory = times(reply).lastIndexOf('2016-09-29 15:29');
    expect(reply.json.close[lastOfHistory]).toBe(itc.previousClose);
  });
});

describe('ranges over several days', () => {
  test('answer every candle of every day in them, exactly the official ones', async () => {
    const broker = await brokerAt('16:00');
    const { market } = broker.exchange.simulator;
    for (const instrument of [auctionShare(), plainShare(), index()]) {
      const reply = await broker.intraday(instrument, '2026-11-02', DATE);
      const dates = [...new Set(times(reply).map((text) => text.slice(0, 10)))];
      expect(dates).toEqual(market.datesBetween('2026-11-02', DATE));
      expect(dates.length).toBeGreaterThan(10);
      expect(reply.json).toEqual(columns(dates.flatMap((date) => [...market.officialBars(instrument.symbol, date)])));
    }
  });

  test('exclude a timed fromDate’s minute, bound starts by a timed toDate, and include the day of a bare one', async () => {
    const broker = await brokerAt('10:00:30');
    const ask = async (from: string, to: string): Promise<string[]> => times(await broker.intraday(index(), from, to));
    const timed = await ask('2026-11-17 09:15:00', '2026-11-18 09:17:00');
    expect([timed[0], timed.at(-1)]).toEqual(['2026-11-17 09:16', '2026-11-18 09:17']);
    expect(timed).toHaveLength(374 + 3);
    const bare = await ask('2026-11-17', '2026-11-18');
    expect([bare[0], bare.at(-1)]).toEqual(['2026-11-17 09:15', '2026-11-18 15:29']);
    expect((await ask(`${DAY_BEFORE} 15:28:59`, DATE)).slice(0, 2)).toEqual([`${DAY_BEFORE} 15:29`, `${DATE} 09:15`]);
    expect((await ask(DAY_BEFORE, DATE)).at(-1)).toBe(`${DATE} 10:00`);
    expect(await ask('2026-11-14', '2026-11-15')).toEqual([]);
  });

  test('hold 90 days at most', async () => {
    const broker = await brokerAt('16:00');
    const tooLong = await broker.intraday(index(), '2026-08-20', DATE);
    expect([tooLong.status, tooLong.json.errorMessage]).toEqual([
      400,
      'Data for Intraday Charts can be fetched for 90 days at a time',
    ]);
    const { status, json } = await broker.intraday(index(), '2026-08-22', DATE);
    expect([status, tradingDateOf(json.timestamp[0] * 1_000)]).toEqual([200, '2026-08-24']);
  });

  test('count longer candles from each day’s opening', async () => {
    const broker = await brokerAt('16:00');
    const hours = times(await broker.intraday(index(), '2026-11-18', DAY_BEFORE, { interval: '60' }));
    expect(hours.map((text) => text.slice(11))).toEqual([
      ...['09:15', '10:15', '11:15', '12:15', '13:15', '14:15', '15:15'],
      ...['09:15', '10:15', '11:15', '12:15', '13:15', '14:15', '15:15'],
    ]);
  });

  test('are printed in the broker’s style', async () => {
    const broker = await brokerAt('16:00');
    const { text } = await broker.intraday(plainShare(), DAY_BEFORE, DAY_BEFORE);
    expect(text).toMatch(/"timestamp":\[1\.\d+E9(,1\.\d+E9)*\]/);
    expect(text).toMatch(/^\{"open":\[\d+\.\d+(,\d+\.\d+)*\],/);
  });
});

describe('daily candles', () => {
  test('are summed from the minutes, and of closing-auction shares have the auction’s price and volume besides', async () => {
    const broker = await brokerAt('10:00');
    const { market } = broker.exchange.simulator;
    for (const instrument of [auctionShare(), plainShare(), index()]) {
      const { json } = await broker.historical(instrument, '2026-07-20', DATE);
      expect(json.timestamp.length).toBeGreaterThan(80);
      for (const [position, ts] of json.timestamp.entries()) {
        const date = tradingDateOf(ts * 1_000);
        expect(ts).toBe(atIst(date, '00:00') / 1_000);
        const minutes = [...market.officialBars(instrument.symbol, date)];
        const shares = minutes.reduce((sum, bar) => sum + bar.volume, 0);
        const lastPrice = minutes.at(-1)?.close;
        expect(json.open[position]).toBe(minutes[0]?.open);
        if (instrument.isClosingAuctionShare && date >= '2026-08-03') {
          expect(json.close[position]).not.toBe(lastPrice);
          expect(shares / json.volume[position]).toBeGreaterThanOrEqual(0.88);
          expect(shares / json.volume[position]).toBeLessThanOrEqual(0.95);
        } else {
          expect([json.close[position], json.volume[position]]).toEqual([lastPrice, shares]);
        }
        expect(json.high[position]).toBe(Math.max(...minutes.map((bar) => bar.high), json.close[position]));
        expect(json.low[position]).toBe(Math.min(...minutes.map((bar) => bar.low), json.close[position]));
      }
    }
  });

  test('end with the day before, toDate excluded, and have the day itself the next morning', async () => {
    const broker = await brokerAt('23:42');
    const share = auctionShare();
    const dates = async (from: string, to: string): Promise<string[]> =>
      times(await broker.historical(share, from, to)).map((text) => text.slice(0, 10));
    expect(await dates('2026-11-18', '2026-12-01')).toEqual(['2026-11-18', DAY_BEFORE]);
    expect(await dates('2026-11-18', DAY_BEFORE)).toEqual(['2026-11-18']);
    await broker.exchange.clock.advanceTo(atIst('2026-11-21', '08:00'));
    const { json } = await broker.historical(share, DATE, '2026-11-21');
    expect(json.timestamp).toEqual([atIst(DATE, '00:00') / 1_000]);
    const { market } = broker.exchange.simulator;
    const minutes = [...market.officialBars(share.symbol, DATE)];
    expect(json.close).not.toEqual([minutes.at(-1)?.close]);
    expect(minutes.reduce((sum, bar) => sum + bar.volume, 0) / json.volume[0]).toBeLessThanOrEqual(0.95);
    expect(market.officialDay(share.symbol, DATE)).toMatchObject({ close: json.close[0], volume: json.volume[0] });
  });
});
