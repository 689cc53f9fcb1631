import { describe, expect, test } from '@jest/globals';
import { MINUTE_MS } from '@rtp/core';
import { Suspects } from '../../packages/pipeline/src/charts/suspects.ts';

describe('suspect minutes', () => {
  const SPACING = 5 * MINUTE_MS;
  const free = (): boolean => false;

  test('are due at their time, in slot order', () => {
    const suspects = new Suspects(3, SPACING);
    suspects.add(2, 0, 1, 100);
    suspects.add(1, 0, 1, 100);
    expect(suspects.nextDue(99, free)).toBe(-1);
    expect(suspects.nextDue(100, free)).toBe(1);
    expect(suspects.nextDue(100, (slot) => slot === 1)).toBe(2);
    expect(suspects.count).toBe(2);
  });

  test('of one slot are one range: later gaps wait for one call, though not for ever', () => {
    const suspects = new Suspects(1, SPACING);
    suspects.add(0, 3, 3, 1_000);
    suspects.add(0, 5, 6, 61_000);
    expect(suspects.firstOf(0)).toBe(3);
    expect(suspects.nextDue(60_000, free)).toBe(-1);
    for (let minute = 7; minute < 30; minute += 1) suspects.add(0, minute, minute, minute * MINUTE_MS);
    expect(suspects.nextDue(1_000 + SPACING, free)).toBe(0);
  });

  test('are cleared by candles that reach past them, else asked again so many times', () => {
    const suspects = new Suspects(1, SPACING);
    suspects.add(0, 3, 6, 0);
    suspects.answered(0, 5, 10, 20, 1);
    expect([suspects.nextDue(19, free), suspects.nextDue(20, free)]).toEqual([-1, 0]);
    suspects.answered(0, 5, 30, 40, 1);
    expect([suspects.count, suspects.firstOf(0)]).toEqual([0, -1]);
    suspects.add(0, 8, 8, 31);
    expect(suspects.nextDue(29 + SPACING, free)).toBe(-1);
    expect(suspects.nextDue(30 + SPACING, free)).toBe(0);
  });

  test('whose calls fail come after others, ever later where no others fail, and are never given up', () => {
    const suspects = new Suspects(2, SPACING);
    const waits: number[] = [];
    suspects.add(0, 3, 6, 0);
    suspects.add(1, 3, 6, 0);
    suspects.failed(0, 0, 15_000, true);
    expect(suspects.nextDue(14_999, free)).toBe(1);
    expect(suspects.nextDue(15_000, free)).toBe(0);
    for (let now = 15_000, failures = 0; failures < 8; failures += 1) {
      suspects.failed(0, now, 15_000, true);
      const from = now;
      while (suspects.nextDue(now, (slot) => slot === 1) < 0) now += 1_000;
      waits.push((now - from) / 15_000);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 32, 32, 32]);
    suspects.failed(1, 0, 15_000, false);
    suspects.failed(1, 15_000, 15_000, false);
    expect(suspects.nextDue(30_000, (slot) => slot === 0)).toBe(1);
    expect(suspects.count).toBe(2);
  });
});
