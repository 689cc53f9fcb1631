import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, defaultConfig, ManualClock, type SimulatorFault } from '@rtp/core';
import { type MarketDay, type MarketInstrument, type OfficialBar, Simulator } from '@rtp/exchange-simulator';
import { dayOf, mint, post } from './harness.ts';

const DATE = '2026-11-20';
const DAY_BEFORE = '2026-11-19';

let day: MarketDay;
let share: MarketInstrument;
const simulators: Simulator[] = [];

beforeAll(async () => {
  day = await dayOf({ generate: 12, seed: 5 });
  share = day.instruments.find((one) => !one.isIndex && !one.isClosingAuctionShare) as MarketInstrument;
});
afterAll(async () => {
  for (const simulator of simulators) await simulator.close();
});

const split = (exDate: string, ratio = 2): SimulatorFault => ({
  name: 'split',
  symbols: [share.symbol],
  exDate,
  ratio,
});

interface Candles {
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly volume: number[];
  readonly timestamp: number[];
}

async function exchangeAt(date: string, time: string, faults: SimulatorFault[]) {
  const clock = new ManualClock(atIst(date, time));
  const config = { ...defaultConfig().simulator, history_days: 10, chart_calls_per_second: 1_000_000, faults };
  const simulator = new Simulator({ day, clock, config });
  simulators.push(simulator);
  const url = await simulator.listen(0);
  let token = await mint({ url, clock });
  const ask = async (path: string, instrument: MarketInstrument, fields: object): Promise<Candles> => {
    const { json } = await post(`${url}/v2/charts/${path}`, token, {
      securityId: String(instrument.securityId),
      exchangeSegment: instrument.segment,
      instrument: instrument.isIndex ? 'INDEX' : 'EQUITY',
      ...fields,
    });
    return json;
  };
  return {
    clock,
    market: simulator.market,
    mintAgain: async (): Promise<void> => {
      token = await mint({ url, clock });
    },
    intraday: (date: string, instrument = share) =>
      ask('intraday', instrument, { interval: '1', fromDate: date, toDate: date }),
    daily: (instrument = share) => ask('historical', instrument, { fromDate: '2026-11-01', toDate: '2026-12-01' }),
    previousClose: async (): Promise<number> => {
      const { json } = await post(`${url}/v2/marketfeed/ohlc`, token, { NSE_EQ: [share.securityId] });
      return json.data.NSE_EQ[share.securityId].ohlc.close;
    },
  };
}

const inPaise = (price: number): number => Math.round(price * 100) / 100;

/** Candles of bars once each share has become `shares`. */
function candles(bars: Iterable<OfficialBar>, shares: number): Candles {
  const all = [...bars];
  const prices = (name: 'open' | 'high' | 'low' | 'close'): number[] => all.map((bar) => inPaise(bar[name] / shares));
  return {
    open: prices('open'),
    high: prices('high'),
    low: prices('low'),
    close: prices('close'),
    volume: all.map((bar) => Math.round(bar.volume * shares)),
    timestamp: all.map((bar) => bar.ts / 1_000),
  };
}

describe('a split on the simulated day', () => {
  test('has earlier dates as traded until its midnight, and adjusted from then on', async () => {
    const { clock, market, intraday, daily } = await exchangeAt(DAY_BEFORE, '20:00', [split(DATE)]);
    const official = [...market.officialBars(share.symbol, DAY_BEFORE)];
    expect(official.at(-1)?.close).toBe(inPaise(share.previousClose * 2));
    await clock.advanceTo(atIst(DATE, '00:00') - 1);
    expect(await intraday(DAY_BEFORE)).toEqual(candles(official, 1));
    const dailyAsTraded = await daily();
    expect(dailyAsTraded.close).toHaveLength(9);

    await clock.advanceTo(atIst(DATE, '00:00'));
    expect(await intraday(DAY_BEFORE)).toEqual(candles(official, 2));
    const adjusted = await daily();
    expect(adjusted.close.slice(0, 9)).toEqual(dailyAsTraded.close.map((close) => inPaise(close / 2)));
    expect(adjusted.volume.slice(0, 9)).toEqual(dailyAsTraded.volume.map((volume) => volume * 2));
    expect(adjusted.close[9]).toBe(share.previousClose);
  });

  test('leaves the day itself as it is: it trades at the lower price', async () => {
    const plain = await exchangeAt(DATE, '16:00', []);
    const parted = await exchangeAt(DATE, '16:00', [split(DATE)]);
    expect(await parted.intraday(DATE)).toEqual(await plain.intraday(DATE));
    expect(await parted.previousClose()).toBe(share.previousClose);
  });

  test('is one of the named shares only', async () => {
    const other = day.instruments.find((one) => one !== share && !one.isIndex) as MarketInstrument;
    const plain = await exchangeAt(DATE, '10:00', []);
    const parted = await exchangeAt(DATE, '10:00', [split(DATE)]);
    expect(await parted.intraday(DAY_BEFORE, other)).toEqual(await plain.intraday(DAY_BEFORE, other));
  });
});

test('a split in the past has been adjusted for: no jump in the charts, a jump in what was traded', async () => {
  const { market, intraday, daily } = await exchangeAt(DATE, '10:00', [split('2026-11-17')]);
  const closeOn = (date: string): number => market.officialDay(share.symbol, date)?.close as number;
  expect(closeOn('2026-11-16') / closeOn('2026-11-17')).toBeGreaterThan(1.7);
  expect(closeOn('2026-11-16') / closeOn('2026-11-17')).toBeLessThan(2.3);
  const { close } = await daily();
  for (const [position, price] of close.slice(1).entries()) {
    expect(Math.abs(price / (close[position] as number) - 1)).toBeLessThan(0.15);
  }
  expect(await intraday('2026-11-16')).toEqual(candles(market.officialBars(share.symbol, '2026-11-16'), 2));
  expect(await intraday('2026-11-17')).toEqual(candles(market.officialBars(share.symbol, '2026-11-17'), 1));
});

test('a split after the day adjusts the day as well, once its date has come', async () => {
  const { clock, market, intraday, mintAgain } = await exchangeAt(DATE, '16:00', [split('2026-11-23')]);
  const official = [...market.officialBars(share.symbol, DATE)];
  expect(await intraday(DATE)).toEqual(candles(official, 1));
  await clock.advanceTo(atIst('2026-11-23', '08:00'));
  await mintAgain();
  expect(await intraday(DATE)).toEqual(candles(official, 2));
});

test('several splits multiply, and other ratios end in whole paise', async () => {
  const { market, intraday } = await exchangeAt(DATE, '10:00', [split('2026-11-17', 1.5), split('2026-11-18', 5)]);
  expect(await intraday('2026-11-16')).toEqual(candles(market.officialBars(share.symbol, '2026-11-16'), 7.5));
  expect(await intraday('2026-11-17')).toEqual(candles(market.officialBars(share.symbol, '2026-11-17'), 5));
});
