import { describe, expect, test } from '@jest/globals';
import { failureBackoff } from '@rtp/dhan';

const MIN_MS = 1_000;
const MAX_MS = 60_000;
const bounds = { minMs: MIN_MS, maxMs: MAX_MS };
const waits = (count: number): number[] => {
  const backoff = failureBackoff(bounds);
  return Array.from({ length: count }, () => backoff.next());
};
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe('waits after failures', () => {
  test('stay within their bounds, however long the trouble lasts', () => {
    for (const wait of waits(3_000)) {
      expect(wait).toBeGreaterThanOrEqual(MIN_MS);
      expect(wait).toBeLessThanOrEqual(MAX_MS);
    }
  });

  test('about double with each failure, until the longest is reached', () => {
    for (let client = 0; client < 100; client += 1) {
      const taken = waits(12);
      expect(total(taken.slice(0, 4))).toBeGreaterThan(5.5 * MIN_MS);
      expect(total(taken.slice(0, 4))).toBeLessThan(16 * MIN_MS);
      expect(total(taken.slice(0, 6))).toBeGreaterThan(22 * MIN_MS);
      expect(total(taken.slice(0, 6))).toBeLessThan(52 * MIN_MS);
      expect(Math.max(...taken)).toBeGreaterThanOrEqual(MAX_MS * 0.75);
    }
  });

  test('differ between clients that failed together, the longest too', () => {
    expect(total(waits(3))).not.toBe(total(waits(3)));
    const longest = (): number => failureBackoff(bounds).longest();
    expect(longest()).not.toBe(longest());
  });

  test('start anew after a success', () => {
    const backoff = failureBackoff(bounds);
    for (let failure = 0; failure < 10; failure += 1) backoff.next();
    backoff.reset();
    expect(backoff.next()).toBeLessThan(2 * MIN_MS);
  });

  test('are at once the longest for what needs time', () => {
    expect(failureBackoff(bounds).longest()).toBeGreaterThanOrEqual(MAX_MS * 0.75);
  });
});
