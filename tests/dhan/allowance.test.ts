import { describe, expect, test } from '@jest/globals';
import { CALL_PRIORITIES, callsLeftFor, type DayAllowance } from '@rtp/dhan';

const day = (used: number, changes: Partial<DayAllowance> = {}): DayAllowance => ({
  cap: 1_000,
  used,
  sweepReserve: 200,
  repairReserve: 100,
  backfillShare: 0.5,
  ...changes,
});
const left = (allowance: DayAllowance): readonly number[] =>
  CALL_PRIORITIES.map((priority) => callsLeftFor(priority, allowance));

describe("who may use what is left of the day's calls", () => {
  test.each([
    // used: repair, priority, live, sweep, backfill
    [0, [800, 700, 700, 1_000, 500]],
    [400, [400, 300, 300, 600, 100]],
    [500, [300, 200, 200, 500, 0]],
    [699, [101, 1, 1, 301, 0]],
    [700, [100, 0, 0, 300, 0]],
    [799, [1, 0, 0, 201, 0]],
    [800, [0, 0, 0, 200, 0]],
    [1_000, [0, 0, 0, 0, 0]],
    [1_007, [0, 0, 0, 0, 0]],
  ])('after %d calls', (used, expected) => {
    expect(left(day(used))).toEqual(expected);
  });

  test('a backfill keeps clear of the reserves even where its share would reach into them', () => {
    expect(callsLeftFor('backfill', day(0, { backfillShare: 1 }))).toBe(700);
  });

  test('once the sweep is over its reserve is free', () => {
    expect(left(day(700, { sweepReserve: 0 }))).toEqual([300, 200, 200, 300, 0]);
  });
});
