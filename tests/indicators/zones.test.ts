import { describe, expect, it } from '@jest/globals';
import { indicatorColumns, type PriceZone, traceZones } from '@rtp/indicators';
import { burstSeries, seriesOf } from './support/bursts.ts';
import { expectScaleFree } from './support/scale-free.ts';
import { part, randomSeries, type Series } from './support/series.ts';
import { expectSame, inBulk, rewritten } from './support/three-ways.ts';

const names = indicatorColumns.filter(({ family }) => family === 'zones').map(({ name }) => name);

const walks: Readonly<Record<string, Series>> = {
  'rest and bursts': burstSeries(21, 3_000),
  'rest and bursts of a cheap stock': burstSeries(22, 3_000, 99.95),
  'a random walk': randomSeries({ seed: 23, length: 3_000 }),
};

/** Past the first turn of the half-life. */
const LOOKED_AT = 2025;

/** Lengths that cut the series everywhere, the turn of the scores' half-life among them. */
const cuts = (length: number): number[] => [
  ...[1, 19, 20, 21, 1_875, 1_876, length],
  ...Array.from({ length: Math.floor(length / 149) }, (_, index) => 30 + 149 * index).filter((cut) => cut < length),
];

describe.each(Object.entries(walks))('the zones of %s', (_, bars) => {
  const columns = inBulk(names, bars);
  const atr = inBulk(['atr_14'], bars).get('atr_14')!;
  const whole = traceZones(bars).zones;
  const at = (name: string, bar: number): number => columns.get(name)![bar]!;

  it('are the same as entities and as columns', () => {
    for (const cut of cuts(bars.length)) {
      const bar = cut - 1;
      const close = bars.close[bar]!;
      const live = traceZones(part(bars, 0, cut)).zones.filter(({ isLive }) => isLive);
      const supply = live.filter(({ side }) => side === 'supply');
      const demand = live.filter(({ side }) => side === 'demand');
      const nearest = {
        supply:
          supply.filter(({ low }) => low >= close).sort((a, b) => a.low - b.low)[0] ??
          supply.sort((a, b) => b.low - a.low)[0],
        demand:
          demand.filter(({ high }) => high <= close).sort((a, b) => b.high - a.high)[0] ??
          demand.sort((a, b) => a.high - b.high)[0],
      };
      for (const [side, zone] of Object.entries(nearest)) {
        for (const value of ['low', 'high', 'score', 'tests'] as const) {
          expect(at(`${side}_${value}`, bar)).toBe(zone?.[value] ?? Number.NaN);
        }
      }
      const inside = (zones: PriceZone[]): number =>
        zones.some(({ low, high }) => low <= close && close <= high) ? 1 : 0;
      expect(at('zone_side', bar)).toBe(cut < 20 ? Number.NaN : inside(demand) - inside(supply));
      const near = live.filter(({ low, high }) => Math.max(low - close, close - high) <= 3 * atr[bar]!);
      const total = (side: string): number =>
        near.reduce((sum, zone) => sum + (zone.side === side ? zone.score : 0), 0);
      const both = total('demand') + total('supply');
      const balance = both > 0 ? (total('demand') - total('supply')) / both : 0;
      if (cut >= 20) expect(at('zone_imbalance', bar)).toBeCloseTo(balance, 9);
    }
  });

  it('keep their past when later bars are cut off', () => {
    const later = new Map(whole.map((zone) => [zone.id, zone]));
    for (const cut of cuts(bars.length)) {
      const early = traceZones(part(bars, 0, cut)).zones;
      expect(early.length).toBe(whole.filter(({ bornAt }) => bornAt < cut).length);
      for (const { id, side, bornAt, events } of early) {
        const same = later.get(id)!;
        expect({ side: same.side, bornAt: same.bornAt }).toEqual({ side, bornAt });
        expect(same.events.filter(({ bar }) => bar < cut)).toEqual(events);
      }
    }
  });

  it('tell a story that holds together', () => {
    expect(whole.length).toBeGreaterThan(3);
    expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length);
    for (const zone of whole) expectStory(zone);
    for (let bar = 0; bar < bars.length; bar += 7) {
      for (const side of ['supply', 'demand']) expect(liveAt(whole, side, bar)).toBeLessThanOrEqual(8);
    }
  });

  it('scale with the price, and their scores do not', () => expectScaleFree(bars, columns));

  it('are left alone by previews', () => {
    const early = part(bars, 0, LOOKED_AT);
    expectSame(
      rewritten(names, early),
      new Map([...columns].map(([name, values]) => [name, values.slice(0, LOOKED_AT)])),
    );
  });
});

