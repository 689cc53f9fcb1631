import { describe, expect, test } from '@jest/globals';
import type { MarketDay, MarketInstrument } from '@rtp/exchange-simulator';
import { tellRow } from '../../packages/exchange-simulator/src/market/instrument-state.ts';
import { MAX_TRADES, TradeSlots } from '../../packages/exchange-simulator/src/tape/trade-slots.ts';
import { dayOf } from './harness.ts';

interface Told {
  readonly offsets: number[];
  readonly prices: number[];
  readonly quantities: number[];
}

const slots = new TradeSlots(1);

function tell(day: MarketDay, instrument: MarketInstrument, row: number): Told {
  const count = tellRow(day, instrument, row, slots, 0);
  return {
    offsets: [...slots.offsetMs.subarray(0, count)],
    prices: [...slots.price.subarray(0, count)],
    quantities: [...slots.quantity.subarray(0, count)],
  };
}

function* rows(day: MarketDay): Generator<{ instrument: MarketInstrument; row: number }> {
  for (const instrument of day.instruments) {
    for (let row = instrument.firstRow; row < instrument.endRow; row += 1) yield { instrument, row };
  }
}

/** Rows whose trades do not aggregate to the bar, or break a rule of the tape. */
function broken(day: MarketDay): string[] {
  const found: string[] = [];
  for (const { instrument, row } of rows(day)) {
    const bar = day.bar(row);
    const { offsets, prices, quantities } = tell(day, instrument, row);
    if (bar.volume === 0 && !instrument.isIndex) {
      if (prices.length > 0) found.push(`${instrument.symbol} ${row}: trades without volume`);
      continue;
    }
    const again = {
      open: prices[0],
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices.at(-1),
      volume: quantities.reduce((sum, quantity) => sum + quantity, 0),
    };
    const isSame = Object.entries(again).every(([name, value]) => value === bar[name as keyof typeof bar]);
    const isOrdered = offsets.every((offset, i) => offset < 60_000 && offset >= (offsets[i - 1] ?? 0));
    const isWhole = quantities.every((quantity) => Number.isInteger(quantity) && quantity >= 0);
    const pathLength = new Set([bar.open, bar.high, bar.low, bar.close]).size + 1;
    const isWithin =
      prices.length <= MAX_TRADES && (instrument.isIndex || prices.length <= Math.max(bar.volume, pathLength));
    const hasShares = instrument.isIndex || bar.volume < prices.length || quantities.every((quantity) => quantity >= 1);
    if (!isSame || !isOrdered || !isWhole || !isWithin || !hasShares) found.push(`${instrument.symbol} ${row}`);
  }
  return found;
}

describe('the tape', () => {
  test.each([
    ['2016-09-30', 31_125],
    ['2025-10-21', 300],
  ])('aggregates by minute to every recorded bar of %s', async (shipped, bars) => {
    const day = await dayOf({ shipped });
    expect(day.bars.ts).toHaveLength(bars);
    expect(broken(day)).toEqual([]);
  });

  test('aggregates by minute to every bar of a generated day, its index included', async () => {
    const day = await dayOf({ generate: 40, seed: 3 });
    expect(day.instruments.some((instrument) => instrument.isIndex)).toBe(true);
    expect(broken(day)).toEqual([]);
  });

  test('shows the whole price path of bars that have fewer shares than prices, without inventing shares', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    let thin = 0;
    for (const { instrument, row } of rows(day)) {
      const bar = day.bar(row);
      const { quantities } = tell(day, instrument, row);
      if (bar.volume > 0 && quantities.includes(0)) {
        thin += 1;
        if (quantities[0] !== 1) thin = Number.NaN;
      }
    }
    expect(thin).toBe(28);
  });

  test('tells a liquid minute in 40 to 60 trades and a thin one in fewer', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const odd: string[] = [];
    for (const { instrument, row } of rows(day)) {
      const { volume } = day.bar(row);
      const { length } = tell(day, instrument, row).prices;
      if (volume >= 4_000 && (length < 40 || length > 60)) odd.push(`${length} trades of ${volume} shares`);
      if (volume < 400 && length >= 20) odd.push(`${length} trades of ${volume} shares`);
    }
    expect(odd).toEqual([]);
  });

  test('is the same every time it is told, and another for another minute', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const reliance = day.instruments.find((instrument) => instrument.symbol === 'RELIANCE') as MarketInstrument;
    const first = tell(day, reliance, reliance.firstRow + 10);
    tell(day, reliance, reliance.firstRow);
    expect(tell(day, reliance, reliance.firstRow + 10)).toEqual(first);
    expect(tell(day, reliance, reliance.firstRow + 11).offsets).not.toEqual(first.offsets);
  });

  test('prints only prices on the instrument’s step', async () => {
    const day = await dayOf({ shipped: '2016-09-30' });
    const itc = day.instruments.find((instrument) => instrument.symbol === 'ITC') as MarketInstrument;
    expect(itc.step).toBe(500);
    const prices = new Set<number>();
    for (let row = itc.firstRow; row < itc.endRow; row += 1) {
      for (const price of tell(day, itc, row).prices) prices.add(price);
    }
    expect(prices.size).toBeGreaterThan(20);
    expect([...prices].filter((price) => Number((price * 20).toFixed(6)) % 1 !== 0)).toEqual([]);
  });
});
