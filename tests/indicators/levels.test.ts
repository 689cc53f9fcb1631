import { describe, expect, it } from '@jest/globals';
import { indicatorColumns, type PriceLevel, traceLevels } from '@rtp/indicators';
import { burstSeries, seriesOf } from './support/bursts.ts';
import { expectScaleFree } from './support/scale-free.ts';
import { part, randomSeries, type Series } from './support/series.ts';
import { expectSame, inBulk, rewritten } from './support/three-ways.ts';

const names = indicatorColumns.filter(({ family }) => family === 'levels').map(({ name }) => name);
const RANKS = [1, 2, 3];

const walks: Readonly<Record<string, Series>> = {
  'a random walk': randomSeries({ seed: 11, length: 2_500 }),
  'rest and bursts': burstSeries(12, 2_500),
  'a cheap stock': randomSeries({ seed: 13, length: 2_500, price: 99.95, volatility: 0.002 }),
  'a wild one with overnight gaps': randomSeries({ seed: 14, length: 2_500, volatility: 0.005, sessionBars: 60 }),
};

/** Past the first turn of the half-life. */
const LOOKED_AT = 900;

/** Lengths that cut the series everywhere, the turns of the weights' half-life among them. */
const cuts = (length: number): number[] => [
  ...[1, 20, 24, 25, 26, 750, 751, 1_500, 1_501, length],
  ...Array.from({ length: Math.floor(length / 149) }, (_, index) => 30 + 149 * index).filter((cut) => cut < length),
];

describe.each(Object.entries(walks))('the levels of %s', (_, bars) => {
  const columns = inBulk(names, bars);
  const whole = traceLevels(bars).levels;
  const at = (name: string, bar: number): number => columns.get(name)![bar]!;

  it('are the same as entities and as columns', () => {
    for (const cut of cuts(bars.length)) {
      const live = traceLevels(part(bars, 0, cut)).levels.filter(({ isLive }) => isLive);
      const close = bars.close[cut - 1]!;
      const sides = {
        r: live.filter(({ side }) => side === 'resistance').sort((a, b) => a.price - b.price),
        s: live.filter(({ side }) => side === 'support').sort((a, b) => b.price - a.price),
      };
      for (const [side, levels] of Object.entries(sides)) {
        expect(levels.every(({ price }) => price > close === (side === 'r'))).toBe(true);
        for (const rank of RANKS) {
          const level = levels[rank - 1];
          expect(at(`sr_${side}${rank}`, cut - 1)).toBe(level?.price ?? Number.NaN);
          expect(at(`sr_${side}${rank}_strength`, cut - 1)).toBe(level?.strength ?? Number.NaN);
        }
      }
    }
  });

  it('keep their past when later bars are cut off', () => {
    for (const cut of cuts(bars.length)) {
      const early = traceLevels(part(bars, 0, cut)).levels;
      const later = new Map(whole.map((level) => [level.id, level]));
      expect(early.length).toBe(whole.filter(({ bornAt }) => bornAt < cut).length);
      for (const { id, kind, bornAt, events } of early) {
        const same = later.get(id)!;
        expect({ kind: same.kind, bornAt: same.bornAt }).toEqual({ kind, bornAt });
        expect(same.events.filter(({ bar }) => bar < cut)).toEqual(events);
      }
    }
  });

  it('tell a story that holds together', () => {
    expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length);
    for (const level of whole) expectStory(level);
    for (let bar = 0; bar < bars.length; bar += 7) expect(liveAt(whole, bar)).toBeLessThanOrEqual(24);
  });

  it('scale with the price, and their strengths do not', () => expectScaleFree(bars, columns));

  it('are left alone by previews', () => {
    const early = part(bars, 0, LOOKED_AT);
    expectSame(
      rewritten(names, early),
      new Map([...columns].map(([name, values]) => [name, values.slice(0, LOOKED_AT)])),
    );
  });
});

