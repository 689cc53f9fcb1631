/**
 * Levels and zones against a second implementation over thousands of bars: long enough that all of their rules come
 * to bear, which is counted.
 */
import { describe, expect, it } from '@jest/globals';
import { indicatorColumn, traceLevels, traceZones } from '@rtp/indicators';
import { levels } from './oracles/levels.ts';
import { difference } from './oracles/support/difference.ts';
import { levelHistory, partsAt, zoneHistory } from './oracles/support/histories.ts';
import { MOST_LEVELS, replayLevels } from './oracles/support/level-replay.ts';
import type { Oracles } from './oracles/support/oracle.ts';
import { MOST_ZONES, replayZones, type Zone } from './oracles/support/zone-replay.ts';
import { zones } from './oracles/zones.ts';
import { burstSeries } from './support/bursts.ts';
import { constantSeries, randomSeries, type Series, withFields } from './support/series.ts';
import { nestedSeries, stairSeries } from './support/stairs.ts';
import { inBulk } from './support/three-ways.ts';

const LONG_BARS: Readonly<Record<string, Series>> = {
  'a random walk': randomSeries({ seed: 201, length: 4_500 }),
  'a calm one with little volume': randomSeries({
    ...{ seed: 202, length: 4_500, price: 99.95, volatility: 0.0003, flat: 0.3, quiet: 0.3 },
  }),
  'a wild one with overnight gaps': randomSeries({ seed: 203, length: 4_500, volatility: 0.005, sessionBars: 60 }),
  'rest and bursts': burstSeries(204, 4_500),
  stairs: stairSeries(467, 4_500, 850, 0.01),
  'stairs of a stock that trades little': thinned(stairSeries(410, 4_500), 500),
  'zones in zones': nestedSeries(417, 4_500, 850, 0.01),
  'zones that join while price is in them': nestedSeries(427, 4_500, 850, 0.01),
  'zones that join several': nestedSeries(425, 4_500, 850, 0.01),
};

const COLUMNS: Oracles = { ...levels, ...zones };

describe.each(Object.entries(LONG_BARS))('on bars: %s', (_, bars) => {
  const columns = inBulk(Object.keys(COLUMNS), bars);

  it.each(Object.entries(COLUMNS))('%s is what its formula says', (name, oracle) => {
    expect(difference(indicatorColumn(name)!, bars, columns.get(name)!, oracle(bars))).toBeNull();
  });

  it('the levels have the history that the rules give them', () => {
    expect(partsAt(traceLevels(bars), levelHistory(bars))).toBeNull();
  });

  it('the zones have the history that the rules give them', () => {
    expect(partsAt(traceZones(bars), zoneHistory(bars))).toBeNull();
  });
});

describe('these bars', () => {
  it('make everything happen to levels', () => {
    const replays = Object.values(LONG_BARS).map(replayLevels);
    const all = replays.flatMap(({ levels }) => levels);
    const happened = [
      ...all.flatMap(({ events }) => events.map(({ event }) => event)),
      ...all.map(({ end }) => end?.reason ?? 'live'),
      ...replays.flatMap(({ live }) => live.map(({ length }) => `${length} live`)),
    ];
    const what = ['born', 'touched', 'merged', 'broken', 'died', 'faded', 'weakest of 24', 'live'];
    expect(rare(happened, [...what, `${MOST_LEVELS} live`])).toEqual([]);
  });

  it.each(['demand', 'supply'] as const)('make everything happen to zones of %s', (side) => {
    const replays = Object.values(LONG_BARS).map(replayZones);
    const all = replays.flatMap(({ zones }) => zones.filter((zone) => zone.side === side));
    const reason = ({ end }: Zone): string => (typeof end?.reason === 'object' ? 'absorbed' : (end?.reason ?? 'live'));
    const happened = [
      ...all.flatMap(({ events }) => events.map(({ event }) => event)),
      ...all.map((zone) => `in the end ${reason(zone)}`),
      ...replays.flatMap(({ live }) =>
        live.map((zones) => `${zones.filter((zone) => zone.side === side).length} live`),
      ),
    ];
    const what = ['born', 'tested', 'merged', 'broken', 'died'];
    const ends = ['broken', 'faded', 'weakest of 8', 'absorbed', 'live'].map((end) => `in the end ${end}`);
    expect(rare(happened, [...what, ...ends, `${MOST_ZONES} live`])).toEqual([]);
  });
});

describe('the age of a swing', () => {
  const LONGEST = 32_767;
  const bars = standstill(randomSeries({ seed: 206, length: 200 }), LONGEST + 200);
  const names = ['swing_high_age', 'swing_low_age'];
  const columns = inBulk(names, bars);

  it.each(names)('in %s grows no further than 16 bits hold', (name) => {
    expect(difference(indicatorColumn(name)!, bars, columns.get(name)!, levels[name]!(bars))).toBeNull();
    expect(columns.get(name)!.at(-1)).toBe(LONGEST);
  });
});

/** Of what is looked for, all that did not happen at least three times. */
function rare(happened: readonly string[], lookedFor: readonly string[]): readonly string[] {
  return lookedFor.filter((what) => happened.filter((other) => other === what).length < 3);
}

/** Volumes so small that their ratios meet the thresholds exactly. */
function thinned(bars: Series, factor: number): Series {
  return withFields(bars, { volume: bars.volume.map((volume) => Math.floor(volume / factor)) });
}

/** The bars, then nothing but their last close. */
function standstill(bars: Series, length: number): Series {
  const still = constantSeries(length, bars.close[bars.length - 1]!, 1_000);
  const begin = (values: Float64Array, start: Float64Array): Float64Array => {
    const all = values.slice();
    all.set(start);
    return all;
  };
  const { open, high, low, close, volume } = bars;
  return withFields(still, {
    open: begin(still.open, open),
    high: begin(still.high, high),
    low: begin(still.low, low),
    close: begin(still.close, close),
    volume: begin(still.volume, volume),
  });
}
