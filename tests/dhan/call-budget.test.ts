import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { atIst, ManualClock, type MarketClock } from '@rtp/core';
import type { CallPriority } from '@rtp/dhan';
import { CallBudget, type CallBudgetOptions, type CallLease } from '../../packages/dhan/src/budget/call-budget.ts';
import { DayCount } from '../../packages/dhan/src/budget/day-count.ts';
import { recordingLogger } from './support/recording-logger.ts';

const START = atIst('2026-11-20', '10:00');
const countFile = (): string => join(mkdtempSync(join(tmpdir(), 'rtp-budget-')), 'run', 'calls.json');

class FastClock extends ManualClock {
  override readonly speed = 60 as 1;
}

function budgetOn(clock: MarketClock, changes: Partial<CallBudgetOptions> = {}) {
  const logger = recordingLogger();
  const budget = new CallBudget({
    name: 'chart calls',
    clock,
    logger,
    spacingMs: 250,
    maxInFlight: 8,
    pauseMs: 60_000,
    pauseMaxMs: 300_000,
    recoveryMs: 300_000,
    ...changes,
  });
  const starts: [string, number][] = [];
  const leases: CallLease[] = [];
  /** Asks for a turn and notes when it came, relative to the start. */
  const ask = (
    name: string,
    priority: CallPriority = 'sweep',
    options: { signal?: AbortSignal; order?: number } = {},
  ) => {
    const asked = budget.acquire(priority, options).then((lease) => {
      starts.push([name, clock.now() - START]);
      leases.push(lease);
      return lease;
    });
    asked.catch(() => {});
    return asked;
  };
  return { budget, ask, starts, leases, logger };
}

const daily = (clock: MarketClock, cap: number, backfillShare = 1, file = countFile()) => ({
  daily: { count: new DayCount(file, clock), cap, backfillShare, repairReserve: 0 },
});

describe('spacing', () => {
  test('calls start evenly spaced, however many wait', async () => {
    const clock = new ManualClock(START);
    const { ask, starts } = budgetOn(clock);
    for (const name of 'abcde') ask(name);
    await clock.advance(10_000);
    expect(starts).toEqual([
      ['a', 0],
      ['b', 250],
      ['c', 500],
      ['d', 750],
      ['e', 1000],
    ]);
  });

  test('idle time is not made up for in a burst', async () => {
    const clock = new ManualClock(START);
    const { ask, starts } = budgetOn(clock);
    await clock.advance(60_000);
    for (const name of 'abc') ask(name);
    await clock.advance(1_000);
    expect(starts.map(([, at]) => at)).toEqual([60_000, 60_250, 60_500]);
  });

  test('no more than the limit are in flight', async () => {
    const clock = new ManualClock(START);
    const { ask, starts, leases } = budgetOn(clock, { maxInFlight: 2 });
    for (const name of 'abc') ask(name);
    await clock.advance(5_000);
    expect(starts.map(([name]) => name)).toEqual(['a', 'b']);
    leases[0]?.release();
    leases[0]?.release();
    await clock.advance(1_000);
    expect(starts).toHaveLength(3);
    expect(starts[2]).toEqual(['c', 5_000]);
  });

  test('above speed 20 one call is in flight, and the next is spaced from its end', async () => {
    const clock = new FastClock(START);
    const { ask, starts, leases } = budgetOn(clock);
    for (const name of 'ab') ask(name);
    await clock.advance(1_000);
    expect(starts).toEqual([['a', 0]]);
    leases[0]?.release();
    await clock.advance(1_000);
    expect(starts[1]).toEqual(['b', 1_250]);
  });
});