describe('a zone', () => {
  type HandBar = readonly [number, number, number, number, number];
  const repeat = (times: number, bar: HandBar): HandBar[] => Array.from({ length: times }, () => bar);
  /** Bars of a rupee's range, too wide for a base: atr_14 is 1, mean volume 1,000. */
  const start = repeat(30, [100, 100.5, 99.5, 100, 1_000]);
  const base = repeat(3, [100, 100.4, 99.9, 100.2, 1_000]);
  const up: HandBar = [100.2, 104, 100.2, 104, 3_000];

  it('is born with the departure from a base: lowest low, highest body, distance and volume', () => {
    const bars = seriesOf([...start, ...base, up, [104, 104, 103, 103, 1_000]]);
    const last = start.length + base.length;
    const columns = inBulk([...names, 'atr_14', 'rvol_20'], bars);
    const at = (name: string, bar = last): number => columns.get(name)![bar]!;
    expect(at('demand_low', last - 1)).toBeNaN();
    expect([at('demand_low'), at('demand_high'), at('demand_tests')]).toEqual([99.9, 100.2, 0]);
    const raw = ((104 - 100.4) / at('atr_14')) * at('rvol_20');
    expect(at('demand_score')).toBeCloseTo((100 * raw) / (raw + 8), 9);
    expect(at('zone_side')).toBe(0);
    // More than three ranges away at first, then near.
    expect([at('zone_imbalance'), at('zone_imbalance', last + 1)]).toEqual([0, 1]);
    expect(traceZones(bars).zones.map(({ id }) => id)).toEqual([`demand-${last}`]);
  });

  it('is not born without volume, out of wide bars, or too late', () => {
    const quiet: HandBar = [100.2, 104, 100.2, 104, 1_200];
    const slow = repeat(3, [100.2, 101, 100.2, 101, 3_000]);
    for (const bars of [
      [...start, ...base, quiet],
      [...start, up],
      [...start, ...base, ...slow, up],
    ]) {
      expect(traceZones(seriesOf(bars)).zones).toEqual([]);
    }
  });

  it('of supply is the mirror image', () => {
    const mirrored = [...start, ...base, up].map(
      ([open, high, low, close, volume]): HandBar => [200 - open, 200 - low, 200 - high, 200 - close, volume],
    );
    const demand = traceZones(seriesOf([...start, ...base, up])).zones[0]!;
    const supply = traceZones(seriesOf(mirrored)).zones[0]!;
    expect(supply.side).toBe('supply');
    expect([supply.low, supply.high]).toEqual([200 - demand.high, 200 - demand.low]);
    expect(supply.score).toBeCloseTo(demand.score, 9);
  });

  it('is tested once for each time that price has been away, and dies of a close beyond it', () => {
    const back: HandBar = [104, 104, 100.1, 100.3, 900];
    const stays: HandBar = [100.3, 100.5, 100, 100.3, 900];
    const away: HandBar = [100.3, 104, 100.3, 104, 900];
    const through: HandBar = [104, 104, 99, 99, 900];
    const bars = seriesOf([...start, ...base, up, back, stays, stays, away, back, away, through]);
    const zone = traceZones(bars).zones[0]!;
    expect(zone.events.map(({ event, bar }) => `${event} ${bar - 33}`)).toEqual([
      'born 0',
      'tested 1',
      'tested 5',
      'broken 7',
      'died 7',
    ]);
    const raw = (score: number): number => (8 * score) / (100 - score);
    const [born, tested] = zone.events;
    expect(raw(tested!.score)).toBeCloseTo((raw(born!.score) / 2) * 2 ** (-1 / 1875), 9);
    expect(zone).toMatchObject({ tests: 2, isLive: false, mergedInto: null });
  });

  it('that joins two others goes on as the oldest', () => {
    const leave = (from: number): HandBar => [from, 120, from, 120, 9_000];
    const comeBack: HandBar = [120, 120, 101.5, 102, 500];
    const second = repeat(3, [100.5, 100.9, 100.5, 100.9, 1_000]);
    const third = repeat(3, [100.6, 100.7, 100.2, 100.7, 1_000]);
    const first = repeat(3, [100, 100.4, 100, 100.4, 1_000]);
    const all = [...start, ...first, leave(100.4), comeBack, ...second, leave(100.9), comeBack, ...third];
    const before = traceZones(seriesOf(all)).zones.filter(({ isLive }) => isLive);
    expect(before.map(({ low, high }) => [low, high])).toEqual([
      [100, 100.4],
      [100.5, 100.9],
    ]);
    const [oldest, other] = traceZones(seriesOf([...all, leave(100.7)])).zones;
    expect(oldest).toMatchObject({ low: 100, high: 100.9, tests: 0, isLive: true, mergedInto: null });
    expect(other).toMatchObject({ isLive: false, mergedInto: oldest!.id });
    expect([oldest, other].map((zone) => zone!.events.at(-1)!.event)).toEqual(['merged', 'merged']);
  });
});

function expectStory(zone: PriceZone): void {
  const { events, isLive, bornAt, mergedInto } = zone;
  const kinds = events.map(({ event }) => event);
  expect(events[0]).toMatchObject({ event: 'born', bar: bornAt });
  expect(events.every(({ bar }, index) => index === 0 || bar >= events[index - 1]!.bar)).toBe(true);
  if (mergedInto === null) expect(kinds.indexOf('died')).toBe(isLive ? -1 : kinds.length - 1);
  else expect([isLive, kinds.at(-1), kinds.includes('died')]).toEqual([false, 'merged', false]);
  for (const { low, high, score } of [...events, zone]) {
    expect(low).toBeLessThanOrEqual(high);
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThan(100);
  }
  const sinceMerger = kinds.slice(kinds.lastIndexOf('merged') + 1);
  if (mergedInto === null) expect(zone.tests).toBe(sinceMerger.filter((event) => event === 'tested').length);
}

function liveAt(zones: readonly PriceZone[], side: string, bar: number): number {
  return zones.filter(
    (zone) => zone.side === side && zone.bornAt <= bar && (zone.isLive || zone.events.at(-1)!.bar > bar),
  ).length;
}