describe('a level', () => {
  /** Bars of a rupee's range and equal volume round the given closes: atr_14 begins at 1, rvol_20 is 1. */
  const around = (closes: readonly number[]): Series =>
    seriesOf(closes.map((close) => [close, close + 0.5, close - 0.5, close, 1_000]));
  const still = (length: number, close = 100): number[] => Array.from({ length }, () => close);
  const peak = [...still(28), 101, 102, 103, 102, 101, ...still(3)];

  it('is born five bars after its swing, with the weight of its volume', () => {
    const columns = inBulk(names, around(peak));
    expect(columns.get('swing_high')!.subarray(34)).toEqual(Float64Array.of(Number.NaN, 103.5));
    expect(columns.get('swing_high_age')![35]).toBe(5);
    expect(columns.get('sr_r1')!.subarray(34)).toEqual(Float64Array.of(Number.NaN, 103.5));
    expect(columns.get('sr_r1_strength')![35]).toBe(25);
    expect(columns.get('sr_s1')![35]).toBeNaN();
    expect(columns.get('sr_room_up')![35]).toBeCloseTo(3.5 / inBulk(['atr_14'], around(peak)).get('atr_14')![35]!, 12);
  });

  it('needs a swing at least an atr_14 away from the last opposite one', () => {
    const closes = [...still(38), 100.1, 100.2, 100.3, 100.2, 100.1, ...still(6)];
    const narrowAfter = (wideBars: number): Series =>
      seriesOf(
        closes.map((close, bar) => {
          const half = bar < wideBars ? 2 : 0.1;
          return [close, close + half, close - half, close, 1_000];
        }),
      );
    expect(traceLevels(narrowAfter(0)).levels.map(({ id }) => id)).toEqual(['high-45', 'low-48']);
    expect(traceLevels(narrowAfter(28)).levels.map(({ id }) => id)).toEqual(['high-45']);
  });

  it('is touched from below, broken by two closes, and then a support', () => {
    const closes = [...peak, ...still(4), 103, ...still(4), 107, 107.5];
    const level = traceLevels(around(closes)).levels[0]!;
    expect(level.events.map(({ event, bar }) => `${event} ${bar}`)).toEqual(['born 35', 'touched 40', 'broken 46']);
    const touched = 2 ** (-5 / 750) + 0.5;
    const broken = (touched * 2 ** (-6 / 750)) / 2;
    expect(level.events[1]!.strength).toBeCloseTo((100 * touched) / (touched + 3), 10);
    expect(level.strength).toBeCloseTo((100 * broken) / (broken + 3), 10);
    expect(level).toMatchObject({ kind: 'high', side: 'support', price: 103.5, touches: 2, isLive: true });
  });

  it('fades and is dropped in the end', () => {
    const level = traceLevels(around([...peak, ...still(2_600)])).levels[0]!;
    // From weight 1 to under 0.1 at a half-life of 750 bars.
    expect(level.events.at(-1)).toMatchObject({ event: 'died', bar: 35 + Math.ceil(750 * Math.log2(10)) });
    expect(level.isLive).toBe(false);
  });
});

function expectStory(level: PriceLevel): void {
  const { events, touches, isLive, bornAt } = level;
  const kinds = events.map(({ event }) => event);
  expect(events[0]).toMatchObject({ event: 'born', bar: bornAt });
  expect(events.every(({ bar }, index) => index === 0 || bar >= events[index - 1]!.bar)).toBe(true);
  expect(kinds.indexOf('died')).toBe(isLive ? -1 : kinds.length - 1);
  expect(touches).toBe(1 + kinds.filter((event) => event === 'touched' || event === 'merged').length);
  for (const { strength } of [...events, level]) {
    expect(strength).toBeGreaterThan(0);
    expect(strength).toBeLessThan(100);
  }
}

function liveAt(levels: readonly PriceLevel[], bar: number): number {
  return levels.filter(({ bornAt, isLive, events }) => bornAt <= bar && (isLive || events.at(-1)!.bar > bar)).length;
}
