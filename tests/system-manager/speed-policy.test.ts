import { describe, expect, test } from '@jest/globals';
import {
  decideSpeed,
  type LateStreaks,
  tolerableLagMs,
} from '../../packages/system-manager/src/system/speed-policy.ts';

const policy = { graceMs: 2_000, graceFloorMs: 100, lateHeartbeats: 3, divisor: 1.25 };

function after(speed: number, lags: readonly number[], process = 'store'): { slowTo: number | null } {
  let streaks: LateStreaks = {};
  let slowTo: number | null = null;
  for (const loopLagMs of lags) ({ streaks, slowTo } = decideSpeed(speed, streaks, { process, loopLagMs }, policy));
  return { slowTo };
}

describe('whether a simulated market is slowed down', () => {
  test('what a process may be late shrinks with the speed, down to the floor', () => {
    expect(tolerableLagMs(10, policy)).toBe(200);
    expect(tolerableLagMs(60, policy)).toBe(100);
    expect(tolerableLagMs(600, policy)).toBe(100);
  });

  test.each([
    ['not by one late heartbeat', 60, [150], null],
    ['not by two', 60, [150, 150], null],
    ['by three in a row', 60, [150, 150, 150], 48],
    ['not when a good one comes between', 60, [150, 150, 20, 150, 150], null],
    ['not while the lag is tolerable', 60, [100, 100, 100, 100], null],
    ['never below real time', 1.1, [3_000, 3_000, 3_000], 1],
    ['not at all in real time', 1, [3_000, 3_000, 3_000, 3_000], null],
  ])('%s', (_name, speed, lags, slowTo) => {
    expect(after(speed, lags)).toEqual({ slowTo });
  });

  test('the lateness of two processes is not added up', () => {
    let streaks: LateStreaks = {};
    for (const process of ['store', 'pipeline', 'store', 'pipeline']) {
      const decision = decideSpeed(60, streaks, { process, loopLagMs: 500 }, policy);
      expect(decision.slowTo).toBeNull();
      streaks = decision.streaks;
    }
  });
});
