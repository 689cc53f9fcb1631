import { describe, expect, test } from '@jest/globals';
import { istIso, silentLogger } from '@rtp/core';
import { pipelineWish, Scheduler } from '@rtp/scheduler';
import fc from 'fast-check';
import { SettableClock } from './support/settable-clock.ts';
import { calendar, ist, line, pipelineReport, snapshot } from './support/snapshots.ts';

const DAY_MS = 86_400_000;

function schedulerAt(start: string) {
  const clock = new SettableClock(ist(start));
  const told: string[] = [];
  const scheduler = new Scheduler({
    calendar,
    clock,
    config: { prepare_lead_minutes: 45, backfill_days: 5 },
    logger: silentLogger,
    storeDates: async () => [],
    pendingJob: () => null,
    want: (wanted) => told.push(wanted),
    operator: { read: () => null, write: () => {} },
    events: { publish: () => {} },
  });
  /** The manager's next snapshot, in which the pipeline runs as wanted. */
  const look = () => {
    const isUp = scheduler.wish.wanted === 'up';
    const report = pipelineReport({ tradingDate: istIso(clock.now()).slice(0, 10) });
    const pipeline = isUp ? line('pipeline', { report }) : line('pipeline', { state: 'stopped', pid: null });
    scheduler.observe(snapshot(clock.now(), [pipeline]));
    return scheduler.wish.wanted;
  };
  return { clock, told, scheduler, look };
}

describe('a clock that is set', () => {
  test('back by ten minutes in session stops nothing', async () => {
    const { clock, told, look } = schedulerAt('2025-09-04 09:20');
    look();
    await clock.set(ist('2025-09-04 09:10'));
    expect(look()).toBe('up');
    await clock.set(ist('2025-09-04 15:29'));
    expect(look()).toBe('up');
    await clock.set(ist('2025-09-04 15:19'));
    expect(look()).toBe('up');
    expect(new Set(told)).toEqual(new Set(['up']));
  });

  test('back by ten minutes over the start of preparation waits for it again, and starts at the right time', async () => {
    const { clock, scheduler } = schedulerAt('2025-09-04 08:31');
    const stopped = () => scheduler.observe(snapshot(clock.now(), [line('pipeline', { state: 'stopped', pid: null })]));
    stopped();
    await clock.set(ist('2025-09-04 08:21'));
    stopped();
    expect(scheduler.wish).toMatchObject({ wanted: 'down', until: ist('2025-09-04 08:30') });
    await clock.set(ist('2025-09-04 08:30'));
    // Nobody has looked: the timer alone has it up.
    expect(scheduler.wish.wanted).toBe('up');
  });

  test('back over midnight, and forward again, ends where the calendar says', async () => {
    const { clock, look, scheduler } = schedulerAt('2025-09-05 00:05');
    expect(look()).toBe('down');
    await clock.set(ist('2025-09-04 23:55'));
    look();
    expect(scheduler.wish.until).toBe(ist('2025-09-05 00:00'));
    await clock.set(ist('2025-09-05 00:06'));
    look();
    expect(scheduler.wish).toMatchObject({ wanted: 'down', until: ist('2025-09-05 08:30') });
  });

  test('forward over the open, as on a laptop that slept through it, starts it at once', async () => {
    const { clock, told, look, scheduler } = schedulerAt('2025-09-03 23:00');
    look();
    await clock.set(ist('2025-09-04 11:07'));
    expect(scheduler.wish.reason).toContain('open until 15:30');
    expect(told.at(-1)).toBe('up');
  });

  test('forward from one session into the next makes room for a process of that day', async () => {
    const { clock, look, scheduler } = schedulerAt('2025-09-04 14:00');
    look();
    await clock.set(ist('2025-09-05 10:00'));
    scheduler.observe(snapshot(clock.now(), [line('pipeline', { report: pipelineReport() })]));
    expect(scheduler.wish).toMatchObject({ wanted: 'down', reason: expect.stringContaining('making room') });
    scheduler.observe(snapshot(clock.now(), [line('pipeline', { state: 'stopped', pid: null })]));
    expect(scheduler.wish.wanted).toBe('up');
    expect(look()).toBe('up');
  });

  test('forward over both windows of a day with two, and over the Muhurat hour, asks for the sweep', async () => {
    for (const [from, to] of [
      ['2024-03-02 09:00', '2024-03-02 13:00'],
      ['2025-10-21 12:30', '2025-10-21 15:00'],
    ] as const) {
      const { clock, look, scheduler } = schedulerAt(from);
      look();
      await clock.set(ist(to));
      scheduler.observe(
        snapshot(clock.now(), [line('pipeline', { report: pipelineReport({ tradingDate: to.slice(0, 10) }) })]),
      );
      expect(scheduler.wish).toMatchObject({ wanted: 'up', reason: expect.stringContaining('sweeping') });
    }
  });

  test('into a day whose times nobody announced, says so, and goes on the day after', async () => {
    const { clock, look, scheduler } = schedulerAt('2026-11-06 16:00');
    look();
    await clock.set(ist('2026-11-08 18:00'));
    scheduler.observe(snapshot(clock.now(), [line('pipeline', { state: 'stopped', pid: null })]));
    expect(scheduler.degraded).toContain('RTP_CALENDAR_TIMES_UNKNOWN');
    await clock.set(ist('2026-11-09 08:30'));
    expect(look()).toBe('up');
    expect(scheduler.degraded).toBe('');
  });
});

test('after any walk of instants the wish is that of a scheduler which knows nothing of the walk', async () => {
  const first = ist('2025-10-17 00:00');
  const instant = fc.integer({ min: first, max: first + 8 * DAY_MS });
  await fc.assert(
    fc.asyncProperty(fc.array(instant, { minLength: 2, maxLength: 12 }), async (walk) => {
      const clock = new SettableClock(walk[0] ?? first);
      const scheduler = new Scheduler({
        calendar,
        clock,
        config: { prepare_lead_minutes: 45, backfill_days: 5 },
        logger: silentLogger,
        storeDates: async () => [],
        pendingJob: () => null,
        want: () => {},
        operator: { read: () => null, write: () => {} },
        events: { publish: () => {} },
      });
      for (const now of walk) {
        await clock.set(now);
        scheduler.observe(snapshot(now, [line('pipeline', { state: 'stopped', pid: null })]));
        const afresh = pipelineWish({
          calendar,
          now,
          prepareLeadMinutes: 45,
          backfillDays: 5,
          running: null,
          sealedDate: null,
          finished: null,
          storeDates: null,
          pendingJob: null,
          override: null,
        });
        expect(scheduler.wish).toEqual(afresh);
      }
      scheduler.stop();
    }),
    { numRuns: 200 },
  );
});
