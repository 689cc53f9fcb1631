import { describe, expect, test } from '@jest/globals';
import { atIst, type Bar, MINUTE_MS } from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import fc from 'fast-check';
import {
  type BasisChange,
  compareReadings,
  detectAdjustment,
  toStoredBasis,
} from '../../packages/pipeline/src/charts/stored-basis.ts';

const DATE = '2026-11-20';
const OPEN = atIst(DATE, '09:15');
const RATIOS = [
  [1, 2],
  [1, 5],
  [1, 10],
  [2, 3],
  [5, 8],
  [10, 11],
  [1, 100],
  [4, 3],
  [10, 1],
] as const;

/** What was traded, a minute a row: [close in paise, shares]. */
const tradedDay = (price: { min: number; max: number }, minutes = { minLength: 20, maxLength: 60 }) =>
  fc.array(fc.tuple(fc.integer(price), fc.integer({ min: 200, max: 1_000_000 })), minutes);
type Rows = readonly (readonly [number, number])[];

const paise = (value: number): number => Math.round(value * 100) / 100;

function barsOf(rows: Rows, given: Partial<Bar> = {}): Bar[] {
  return rows.map(([close, volume], index) => ({
    instrumentId: 1,
    ts: OPEN + index * MINUTE_MS,
    open: close / 100,
    high: (close + 30) / 100,
    low: (close - 30) / 100,
    close: close / 100,
    volume,
    source: 'chart',
    state: 'reconciled',
    partial: false,
    knownAt: 0,
    ...given,
  }));
}

/** The broker's candles of these bars, multiplied and rounded as the broker does. */
function adjusted(bars: readonly Bar[], priceFactor: number, volumeFactor: number): Candles {
  return {
    ts: bars.map(({ ts }) => ts),
    open: bars.map(({ open }) => paise(open * priceFactor)),
    high: bars.map(({ high }) => paise(high * priceFactor)),
    low: bars.map(({ low }) => paise(low * priceFactor)),
    close: bars.map(({ close }) => paise(close * priceFactor)),
    volume: bars.map(({ volume }) => Math.round(volume * volumeFactor)),
  };
}

