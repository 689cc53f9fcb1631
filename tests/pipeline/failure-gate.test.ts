import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@rtp/core';
import { FailureGate } from '../../packages/pipeline/src/charts/failure-gate.ts';

const CONFIG = { chart_error_min_ms: 2_000, chart_error_max_ms: 60_000, chart_retry_floor_ms: 0 };
const HOUR_MS = 3_600_000;
const START = 1_795_146_300_000;
const never = new AbortController().signal;

interface Rig {
  readonly clock: ManualClock;
  readonly gate: FailureGate;
  /** Market instants at which calls began. */
  readonly began: number[];
  isFailing: boolean;
  ask(): Promise<string | null>;
}

function open(deadlineMs = HOUR_MS): Rig {
  const clock = new ManualClock(START);
  const gate = new FailureGate({ clock, config: CONFIG });
  const rig: Rig = {
    clock,
    gate,
    began: [],
    isFailing: true,
    ask: () => {
      const call = async (): Promise<string> => {
        rig.began.push(clock.now());
        if (rig.isFailing) throw new Error('HTTP 500');
        return 'candles';
      };
      return gate.run(call, START + deadlineMs, never).catch(() => 'failed');
    },
  };
  return rig;
}

/** Lets the clock run, and everybody who waits for it. */
async function pass(rig: Rig, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    await rig.clock.advance(500);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

describe('a gate before calls that may fail', () => {
  test('lets everybody through while calls are answered', async () => {
    const rig = open();
    rig.isFailing = false;
    expect(await Promise.all([rig.ask(), rig.ask(), rig.ask()])).toEqual(['candles', 'candles', 'candles']);
    expect(rig.began).toEqual([START, START, START]);
  });

  test('lets one call at a time through while they fail, ever more rarely', async () => {
    const rig = open();
    const workers = Array.from({ length: 8 }, async () => {
      while (rig.clock.now() < START + HOUR_MS) await rig.ask();
    });
    await pass(rig, HOUR_MS + 1_000);
    await Promise.all(workers);
    // Eight were under way as the first one failed; then one each time, a minute apart in the end.
    expect(rig.began.filter((at) => at === START)).toHaveLength(8);
    const probes = rig.began.filter((at) => at > START);
    expect(new Set(probes).size).toBe(probes.length);
    expect(probes.length).toBeGreaterThan(HOUR_MS / CONFIG.chart_error_max_ms / 2);
    expect(probes.length).toBeLessThan(120);
    expect((probes.at(-1) as number) - (probes.at(-2) as number)).toBeGreaterThanOrEqual(45_000);
  });

  test('opens for everybody with the first answer', async () => {
    const rig = open();
    expect(await rig.ask()).toBe('failed');
    const asked = Promise.all([rig.ask(), rig.ask(), rig.ask()]);
    rig.isFailing = false;
    await pass(rig, 10_000);
    expect(await asked).toEqual(['candles', 'candles', 'candles']);
    const [, probe = 0, ...others] = rig.began;
    expect(probe - START).toBeGreaterThanOrEqual(CONFIG.chart_error_min_ms);
    expect(others).toEqual([probe, probe]);
  });

  test('calls nobody after the deadline', async () => {
    const rig = open(1_000);
    await rig.ask();
    const late = [rig.ask(), rig.ask()];
    await pass(rig, 5_000);
    expect(await Promise.all(late)).toEqual([null, null]);
    expect(await rig.ask()).toBe(null);
    expect(rig.began).toHaveLength(1);
  });
});
