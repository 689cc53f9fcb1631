import { describe, expect, test } from '@jest/globals';
import { ManualClock, type PipelineReport, silentLogger } from '@rtp/core';
import { type OperatorMemory, type OperatorOverride, Scheduler, type StoreDate } from '@rtp/scheduler';
import { calendar, ist, line, pipelineReport, snapshot, storeReport } from './support/snapshots.ts';

/** An operator's wish that outlives schedulers, without a file. */
function keptWish(): OperatorMemory & { kept: OperatorOverride | null } {
  const memory = {
    kept: null as OperatorOverride | null,
    read: () => memory.kept,
    write: (override: OperatorOverride | null) => {
      memory.kept = override;
    },
  };
  return memory;
}

function setUp(start: string, dates: readonly StoreDate[] = [], operator = keptWish()) {
  const clock = new ManualClock(ist(start));
  const wishes: string[] = [];
  const events: Record<string, unknown>[] = [];
  const actors: string[] = [];
  const state = {
    dates,
    questions: 0,
    failure: null as Error | null,
    openDates: [] as string[],
    job: null as string | null,
    realMs: 0,
  };
  const scheduler = new Scheduler({
    calendar,
    clock,
    config: { prepare_lead_minutes: 45, backfill_days: 5 },
    logger: silentLogger,
    storeDates: async () => {
      state.questions += 1;
      if (state.failure !== null) throw state.failure;
      return state.dates;
    },
    pendingJob: () => state.job,
    want: (wanted, _reason, actor) => {
      wishes.push(wanted);
      actors.push(actor);
    },
    operator,
    events: { publish: (kind, data) => events.push({ kind, ...data }) },
    realNow: () => state.realMs,
  });
  /** Pushes a snapshot in which the pipeline says `report`, or does not run. */
  const see = async (report: Partial<PipelineReport> | null = null, pid = 4_100): Promise<void> => {
    const pipeline =
      report === null
        ? line('pipeline', { state: 'stopped', pid: null, wanted: scheduler.wish.wanted })
        : line('pipeline', { pid, report: pipelineReport(report), wanted: scheduler.wish.wanted });
    const store = line('store', { report: storeReport({ openDates: state.openDates }) });
    scheduler.observe(snapshot(clock.now(), [store, pipeline]));
    await clock.advance(0);
  };
  return { clock, wishes, actors, events, operator, scheduler, state, see };
}

