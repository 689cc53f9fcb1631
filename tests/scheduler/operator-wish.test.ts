import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { istIso, ManualClock, type PipelineReport, silentLogger } from '@rtp/core';
import { nextPreparation, type OperatorOverride, operatorFile, pipelineWish, Scheduler } from '@rtp/scheduler';
import { calendar, ist, line, pipelineReport, snapshot, storeReport } from './support/snapshots.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-operator-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = () => join(dir, 'operator.json');

function setUp(start: string) {
  const clock = new ManualClock(ist(start));
  const told: string[] = [];
  const state = { job: null as string | null };
  let last: Partial<PipelineReport> | null = null;
  const make = () =>
    new Scheduler({
      calendar,
      clock,
      config: { prepare_lead_minutes: 45, backfill_days: 5 },
      logger: silentLogger,
      storeDates: async () => [],
      pendingJob: () => state.job,
      want: (wanted, _reason, actor) => told.push(`${wanted} for the ${actor}`),
      operator: operatorFile(file(), silentLogger),
      events: { publish: () => {} },
    });
  let scheduler = make();
  const see = async (report: Partial<PipelineReport> | null = last): Promise<void> => {
    last = report;
    const { wanted } = scheduler.wish;
    const pipeline =
      report === null
        ? line('pipeline', { state: 'stopped', pid: null, wanted })
        : line('pipeline', { report: pipelineReport(report), wanted });
    scheduler.observe(snapshot(clock.now(), [line('store', { report: storeReport() }), pipeline]));
    await clock.advance(0);
  };
  return {
    clock,
    told,
    state,
    see,
    get scheduler() {
      return scheduler;
    },
    /** The scheduler dies and is started again. */
    restart: async () => {
      scheduler.stop();
      scheduler = make();
      await see();
    },
    to: async (time: string) => {
      await clock.advanceTo(ist(time));
      await see();
      return scheduler.wish.wanted;
    },
  };
}

describe('a manual stop', () => {
  test('in session is told at once, on the account of the operator, and holds until the next day is prepared', async () => {
    const { see, to, told, scheduler } = setUp('2025-09-04 10:32');
    await see({ phase: 'session' });
    const change = scheduler.stopPipeline('control api');
    expect(change).toMatchObject({ changed: true, text: expect.stringContaining('2025-09-05 at 08:30') });
    expect(told).toEqual(['up for the calendar', 'down for the operator']);
    expect(scheduler.wish.reason).toBe(
      'stopped by control api on 2025-09-04 at 10:32, until 2025-09-05 at 08:30 or a manual start',
    );
    await see(null);
    expect(await to('2025-09-04 15:45')).toBe('down');
    expect(await to('2025-09-05 08:29')).toBe('down');
    expect(await to('2025-09-05 08:30')).toBe('up');
    expect(scheduler.override).toBeNull();
    expect(told.at(-1)).toBe('up for the calendar');
  });

  test('holds over the other window of a day with two, and over a weekend', async () => {
    const twoWindows = setUp('2024-03-02 09:40');
    await twoWindows.see({ phase: 'session', tradingDate: '2024-03-02' });
    twoWindows.scheduler.stopPipeline('test');
    await twoWindows.see(null);
    expect(await twoWindows.to('2024-03-02 11:45')).toBe('down');
    expect(await twoWindows.to('2024-03-03 12:00')).toBe('down');
    expect(await twoWindows.to('2024-03-04 08:30')).toBe('up');
  });

  test('before the preparation of a day lapses with it', async () => {
    const { see, to, scheduler } = setUp('2025-09-04 07:00');
    await see(null);
    scheduler.stopPipeline('test');
    expect(await to('2025-09-04 08:30')).toBe('up');
  });

  test('is respected by a scheduler that is started again, and by one that starts after the machine was off', async () => {
    const { see, to, restart, scheduler } = setUp('2025-09-04 10:00');
    await see({ phase: 'session' });
    scheduler.stopPipeline('test');
    await see(null);
    await restart();
    expect(await to('2025-09-04 11:00')).toBe('down');
    await restart();
    expect(await to('2025-09-05 09:20')).toBe('up');
    expect(readdirSync(dir)).toEqual([]);
  });

  test('is stronger than work that was asked for, and says that it waits', async () => {
    const { see, state, scheduler } = setUp('2025-09-06 10:00');
    await see(null);
    scheduler.stopPipeline('test');
    state.job = 'backfill of 2025-08-01 to 2025-09-05';
    await see(null);
    expect(scheduler.wish).toMatchObject({
      wanted: 'down',
      actor: 'operator',
      reason: expect.stringContaining('backfill of 2025-08-01 to 2025-09-05 waits'),
    });
  });

  test('changes nothing the second time', async () => {
    const { see, scheduler, told } = setUp('2025-09-04 10:00');
    await see({ phase: 'session' });
    scheduler.stopPipeline('the first');
    expect(scheduler.stopPipeline('the second')).toMatchObject({
      changed: false,
      text: expect.stringContaining('the first'),
    });
    expect(told).toHaveLength(2);
  });

  test('where the calendar knows no further day holds until a manual start', async () => {
    const { see, to, scheduler } = setUp('2026-12-31 10:00');
    await see({ phase: 'session', tradingDate: '2026-12-31' });
    scheduler.stopPipeline('test');
    expect(scheduler.override?.until).toBeNull();
    await see(null);
    expect(await to('2027-01-04 10:00')).toBe('down');
    expect(scheduler.startPipeline('test').changed).toBe(true);
    expect(scheduler.wish).toMatchObject({ wanted: 'up', actor: 'operator' });
  });
});