describe("the broker's own limit", () => {
  const LIMIT = 5;

  interface Way {
    readonly perSecond: number;
    /** Market ms of the way there, of the n-th call. */
    there(n: number): number;
    back(n: number): number;
  }

  /** Calls without end over that way: the share of the pace that a minute keeps, once the first answers are there. */
  async function busyMinute({ perSecond, there, back }: Way) {
    const clock = new ManualClock(START);
    const { budget } = budgetOn(clock, { spacingMs: 1_000 / perSecond, callsASecond: LIMIT });
    const arrivals: number[] = [];
    let calls = 0;
    const call = async (): Promise<void> => {
      const lease = await budget.acquire('live');
      const n = calls;
      calls += 1;
      const now = clock.now();
      clock.setTimer(now + there(n), () => arrivals.push(clock.now()));
      clock.setTimer(now + there(n) + back(n), () => {
        lease.release();
        void call().catch(() => {});
      });
    };
    for (let waiting = 0; waiting < 16; waiting += 1) void call().catch(() => {});
    await clock.advance(10_000);
    const before = calls;
    await clock.advance(60_000);
    budget.close();
    arrivals.sort((a, b) => a - b);
    const busiest = Math.max(
      ...arrivals.map((at, i) => arrivals.filter((other, k) => k <= i && other >= at - 1_000).length),
    );
    return { share: (calls - before) / (60 * perSecond), busiest };
  }

  /** Numbers from 0 to 1 without a pattern, the same in every run. */
  const lot = (n: number): number => Math.abs(Math.sin(n * 12.9898 + 4.1) * 43_758.5453) % 1;

  test.each([
    ['3 a second, answered at once', 3, 0],
    ['3 a second over a way of 0.2 s', 3, 200],
    ['3 a second over a way of 2.4 s', 3, 2_400],
    ['4 a second over a way of 1 s', 4, 1_000],
    ['5 a second over a way of 0.2 s', 5, 200],
  ])('%s: no second has more than five, and the configured pace is kept', async (_name, perSecond, wayMs) => {
    const { share, busiest } = await busyMinute({ perSecond, there: () => wayMs / 4, back: () => (wayMs * 3) / 4 });
    expect(busiest).toBeLessThanOrEqual(LIMIT);
    expect(share).toBeGreaterThan(0.97);
  });

  test('3 a second over a way that is now and then a little longer keep the pace as well', async () => {
    const { share, busiest } = await busyMinute({ perSecond: 3, there: () => 60, back: (n) => 60 + 300 * lot(n) });
    expect(busiest).toBeLessThanOrEqual(LIMIT);
    expect(share).toBeGreaterThan(0.97);
  });

  test.each([3, 4, 5])(
    '%d a second are never too many, however uneven the way and however often it stalls',
    async (perSecond) => {
      const stall = (n: number): number => (lot(n + 500) < 0.2 ? 3_000 * lot(n + 900) : 0);
      const uneven = {
        there: (n: number) => 20 + 900 * lot(n) + stall(n),
        back: (n: number) => 10 + 200 * lot(n + 77),
      };
      const { busiest } = await busyMinute({ perSecond, ...uneven });
      expect(busiest).toBeLessThanOrEqual(LIMIT);
    },
  );

  test('a start that came late is made up for little by little', async () => {
    const clock = new ManualClock(START);
    const { ask, starts, leases } = budgetOn(clock, { maxInFlight: 2 });
    for (const name of 'abcdefgh') ask(name);
    await clock.advance(700);
    for (let turn = 0; turn < 40; turn += 1) {
      for (const lease of leases) lease.release();
      await clock.advance(25);
    }
    const at = starts.map(([, instant]) => instant);
    expect(at.slice(0, 3)).toEqual([0, 250, 700]);
    // 200 ms late: 225 ms apart until that is caught up.
    expect(at.slice(3, 6)).toEqual([925, 1_150, 1_375]);
  });
});

describe('order', () => {
  test('priorities are strict, first come first served within one', async () => {
    const clock = new ManualClock(START);
    const { ask, starts } = budgetOn(clock);
    ask('first');
    ask('backfill', 'backfill');
    ask('sweep 1', 'sweep');
    ask('live', 'live');
    ask('sweep 2', 'sweep');
    ask('repair', 'repair');
    ask('priority', 'priority');
    await clock.advance(5_000);
    expect(starts.map(([name]) => name)).toEqual([
      'first',
      'repair',
      'priority',
      'live',
      'sweep 1',
      'sweep 2',
      'backfill',
    ]);
  });

  test('a call that is repeated keeps its turn', async () => {
    const clock = new ManualClock(START);
    const { ask, starts } = budgetOn(clock);
    const { order } = await ask('a');
    ask('b');
    ask('c');
    ask('a again', 'sweep', { order });
    await clock.advance(5_000);
    expect(starts.map(([name]) => name)).toEqual(['a', 'a again', 'b', 'c']);
  });
});

