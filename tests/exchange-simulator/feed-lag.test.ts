import { describe, expect, test } from '@jest/globals';
import { badDayLag, StalledStream } from '../../packages/exchange-simulator/src/faults/feed-lag.ts';
import { Random } from '../../packages/exchange-simulator/src/random.ts';

const DAYS = 40;
const SESSION_MS = 375 * 60_000;
const EVERY_MS = 2_000;

function quantiles(lags: number[]): { median: number; p90: number; p99: number; most: number } {
  const sorted = Float64Array.from(lags).sort();
  const at = (quantile: number): number => sorted[Math.floor(quantile * (sorted.length - 1))] as number;
  return { median: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) };
}

/** Lags of bad days' packets, sent every second of the session, that wait behind each other. */
function streamLags(seed: number, days = DAYS): number[] {
  const lags: number[] = [];
  for (let day = 0; day < days; day += 1) {
    const stream = new StalledStream(new Random(seed + day), 0);
    let dueMs = 0;
    for (let sentMs = 0; sentMs < SESSION_MS; sentMs += EVERY_MS) {
      dueMs = Math.max(dueMs, sentMs + stream.lagAt(sentMs));
      lags.push(dueMs - sentMs);
    }
  }
  return lags;
}

describe('packets of bad days', () => {
  test.each<[string, () => number[]]>([
    ['in order', () => streamLags(1)],
    [
      'each alone',
      () => {
        const random = new Random(1);
        return Array.from({ length: 200_000 }, () => badDayLag(random));
      },
    ],
  ])('%s are late by a second, one in a hundred by 46, none by more than 198', (_how, draw) => {
    const { median, p90, p99, most } = quantiles(draw());
    expect(Math.abs(median - 1_000)).toBeLessThan(200);
    expect(p90).toBeLessThan(10_000);
    expect(Math.abs(p99 - 46_000)).toBeLessThan(12_000);
    expect(most).toBeGreaterThan(150_000);
    expect(most).toBeLessThanOrEqual(198_000);
  });

  test('in order are the same for the same seed, and others for another', () => {
    expect(streamLags(1, 1)).toEqual(streamLags(1, 1));
    expect(streamLags(1, 1)).not.toEqual(streamLags(2, 1));
  });
});
