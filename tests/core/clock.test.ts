import { describe, expect, test } from '@jest/globals';
import {
  anchorNow,
  atIst,
  clockAnchorSchema,
  ManualClock,
  type MarketClock,
  monotonicMs,
  realDelay,
  realTimer,
  SystemClock,
  VirtualClock,
  wallClockMs,
} from '@rtp/core';

const OPEN = atIst('2016-09-30', '09:15');

/** Real milliseconds that `wait` took. */
async function took(wait: Promise<unknown>): Promise<number> {
  const started = monotonicMs();
  await wait;
  return monotonicMs() - started;
}

describe('the virtual clock', () => {
  test('runs at its speed from its anchor', async () => {
    const clock = new VirtualClock(anchorNow(OPEN, 1_000));
    const before = [monotonicMs(), clock.now()] as const;
    await realDelay(20);
    const after = [clock.now(), monotonicMs()] as const;
    expect(after[0] - before[1]).toBeGreaterThanOrEqual(20_000 * 0.95);
    expect(after[0] - before[1]).toBeLessThanOrEqual((after[1] - before[0]) * 1_000 + 1);
  });

  test('shows the same instant in every holder of the anchor', () => {
    const anchor = clockAnchorSchema.parse(JSON.parse(JSON.stringify(anchorNow(OPEN, 60))));
    const [a, b] = [new VirtualClock(anchor), new VirtualClock(anchor)];
    const [first, between, last] = [a.now(), b.now(), a.now()];
    expect(between).toBeGreaterThanOrEqual(first);
    expect(between).toBeLessThanOrEqual(last);
    expect(a.anchor).toEqual(anchor);
  });

  test('sleeps until a market instant, never waking before it', async () => {
    const started = monotonicMs();
    const clock = new VirtualClock(anchorNow(OPEN, 600));
    await clock.sleepUntil(OPEN + 30_000);
    expect(clock.now()).toBeGreaterThanOrEqual(OPEN + 30_000);
    expect(monotonicMs() - started).toBeGreaterThanOrEqual(49);
    await clock.sleep(6_000);
    expect(clock.now()).toBeGreaterThanOrEqual(OPEN + 36_000);
  });

  test('does not shorten a wait below its real floor', async () => {
    const clock = new VirtualClock(anchorNow(OPEN, 3_600));
    expect(await took(clock.sleep(1_000, { floorMs: 60 }))).toBeGreaterThanOrEqual(60);
    expect(await took(clock.sleepUntil(OPEN - 1_000, { floorMs: 40 }))).toBeGreaterThanOrEqual(40);
  });

  test('wakes pending waits by a faster anchor', async () => {
    const clock = new VirtualClock(anchorNow(OPEN, 1));
    const wait = clock.sleepUntil(OPEN + 600_000);
    clock.reanchor(anchorNow(clock.now(), 3_600));
    expect(await took(wait)).toBeLessThan(5_000);
    expect(clock.speed).toBe(3_600);
  });

  test('holds pending waits back by a slower anchor', async () => {
    const clock = new VirtualClock(anchorNow(OPEN, 1_000));
    const wait = clock.sleepUntil(OPEN + 20_000);
    const started = monotonicMs();
    clock.reanchor(anchorNow(OPEN, 100));
    await wait;
    expect(monotonicMs() - started).toBeGreaterThanOrEqual(195);
    expect(clock.now()).toBeGreaterThanOrEqual(OPEN + 20_000);
  });

  test('refuses an anchor that is none', () => {
    for (const wrong of [
      {},
      { ...anchorNow(OPEN, 1), speed: 0 },
      { ...anchorNow(OPEN, 1), monotonicOriginNs: '1.5' },
    ]) {
      expect(clockAnchorSchema.safeParse(wrong).success).toBe(false);
    }
  });
});

describe('the system clock', () => {
  test('is the wall clock at speed one', async () => {
    const clock = new SystemClock();
    const [first, between, last] = [wallClockMs(), clock.now(), wallClockMs()];
    expect(between).toBeGreaterThanOrEqual(first);
    expect(between).toBeLessThanOrEqual(last);
    expect([clock.kind, clock.speed]).toEqual(['system', 1]);
    const target = clock.now() + 30;
    await clock.sleepUntil(target);
    expect(clock.now()).toBeGreaterThanOrEqual(target);
  });

  test('waits for an instant beyond the longest timer without waking early', async () => {
    const clock = new SystemClock();
    let woke = false;
    const timer = clock.setTimer(clock.now() + 40 * 86_400_000, () => {
      woke = true;
    });
    await realDelay(20);
    timer.cancel();
    expect(woke).toBe(false);
  });
});

