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
  daily: { count: new DayCount(file, clock), cap, backfillShare },
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
  test('everybody pauses, then goes at half the pace, then recovers', async () => {
    const clock = new ManualClock(START);
    const { ask, starts, leases, budget, logger } = budgetOn(clock);
    ask('a');
    await clock.advance(100);
    leases[0]?.rateLimited();
    expect(budget.pausedUntil).toBe(START + 60_100);
    for (const name of 'bcd') ask(name, 'repair');
    await clock.advance(62_000);
    expect(starts.slice(1)).toEqual([
      ['b', 60_100],
      ['c', 60_600],
      ['d', 61_100],
    ]);
    expect(budget.pausedUntil).toBeNull();
    expect(logger.lines.join()).toContain('rate limit');
    await clock.advanceTo(START + 360_100);
    for (const name of 'ef') ask(name);
    await clock.advance(1_000);
    expect(starts.slice(4)).toEqual([
      ['e', 360_100],
      ['f', 360_350],
    ]);
  });

  test('calls that were in flight when the pause began do not lengthen it', async () => {
    const clock = new ManualClock(START);
    const { ask, leases, budget } = budgetOn(clock);
    ask('a');
    ask('b');
    await clock.advance(500);
    leases[0]?.rateLimited();
    await clock.advance(500);
    leases[1]?.rateLimited();
    expect(budget.pausedUntil).toBe(START + 60_500);
  });

  test('again and again, the pace is halved up to an eighth', async () => {
    const clock = new ManualClock(START);
    const { ask, leases, starts } = budgetOn(clock, { maxInFlight: 100 });
    for (let round = 0; round < 5; round += 1) {
      ask(`${round}`);
      await clock.advance(60_000);
      leases.at(-1)?.rateLimited();
    }
    await clock.advance(60_000);
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
    expect(budget.callsLeft).toBe(0);
    await expect(ask('d', 'repair')).rejects.toMatchObject({ code: 'RTP_DHAN_DAY_CAP_REACHED' });
    await clock.advanceTo(atIst('2026-11-21', '00:00'));
    expect(budget.callsLeft).toBe(2);
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