describe('aborting', () => {
  test('an aborted call leaves the queue and takes no turn', async () => {
    const clock = new ManualClock(START);
    const { ask, starts, budget } = budgetOn(clock);
    const abort = new AbortController();
    ask('a');
    const gone = ask('b', 'sweep', { signal: abort.signal });
    ask('c');
    expect(budget.queued).toBe(2);
    abort.abort(new Error('not needed'));
    await expect(gone).rejects.toThrow('not needed');
    await clock.advance(5_000);
    expect(starts).toEqual([
      ['a', 0],
      ['c', 250],
    ]);
  });

  test('a call aborted beforehand never enters', async () => {
    const { ask, budget } = budgetOn(new ManualClock(START));
    await expect(ask('a', 'live', { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    expect(budget.queued).toBe(0);
  });

  test('closing refuses everybody who waits and whoever comes', async () => {
    const clock = new ManualClock(START);
    const { ask, budget } = budgetOn(clock);
    ask('a');
    const waiting = ask('b');
    budget.close();
    await expect(waiting).rejects.toMatchObject({ code: 'RTP_DHAN_CLOSED' });
    await expect(ask('c')).rejects.toMatchObject({ code: 'RTP_DHAN_CLOSED' });
    expect(clock.pendingCount).toBe(0);
  });
});

describe('after a rate-limit answer', () => {
  /** Market ms from now to the end of the pause. */
  const pauseOf = (budget: CallBudget, clock: MarketClock): number => (budget.pausedUntil ?? 0) - clock.now();

  test('everybody pauses, then goes at half the pace, then recovers', async () => {
    const clock = new ManualClock(START);
    const { ask, starts, leases, budget, logger } = budgetOn(clock);
    ask('a');
    await clock.advance(100);
    leases[0]?.rateLimited();
    const end = budget.pausedUntil ?? 0;
    for (const name of 'bcd') ask(name, 'repair');
    await clock.advanceTo(end + 2_000);
    expect(starts.slice(1)).toEqual([
      ['b', end - START],
      ['c', end + 500 - START],
      ['d', end + 1_000 - START],
    ]);
    expect(budget.pausedUntil).toBeNull();
    expect(budget.report().perSecond).toBe(2);
    expect(logger.lines.join()).toContain('rate limit');
    await clock.advanceTo(end + 300_000);
    expect(budget.report().perSecond).toBe(4);
    for (const name of 'ef') ask(name);
    await clock.advance(1_000);
    expect(starts.slice(4)).toEqual([
      ['e', end + 300_000 - START],
      ['f', end + 300_250 - START],
    ]);
  });

  test('the pause ends by lot within a fifth more, so that two programs do not come back together', () => {
    const ends = Array.from({ length: 40 }, () => {
      const clock = new ManualClock(START);
      const { ask, leases, budget } = budgetOn(clock);
      return ask('a').then(() => {
        leases[0]?.rateLimited();
        return pauseOf(budget, clock);
      });
    });
    return Promise.all(ends).then((pauses) => {
      for (const pause of pauses) {
        expect(pause).toBeGreaterThanOrEqual(60_000);
        expect(pause).toBeLessThanOrEqual(72_000);
      }
      expect(new Set(pauses).size).toBeGreaterThan(1);
    });
  });

  test('calls that were in flight when the pause began do not lengthen it', async () => {
    const clock = new ManualClock(START);
    const { ask, leases, budget } = budgetOn(clock);
    ask('a');
    ask('b');
    await clock.advance(500);
    leases[0]?.rateLimited();
    const end = budget.pausedUntil;
    await clock.advance(500);
    leases[1]?.rateLimited();
    expect(budget.pausedUntil).toBe(end);
  });

  test('again and again, the pauses grow to their longest and the pace is halved up to an eighth', async () => {
    const clock = new ManualClock(START);
    const { ask, leases, starts, budget } = budgetOn(clock, { maxInFlight: 100 });
    const pauses: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      await ask(`${round}`);
      leases.at(-1)?.rateLimited();
      pauses.push(pauseOf(budget, clock));
      await clock.advanceTo(budget.pausedUntil ?? 0);
    }
    for (const [round, least] of [60_000, 120_000, 240_000, 300_000, 300_000].entries()) {
      expect(pauses[round]).toBeGreaterThanOrEqual(least);
      expect(pauses[round]).toBeLessThanOrEqual(least * 1.2);
    }
    const before = clock.now() - START;
    ask('x');
    ask('y');
    await clock.advance(5_000);
    expect(starts.slice(-2).map(([, at]) => at - before)).toEqual([0, 2_000]);
  });
});

describe("the day's cap", () => {
  test('refuses what is beyond it until the next IST date', async () => {
    const clock = new ManualClock(START);
    const { ask, budget } = budgetOn(clock, daily(clock, 2));
    const asked = ['a', 'b', 'c'].map((name) => ask(name));
    await clock.advance(1_000);
    await expect(asked[2]).rejects.toMatchObject({ code: 'RTP_DHAN_DAY_CAP_REACHED' });
    expect(budget.leftFor('sweep')).toBe(0);
    await expect(ask('d', 'repair')).rejects.toMatchObject({ code: 'RTP_DHAN_DAY_CAP_REACHED' });
    await clock.advanceTo(atIst('2026-11-21', '00:00'));
    expect(budget.leftFor('sweep')).toBe(2);
    await expect(ask('e')).resolves.toBeDefined();
  });

  test('a backfill leaves its share to the day itself', async () => {
    const clock = new ManualClock(START);
    const { ask } = budgetOn(clock, daily(clock, 5, 0.6));
    const backfill = [1, 2, 3, 4].map((n) => ask(`${n}`, 'backfill'));
    await clock.advance(5_000);
    await expect(backfill[2]).resolves.toBeDefined();
    await expect(backfill[3]).rejects.toMatchObject({ code: 'RTP_DHAN_DAY_CAP_REACHED' });
    const sweep = ask('sweep');
    await clock.advance(1_000);
    await expect(sweep).resolves.toBeDefined();
  });

  test('the reserves of repairs and of the sweep are left to them', async () => {
    const clock = new ManualClock(START);
    const { ask, budget } = budgetOn(clock, {
      daily: { ...daily(clock, 10).daily, repairReserve: 3 },
      maxInFlight: 100,
    });
    budget.reserveForSweep(4);
    const live = [1, 2, 3, 4].map((n) => ask(`${n}`, 'live'));
    await clock.advance(5_000);
    await expect(live[2]).resolves.toBeDefined();
    await expect(live[3]).rejects.toMatchObject({ code: 'RTP_DHAN_DAY_CAP_REACHED' });
    expect(budget.report()).toMatchObject({ cap: 10, used: 3, left: 7, reserved: 7 });
    const repairs = [1, 2, 3, 4].map((n) => ask(`${n}`, 'repair'));
    await clock.advance(5_000);
    await expect(repairs[2]).resolves.toBeDefined();
    await expect(repairs[3]).rejects.toMatchObject({ code: 'RTP_DHAN_DAY_CAP_REACHED' });
    const sweeps = [1, 2, 3, 4, 5].map((n) => ask(`${n}`, 'sweep'));
    await clock.advance(5_000);
    await expect(sweeps[3]).resolves.toBeDefined();
    await expect(sweeps[4]).rejects.toMatchObject({ code: 'RTP_DHAN_DAY_CAP_REACHED' });
  });

  test('who waits when calls are set aside for the sweep is told at once', async () => {
    const clock = new ManualClock(START);
    const { ask, budget } = budgetOn(clock, daily(clock, 10));
    ask('a', 'live');
    const waiting = ask('b', 'live');
    budget.reserveForSweep(9);
    await expect(waiting).rejects.toMatchObject({ code: 'RTP_DHAN_DAY_CAP_REACHED' });
  });

  test('the gauge says when the calls run out at the pace of the last quarter of an hour', async () => {
    const clock = new ManualClock(START);
    const { ask, leases, budget } = budgetOn(clock, { ...daily(clock, 1_000), maxInFlight: 100 });
    expect(budget.report().runsOutAt).toBeNull();
    for (let minute = 0; minute < 30; minute += 1) {
      const calls = minute < 15 ? 20 : 10;
      for (let call = 0; call < calls; call += 1) ask('x');
      await clock.advance(60_000);
      for (const lease of leases.splice(0)) lease.release();
    }
    const { left, runsOutAt } = budget.report();
    expect(left).toBe(550);
    expect(runsOutAt ?? 0).toBeGreaterThan(clock.now() + 50 * 60_000);
    expect(runsOutAt ?? 0).toBeLessThan(clock.now() + 60 * 60_000);
    await clock.advance(16 * 60_000);
    expect(budget.report().runsOutAt).toBeNull();
  });

  test('is remembered by the next process, exactly after a clean end', () => {
    const clock = new ManualClock(START);
    const file = countFile();
    const first = new DayCount(file, clock);
    for (let call = 0; call < 7; call += 1) first.add();
    first.flush();
    expect(new DayCount(file, clock).today).toBe(7);
  });

  test('is never under-counted after a kill', () => {
    const clock = new ManualClock(START);
    const file = countFile();
    const killed = new DayCount(file, clock);
    for (let call = 0; call < 45; call += 1) killed.add();
    const next = new DayCount(file, clock).today;
    expect(next).toBeGreaterThanOrEqual(45);
    expect(next).toBeLessThan(65);
  });

  test('starts anew on another date', () => {
    const file = countFile();
    const friday = new DayCount(file, new ManualClock(START));
    friday.add();
    friday.flush();
    expect(new DayCount(file, new ManualClock(atIst('2026-11-23', '09:00'))).today).toBe(0);
  });
});
