import { describe, expect, test } from '@jest/globals';
import { atIst, loadCalendar, MINUTE_MS } from '@rtp/core';
import { DayGrid } from '../../packages/pipeline/src/bars/day-grid.ts';
import { RollingCalls } from '../../packages/pipeline/src/charts/rolling-calls.ts';

const DATE = '2026-11-20';
const grid = new DayGrid(loadCalendar({ file: 'config/calendar.json' }), DATE);
const SLOTS = 488;
const PRIORITY = 20;

/** Calls, second by second at three a second, from when charts take over: `at` in seconds after it. */
function callsFrom(time: string, seconds: number, spare: number, asked: number[] = []) {
  const start = atIst(DATE, time);
  const rolling = new RollingCalls({
    grid,
    slots: SLOTS,
    priorityCount: PRIORITY,
    confirmIntervalMs: 15 * MINUTE_MS,
    isLiveSourceOf: () => true,
    isOwing: () => true,
  });
  for (const slot of asked) rolling.asked(slot, start - 5 * MINUTE_MS);
  const calls: { readonly at: number; readonly slot: number }[] = [];
  for (let second = 0; second < seconds; second += 1) {
    for (let turn = 0; turn < 3; turn += 1) {
      const slot = rolling.next(start + second * 1_000, spare - calls.length);
      if (slot < 0) break;
      rolling.asked(slot, start + second * 1_000);
      calls.push({ at: second, slot });
    }
  }
  return calls;
}

describe('charts as the live source', () => {
  test('ask priority symbols first, then all others once without a pause, whoever has been asked before', () => {
    const priority = Array.from({ length: PRIORITY }, (_, slot) => slot);
    const calls = callsFrom('11:00', 300, 5_000, priority);
    expect(new Set(calls.slice(0, 200).map(({ slot }) => slot)).size).toBeGreaterThan(150);
    expect(new Set(calls.map(({ slot }) => slot)).size).toBe(SLOTS);
    const firstOfPriority = calls.find(({ slot }) => slot < PRIORITY)?.at ?? Number.POSITIVE_INFINITY;
    expect(firstOfPriority).toBeLessThan(30);
  });

  test('are never silent for long, and make no more calls than there are', () => {
    const spare = 3_000;
    const calls = callsFrom('11:00', 4.5 * 3_600, spare);
    const gaps = calls.map(({ at }, index) => at - (calls[index - 1]?.at ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(30);
    expect(calls.length).toBeLessThanOrEqual(spare);
    const byPriority = calls.filter(({ slot }) => slot < PRIORITY).length / PRIORITY;
    const byOthers = calls.filter(({ slot }) => slot >= PRIORITY).length / (SLOTS - PRIORITY);
    expect(byPriority).toBeGreaterThan(2 * byOthers);
  });
});
