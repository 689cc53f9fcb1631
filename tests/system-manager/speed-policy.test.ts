import { describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { sealingLagMs } from '../../packages/system-manager/src/system/sealing-lag.ts';
import {
  decideSpeed,
  NOTHING_SEEN,
  type PaceMemory,
  tolerableLagMs,
} from '../../packages/system-manager/src/system/speed-policy.ts';

const policy = {
  graceMs: 2_000,
  graceFloorMs: 100,
  behindMs: 1_000,
  lateHeartbeats: 3,
  divisor: 1.25,
  steadyHeartbeats: 4,
};

function decided(now: number, lags: readonly number[], asked = now): { goTo: number | null } {
  let memory: PaceMemory = NOTHING_SEEN;
  let goTo: number | null = null;
  for (const loopLagMs of lags)
    ({ memory, goTo } = decideSpeed({ now, asked }, memory, { process: 'store', loopLagMs, behindMs: 0 }, policy));
  return { goTo };
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
  ])('%s', (_name, speed, lags, goTo) => {
    expect(decided(speed, lags)).toEqual({ goTo });
  });

  test('the lateness of two processes is not added up', () => {
    let memory: PaceMemory = NOTHING_SEEN;
    for (const process of ['store', 'pipeline', 'store', 'pipeline']) {
      const decision = decideSpeed({ now: 60, asked: 60 }, memory, { process, loopLagMs: 500, behindMs: 0 }, policy);
      expect(decision.goTo).toBeNull();
      memory = decision.memory;
    }
  });

  test('work that lags behind the market slows it as well', () => {
    let memory: PaceMemory = NOTHING_SEEN;
    const pace = { process: 'pipeline', loopLagMs: 5, behindMs: 1_500 };
    const speeds = { now: 600, asked: 600 };
    for (let beat = 1; beat < 3; beat += 1) ({ memory } = decideSpeed(speeds, memory, pace, policy));
    expect(decideSpeed(speeds, memory, pace, policy).goTo).toBe(480);
  });

  test('a slowed one recovers step by step while all keep up, and never beyond what was asked for', () => {
    expect(decided(48, [1, 1, 1], 60)).toEqual({ goTo: null });
    expect(decided(48, [1, 1, 1, 1], 60)).toEqual({ goTo: 60 });
    expect(decided(30, [1, 1, 1, 1], 60)).toEqual({ goTo: 37.5 });
    expect(decided(50, [1, 1, 1, 1], 60)).toEqual({ goTo: 60 });
    expect(decided(30, [1, 1, 150, 1, 1, 1], 60)).toEqual({ goTo: null });
    expect(decided(60, [1, 1, 1, 1, 1], 60)).toEqual({ goTo: null });
  });
});

describe('how far the sealing of minutes lags behind', () => {
  const openMs = atIst('2026-02-03', '09:15');
  const session = { window: { openMs, closeMs: atIst('2026-02-03', '15:30') } };
  const report = { phase: 'session', source: 'feed', lastSealedMinute: openMs, graceMs: 2_000 } as const;
  const base = { report, session, speed: 60, readyForMs: 60_000 };
  const at = (minutes: number): number => openMs + minutes * 60_000;

  test('not at all until the next minute and its grace are over', () => {
    expect(sealingLagMs({ ...base, now: at(2) + 2_000 })).toBe(0);
  });

  test('by the real time since then', () => {
    expect(sealingLagMs({ ...base, now: at(12) + 2_000 })).toBe(10_000);
  });

  test.each([
    ['before the first seal', { report: { ...report, lastSealedMinute: null } }],
    ['while charts carry the minutes', { report: { ...report, source: 'chart' as const } }],
    ['out of session', { session: { window: null } }],
    ['when the pipeline has only just started', { readyForMs: 1_000 }],
  ])('not %s', (_name, change) => {
    expect(sealingLagMs({ ...base, now: at(12), ...change })).toBe(0);
  });

  test('not by the gap between two windows', () => {
    const second = { window: { openMs: at(120), closeMs: at(180) } };
    expect(sealingLagMs({ ...base, session: second, now: at(121) })).toBe(0);
  });
});