const clocks: [string, () => { clock: MarketClock; advance: (ms: number) => Promise<unknown> }][] = [
  [
    'manual',
    () => {
      const clock = new ManualClock(OPEN);
      return { clock, advance: (ms) => clock.advance(ms) };
    },
  ],
  [
    'virtual',
    () => {
      const clock = new VirtualClock(anchorNow(OPEN, 3_600));
      return { clock, advance: (ms) => clock.sleepUntil(clock.now() + ms + 3_600) };
    },
  ],
];

describe.each(clocks)('every clock: %s', (_kind, make) => {
  test('calls a timer once, and never synchronously', async () => {
    const { clock, advance } = make();
    let calls = 0;
    clock.setTimer(clock.now() - 1, () => {
      calls += 1;
    });
    expect(calls).toBe(0);
    await advance(10_000);
    expect(calls).toBe(1);
  });

  test('forgets a cancelled timer', async () => {
    const { clock, advance } = make();
    let calls = 0;
    const timer = clock.setTimer(clock.now() + 1_000, () => {
      calls += 1;
    });
    timer.cancel();
    timer.cancel();
    await advance(10_000);
    expect(calls).toBe(0);
  });

  test('ends a sleep early by its signal, with the reason, and leaves no listener', async () => {
    const { clock, advance } = make();
    const aborted = new AbortController();
    const sleep = clock.sleep(3_600_000, { signal: aborted.signal });
    aborted.abort(new Error('the day is over'));
    await expect(sleep).rejects.toThrow('the day is over');
    await expect(clock.sleep(1, { signal: aborted.signal })).rejects.toThrow('the day is over');

    const kept = new AbortController();
    const finished = clock.sleep(1_000, { signal: kept.signal });
    await advance(2_000);
    await finished;
    kept.abort();
    expect(clock.now()).toBeGreaterThanOrEqual(OPEN + 1_000);
  });
});

describe('the manual clock', () => {
  test('fires timers in the order of their instants, then of their making, each at its own time', async () => {
    const clock = new ManualClock(OPEN);
    const seen: string[] = [];
    const note = (name: string) => (): void => void seen.push(`${name}@${clock.now() - OPEN}`);
    clock.setTimer(OPEN + 200, note('c'));
    clock.setTimer(OPEN + 100, note('a'));
    clock.setTimer(OPEN + 100, note('b'));
    clock.setTimer(OPEN + 300, note('later'));
    await clock.advance(200);
    expect(seen).toEqual(['a@100', 'b@100', 'c@200']);
    expect(clock.now()).toBe(OPEN + 200);
    expect(clock.pendingCount).toBe(1);
  });

  test('fires timers that other timers make within the advance', async () => {
    const clock = new ManualClock(OPEN);
    const seen: number[] = [];
    const tick = async (): Promise<void> => {
      for (let n = 0; n < 3; n += 1) {
        await clock.sleep(60_000);
        seen.push(clock.now() - OPEN);
      }
    };
    const ticking = tick();
    await clock.advance(180_000);
    await ticking;
    expect(seen).toEqual([60_000, 120_000, 180_000]);
  });

  test('does not move by itself and ignores real floors', async () => {
    const clock = new ManualClock(OPEN);
    const sleep = clock.sleep(5, { floorMs: 3_600_000 });
    expect(clock.now()).toBe(OPEN);
    await clock.advance(5);
    await sleep;
    expect(clock.now()).toBe(OPEN + 5);
  });
});

describe('the real clock', () => {
  test('delays by real time and ends early by its signal', async () => {
    expect(await took(realDelay(25))).toBeGreaterThanOrEqual(24);
    const aborted = new AbortController();
    const delay = realDelay(60_000, aborted.signal);
    aborted.abort(new Error('enough'));
    await expect(delay).rejects.toThrow('enough');
    await expect(realDelay(1, aborted.signal)).rejects.toThrow('enough');
  });

  test('forgets a cancelled timer', async () => {
    let called = false;
    realTimer(5, () => {
      called = true;
    }).cancel();
    await realDelay(20);
    expect(called).toBe(false);
  });
});