describe('the scheduler', () => {
  test('wishes nothing before the manager has spoken', async () => {
    const { clock, wishes, scheduler } = setUp('2025-09-04 08:00');
    await clock.advanceTo(ist('2025-09-04 10:00'));
    expect(wishes).toEqual([]);
    expect(scheduler.wish).toMatchObject({ wanted: 'down', reason: expect.stringContaining('system manager') });
  });

  test('starts the pipeline at the exact instant of preparation, without being told the time', async () => {
    const { clock, wishes, see } = setUp('2025-09-04 07:00');
    await see();
    await clock.advanceTo(ist('2025-09-04 08:29:59'));
    expect(wishes).toEqual(['down']);
    await clock.advanceTo(ist('2025-09-04 08:30'));
    expect(wishes).toEqual(['down', 'up']);
  });

  test('leads one day from preparation to the seal', async () => {
    const { clock, wishes, scheduler, see } = setUp('2025-09-04 08:00');
    await see();
    await clock.advanceTo(ist('2025-09-04 15:45'));
    await see({ phase: 'sweep' });
    expect(scheduler.wish.wanted).toBe('up');
    await see({ phase: 'sweep', sealed: true });
    expect(scheduler.wish).toMatchObject({ wanted: 'up', reason: expect.stringContaining('is sealed') });
    await see({ phase: 'done', sealed: true });
    expect(scheduler.wish).toMatchObject({ wanted: 'down', reason: '2025-09-04 is sealed' });
    await see();
    await clock.advanceTo(ist('2025-09-05 08:29'));
    expect(scheduler.wish.wanted).toBe('down');
    await clock.advanceTo(ist('2025-09-05 08:30'));
    expect(wishes.filter((wanted, index) => wanted !== wishes[index - 1])).toEqual(['down', 'up', 'down', 'up']);
  });

  test('tells the manager only what has changed', async () => {
    const { wishes, see } = setUp('2025-09-04 10:00');
    for (let push = 0; push < 20; push += 1) await see({ minutesSealed: push });
    expect(wishes).toEqual(['up']);
  });

  test('has the pipeline up for work that was asked for, on a holiday too, and lets it go when that is done', async () => {
    const { scheduler, see, state } = setUp('2025-09-06 10:00');
    await see();
    expect(scheduler.wish.wanted).toBe('down');
    state.job = 'backfill of 2025-08-01 to 2025-09-05';
    await see();
    expect(scheduler.wish).toMatchObject({ wanted: 'up', reason: expect.stringContaining('backfill of 2025-08-01') });
    state.job = null;
    await see({ phase: 'done', tradingDate: '2025-09-06' });
    expect(scheduler.wish.wanted).toBe('down');
  });

  test('repeats a wish that the manager keeps contradicting, not one that crossed a snapshot', async () => {
    const { wishes, scheduler, clock, state } = setUp('2025-09-04 10:00');
    const unheard = snapshot(clock.now(), [line('pipeline', { state: 'stopped', wanted: 'down', pid: null })]);
    scheduler.observe(unheard);
    scheduler.observe(unheard);
    expect(wishes).toEqual(['up']);
    state.realMs += 2_000;
    scheduler.observe(unheard);
    scheduler.observe(unheard);
    expect(wishes).toEqual(['up', 'up']);
    state.realMs += 2_000;
    scheduler.observe(snapshot(clock.now(), [line('pipeline', { state: 'starting' })]));
    expect(wishes).toHaveLength(2);
  });

  test('answers from scratch after the clock has jumped over the open and over the whole day', async () => {
    const { clock, scheduler, see, state } = setUp('2025-09-04 07:00');
    await see();
    await clock.advanceTo(ist('2025-09-04 11:07'));
    expect(scheduler.wish.reason).toContain('open until 15:30');
    state.dates = [{ date: '2025-09-04', state: 'open' }];
    state.openDates = ['2025-09-04'];
    await see();
    await clock.advanceTo(ist('2025-09-06 11:00'));
    expect(scheduler.wish).toMatchObject({ wanted: 'up', reason: expect.stringContaining('2 days up to 2025-09-05') });
  });

  test('a clock set back is no reason to stay up', async () => {
    const clock = new ManualClock(ist('2025-09-04 09:00'));
    let offset = 0;
    const shifted = new Proxy(clock, {
      get: (target, key) =>
        key === 'now'
          ? () => target.now() - offset
          : (Reflect.get(target, key).bind?.(target) ?? Reflect.get(target, key)),
    });
    const wishes: string[] = [];
    const scheduler = new Scheduler({
      calendar,
      clock: shifted,
      config: { prepare_lead_minutes: 45, backfill_days: 5 },
      logger: silentLogger,
      storeDates: async () => [],
      pendingJob: () => null,
      want: (wanted) => wishes.push(wanted),
      operator: { read: () => null, write: () => {} },
      events: { publish: () => {} },
    });
    const push = () => scheduler.observe(snapshot(shifted.now(), [line('pipeline', { state: 'stopped', pid: null })]));
    push();
    offset = 2 * 3_600_000;
    push();
    expect(wishes).toEqual(['up', 'down']);
  });

  test('asks the store for its dates once, and again when they change or the store is a new process', async () => {
    const { see, state } = setUp('2025-09-06 10:00');
    await see();
    await see();
    expect(state.questions).toBe(1);
    state.openDates = ['2025-09-05'];
    await see();
    expect(state.questions).toBe(2);
  });

  test('keeps asking a store that does not answer, says so, and recovers', async () => {
    const { see, state, scheduler } = setUp('2025-09-06 10:00', [{ date: '2025-09-05', state: 'open' }]);
    state.failure = new Error('no answer');
    await see();
    await see();
    expect(scheduler.degraded).toContain('no answer');
    expect(scheduler.errors).toBe(2);
    expect(scheduler.wish.wanted).toBe('down');
    state.failure = null;
    await see();
    expect(scheduler.degraded).toBe('');
    expect(scheduler.wish.wanted).toBe('up');
  });

  test('a report left over from a dead process does not count for the one that starts', async () => {
    const { see, scheduler, clock } = setUp('2025-09-04 09:00');
    await see({ phase: 'done' }, 1);
    expect(scheduler.wish.wanted).toBe('down');
    const starting = line('pipeline', { state: 'starting', pid: 2, report: pipelineReport({ phase: 'done' }) });
    scheduler.observe(snapshot(clock.now(), [starting]));
    expect(scheduler.wish.wanted).toBe('up');
  });

  test('completes past days once per newest day, then lets the pipeline go', async () => {
    const { see, scheduler, clock } = setUp('2025-09-06 10:00', [{ date: '2025-09-05', state: 'open' }]);
    await see();
    expect(scheduler.wish.wanted).toBe('up');
    await see({ phase: 'job', tradingDate: '2025-09-06' });
    await see({ phase: 'done', tradingDate: '2025-09-06' });
    expect(scheduler.wish.wanted).toBe('down');
    await see();
    await clock.advanceTo(ist('2025-09-07 12:00'));
    expect(scheduler.wish).toMatchObject({ wanted: 'down', degraded: 'not sealed: 2025-09-05' });
  });

  test('remembers the newest bar over restarts of the pipeline', async () => {
    const { see, scheduler } = setUp('2025-09-04 10:00');
    await see({ lastDataUpdate: ist('2025-09-04 09:58') }, 1);
    await see({ lastDataUpdate: null }, 2);
    expect(scheduler.memory.lastDataUpdate).toBe(ist('2025-09-04 09:58'));
  });

  test('leaves no timer behind when stopped', async () => {
    const { see, scheduler, clock, wishes } = setUp('2025-09-04 07:00');
    await see();
    scheduler.stop();
    expect(clock.pendingCount).toBe(0);
    await see({ phase: 'session' });
    await clock.advanceTo(ist('2025-09-04 10:00'));
    expect(wishes).toEqual(['down']);
  });
});