describe('a manual start', () => {
  test('lifts a manual stop while the calendar wants the pipeline up anyway', async () => {
    const { see, told, scheduler } = setUp('2025-09-04 10:00');
    await see({ phase: 'session' });
    scheduler.stopPipeline('test');
    await see(null);
    expect(scheduler.startPipeline('test')).toMatchObject({
      changed: true,
      text: expect.stringContaining('The manual stop is lifted'),
    });
    expect(scheduler.override).toBeNull();
    expect(told).toEqual(['up for the calendar', 'down for the operator', 'up for the calendar']);
    expect(scheduler.startPipeline('test')).toMatchObject({ changed: false, text: expect.stringContaining('anyway') });
  });

  test('on a holiday has the pipeline up until it has nothing left to do', async () => {
    const { see, told, scheduler, restart } = setUp('2025-08-27 11:00');
    await see(null);
    scheduler.startPipeline('test');
    expect(scheduler.startPipeline('test').changed).toBe(false);
    await see({ phase: 'job', tradingDate: '2025-08-27' });
    await restart();
    expect(scheduler.wish).toMatchObject({ wanted: 'up', actor: 'operator' });
    await see({ phase: 'done', tradingDate: '2025-08-27' });
    expect(told.at(-1)).toBe('down for the calendar');
    expect(readdirSync(dir)).toEqual([]);
  });

  test('is not ended by the run that had finished before it', async () => {
    const { see, scheduler } = setUp('2025-09-06 11:00');
    await see({ phase: 'done', tradingDate: '2025-09-06' });
    scheduler.startPipeline('test');
    await see({ phase: 'done', tradingDate: '2025-09-06' });
    expect(scheduler.wish.wanted).toBe('up');
  });

  test('does not outlast the next preparation, from which the calendar decides alone', async () => {
    const { see, to, scheduler } = setUp('2025-09-05 07:00');
    await see(null);
    scheduler.startPipeline('test');
    expect(await to('2025-09-05 08:29')).toBe('up');
    await to('2025-09-05 08:31');
    expect(scheduler.override).toBeNull();
    expect(scheduler.wish).toMatchObject({ wanted: 'up', actor: 'calendar' });
  });

  test('does not keep a process of yesterday from making room', async () => {
    const { see, scheduler } = setUp('2025-09-04 08:40');
    await see({ phase: 'job', tradingDate: '2025-09-03' });
    expect(scheduler.wish.wanted).toBe('down');
    expect(scheduler.startPipeline('test').changed).toBe(false);
    expect(scheduler.wish.wanted).toBe('down');
    const override: OperatorOverride = { wanted: 'up', since: 0, until: null, by: 'test' };
    const inputs = { calendar, now: ist('2025-09-04 08:40'), prepareLeadMinutes: 45, backfillDays: 5 };
    const known = { sealedDate: null, finished: null, storeDates: [], pendingJob: null, override };
    const running = { phase: 'job', tradingDate: '2025-09-03' } as const;
    expect(pipelineWish({ ...inputs, ...known, running }).wanted).toBe('down');
  });
});

describe('the file of the wish', () => {
  const wish: OperatorOverride = { wanted: 'down', since: 1, until: 2, by: 'test' };

  test('is readable by its owner alone and goes with the wish', () => {
    const memory = operatorFile(file(), silentLogger);
    memory.write(wish);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(memory.read()).toEqual(wish);
    memory.write(null);
    expect(memory.read()).toBeNull();
    expect(readdirSync(dir)).toEqual([]);
  });

  test.each([
    ['half of it', '{"version":1,"wan'],
    ['a later version', '{"version":2}'],
    ['nothing', ''],
  ])('is logged and ignored when it holds %s', (_what, text) => {
    writeFileSync(file(), text);
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    expect(operatorFile(file(), logger).read()).toBeNull();
    expect(warnings).toEqual([expect.stringContaining('damaged')]);
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });

  test('that cannot be written is named, and the wish holds for as long as the scheduler lives', async () => {
    const clock = new ManualClock(ist('2025-09-04 10:00'));
    const scheduler = new Scheduler({
      calendar,
      clock,
      config: { prepare_lead_minutes: 45, backfill_days: 5 },
      logger: silentLogger,
      storeDates: async () => [],
      pendingJob: () => null,
      want: () => {},
      operator: operatorFile(join(dir, 'missing', 'operator.json'), silentLogger),
      events: { publish: () => {} },
    });
    scheduler.observe(snapshot(clock.now(), [line('pipeline')]));
    scheduler.stopPipeline('test');
    expect(scheduler.wish.wanted).toBe('down');
    expect(scheduler.degraded).toContain("the operator's wish cannot be kept");
    expect(scheduler.errors).toBe(1);
    scheduler.stop();
  });
});

test('the next preparation passes over holidays, weekends and a day whose times nobody announced', () => {
  const next = (time: string) => istIso(nextPreparation(calendar, ist(time), 45) ?? 0);
  expect(next('2025-08-26 12:00')).toBe('2025-08-28T08:30:00+05:30');
  expect(next('2025-10-20 12:00')).toBe('2025-10-21T13:00:00+05:30');
  expect(next('2026-11-06 12:00')).toBe('2026-11-09T08:30:00+05:30');
});
