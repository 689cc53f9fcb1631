import { describe, expect, test } from '@jest/globals';
import { MINUTE_MS } from '@rtp/core';
import { CounterTrail } from '../../packages/pipeline/src/bars/counter-trail.ts';

/** A trail of one slot over ten minutes; packets are given as seconds since the open and counters. */
function trailOf(...packets: readonly (readonly [second: number, counter: number])[]): CounterTrail {
  const trail = new CounterTrail(2, 10);
  for (const [second, counter] of packets) {
    trail.saw(1, Math.floor(second / 60), 1_000 * MINUTE_MS + second * 1_000, counter);
  }
  return trail;
}
const counters = (trail: CounterTrail): (number | null)[] => [0, 1, 2, 3, 4].map((index) => trail.at(1, index));

describe("the broker's counters of a day", () => {
  test('are kept at the newest packet of every minute', () => {
    const trail = trailOf([5, 100], [50, 130], [130, 140]);
    expect(counters(trail)).toEqual([130, null, 140, null, null]);
    expect(trail.at(0, 0)).toBeNull();
    expect(trail.isBroken(1, 0, 9)).toBe(false);
  });

  test('a late packet adds to its own minute and to no other', () => {
    expect(counters(trailOf([5, 100], [130, 140], [55, 120], [70, 125]))).toEqual([120, 125, 140, null, null]);
  });

  test('a repeated packet and an older one of the same second change nothing', () => {
    const trail = trailOf([5, 100], [5, 100], [5, 90]);
    expect(counters(trail)[0]).toBe(100);
    expect(trail.isBroken(1, -1, 9)).toBe(false);
  });

  test('before the open are told by the newest packet then', () => {
    const trail = trailOf([-400, 500], [-100, 700], [-300, 600], [5, 800]);
    expect([trail.at(1, -1), trail.at(1, 0)]).toEqual([700, 800]);
    expect(trailOf([5, 800]).at(1, -1)).toBeNull();
  });

  test('a counter that falls to 0 proves nothing across its fall, and goes on to prove after it', () => {
    const trail = trailOf([5, 100], [70, 0], [130, 20], [190, 30]);
    expect(counters(trail)).toEqual([100, 0, 20, 30, null]);
    expect([trail.isBroken(1, 0, 1), trail.isBroken(1, 0, 3), trail.isBroken(1, 1, 3)]).toEqual([true, true, false]);
  });

  test('a reset before the open says nothing of the day', () => {
    const trail = trailOf([-400, 500], [-100, 0], [5, 80]);
    expect([trail.at(1, -1), trail.isBroken(1, -1, 9)]).toEqual([0, false]);
  });

  test('a glitch proves nothing across its fall nor across its return', () => {
    const trail = trailOf([5, 100], [70, 0], [130, 1], [190, 110], [250, 120]);
    expect([
      trail.isBroken(1, 0, 2),
      trail.isBroken(1, 2, 3),
      trail.isBroken(1, 1, 2),
      trail.isBroken(1, 3, 4),
    ]).toEqual([true, true, false, false]);
  });

  test('garbage and instants after the day are left out', () => {
    const trail = trailOf([5, Number.NaN], [6, -1], [7, 2 ** 32], [8, 1.5], [700, 90]);
    expect(counters(trail)).toEqual([null, null, null, null, null]);
  });
});
