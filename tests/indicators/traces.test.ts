import { expect, test } from '@jest/globals';
import { LevelTrace, traceLevels, traceZones, ZoneTrace } from '@rtp/indicators';
import { burstSeries } from './support/bursts.ts';
import { part } from './support/series.ts';

const bars = burstSeries(12, 2_500);
const PIECES = [0, 1, 4, 24, 25, 700, 751, 1_500, 1_876, 2_500];

test('the stories of levels and zones do not depend on the pieces in which the bars came', () => {
  const levels = new LevelTrace();
  const zones = new ZoneTrace();
  for (const [index, from] of PIECES.slice(0, -1).entries()) {
    const piece = part(bars, from, PIECES[index + 1]!);
    levels.take(piece);
    zones.take(piece);
  }
  expect(levels.history().levels.length).toBeGreaterThan(10);
  expect(levels.history()).toEqual(traceLevels(bars));
  expect(zones.history().zones.length).toBeGreaterThan(10);
  expect(zones.history()).toEqual(traceZones(bars));
});