describe('official candles on the stored basis', () => {
  const bars = barsOf([[300_00, 1_000]]);

  test('only adjustments with a later ex-date are taken back, all of them together', () => {
    const changes: BasisChange[] = [
      { exDate: DATE, priceFactor: 1 / 5, volumeFactor: 5 },
      { exDate: '2026-11-21', priceFactor: 1 / 2, volumeFactor: 2 },
      { exDate: '2026-12-01', priceFactor: 2 / 3, volumeFactor: 3 / 2 },
    ];
    const charted = adjusted(bars, 1 / 3, 3);
    expect(charted.close).toEqual([100]);
    expect(toStoredBasis(charted, DATE, changes)).toEqual(adjusted(bars, 1, 1));
  });

  test('without one the very candles come back', () => {
    const charted = adjusted(bars, 1, 1);
    expect(toStoredBasis(charted, DATE, [])).toBe(charted);
    expect(toStoredBasis(charted, DATE, [{ exDate: DATE, priceFactor: 0.5, volumeFactor: 2 }])).toBe(charted);
  });

  test('whatever was traded comes back, to the rounding of the adjusted candle', () => {
    fc.assert(
      fc.property(tradedDay({ min: 1_000, max: 5_000_000 }), fc.constantFrom(...RATIOS), (rows, [above, below]) => {
        const change = { exDate: '2026-11-23', priceFactor: above / below, volumeFactor: below / above };
        const traded = barsOf(rows);
        const back = toStoredBasis(adjusted(traded, change.priceFactor, change.volumeFactor), DATE, [change]);
        for (const [index, bar] of traded.entries()) {
          const lostRupees = 0.005 / change.priceFactor + 0.005 + 1e-9;
          const lostShares = 0.5 / change.volumeFactor + 0.5;
          expect(Math.abs((back.close[index] as number) - bar.close)).toBeLessThanOrEqual(lostRupees);
          expect(Math.abs((back.high[index] as number) - bar.high)).toBeLessThanOrEqual(lostRupees);
          expect(Math.abs((back.volume[index] as number) - bar.volume)).toBeLessThanOrEqual(lostShares);
          expect(back.close[index]).toBe(paise(back.close[index] as number));
          expect(Number.isInteger(back.volume[index])).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('an adjustment is found by comparing the same minutes', () => {
  test('exactly, for every ratio in use', () => {
    fc.assert(
      fc.property(tradedDay({ min: 20_000, max: 500_000 }), fc.constantFrom(...RATIOS), (rows, [above, below]) => {
        const bars = barsOf(rows);
        const found = detectAdjustment(bars, adjusted(bars, above / below, below / above));
        expect(found?.priceFactor).toBe(above / below);
        expect(found?.volumeFactor).toBeCloseTo(below / above, 12);
      }),
      { numRuns: 60 },
    );
  });

  test('as it is, for a ratio of no small whole numbers', () => {
    fc.assert(
      fc.property(
        tradedDay({ min: 200_000, max: 500_000 }),
        fc.double({ min: 0.7, max: 0.9, noNaN: true }),
        (rows, f) => {
          const bars = barsOf(rows);
          const found = detectAdjustment(bars, adjusted(bars, f, 1 / f));
          expect(found?.priceFactor).toBeCloseTo(f, 4);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('not in equal minutes, and not in ones that differ without a common ratio', () => {
    fc.assert(
      fc.property(
        tradedDay({ min: 20_000, max: 500_000 }),
        tradedDay({ min: 20_000, max: 500_000 }),
        (rows, others) => {
          const bars = barsOf(rows);
          expect(detectAdjustment(bars, adjusted(bars, 1, 1))).toBeNull();
          const isSpread = new Set(rows.map(([close], index) => close / (others[index]?.[0] ?? 1))).size > 10;
          if (isSpread) expect(detectAdjustment(bars, adjusted(barsOf(others), 1, 1))).toBeNull();
        },
      ),
      { numRuns: 40 },
    );
  });

  const rows: Rows = Array.from({ length: 40 }, (_, index) => [150_000 + 35 * index, 1_000 + 13 * index]);
  const bars = barsOf(rows);
  test.each<[string, readonly Bar[], Candles]>([
    ['a price that moved by less than 3 %', bars, adjusted(bars, 0.98, 1 / 0.98)],
    ['a price ratio without the inverse volume ratio', bars, adjusted(bars, 0.5, 1)],
    ['19 minutes in common', bars.slice(0, 19), adjusted(bars, 0.5, 2)],
    ['partial bars', barsOf(rows, { partial: true }), adjusted(bars, 0.5, 2)],
    ['an index, which has no volume', barsOf(rows, { volume: 0 }), adjusted(barsOf(rows, { volume: 0 }), 0.5, 2)],
    [
      'a ratio that holds for half of the minutes',
      bars,
      adjusted(
        bars.map((bar, index) => (index % 2 === 0 ? bar : { ...bar, close: bar.close * 2 })),
        0.5,
        2,
      ),
    ],
  ])('%s is none', (_case, stored, candles) => {
    expect(detectAdjustment(stored, candles)).toBeNull();
  });

  test('readings are the same only where minutes show it', () => {
    expect(compareReadings(bars, adjusted(bars, 1, 1))).toBe('same');
    expect(compareReadings(bars, adjusted([], 1, 1))).toBeNull();
    expect(compareReadings(bars, adjusted(bars.slice(0, 19), 1, 1))).toBeNull();
    expect(compareReadings(bars, adjusted(bars, 0.5, 1))).toBeNull();
  });

  test('some closes of the feed that are a tick off do not hide it', () => {
    const seen = bars.map((bar, index) => (index % 12 === 0 ? { ...bar, close: bar.close + 0.05 } : bar));
    expect(detectAdjustment(seen, adjusted(bars, 0.5, 2))).toEqual({ priceFactor: 0.5, volumeFactor: 2 });
  });
});
