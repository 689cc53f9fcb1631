import { describe, expect, test } from '@jest/globals';
import {
  anchorNow,
  atIst,
  istTimeOf,
  loadCalendar,
  ManualClock,
  MINUTE_MS,
  monotonicMs,
  realDelay,
  VirtualClock,
} from '@rtp/core';
import { LagMeter } from '../../packages/pipeline/src/bars/lag-meter.ts';
import { planDay } from '../../packages/pipeline/src/day/day-plan.ts';
import { cycleEnds } from '../../packages/pipeline/src/minute/cycle-ends.ts';
import { graceFor } from '../../packages/pipeline/src/minute/grace.ts';
import { MinuteSealer } from '../../packages/pipeline/src/minute/sealer.ts';
import type { LiveSource } from '../../packages/pipeline/src/sources/live-source.ts';
import { SourceSwitch } from '../../packages/pipeline/src/sources/source-switch.ts';

const DATE = '2026-11-20';
const calendar = loadCalendar({ file: 'config/calendar.json' });
const at = (time: string, date = DATE): number => atIst(date, time);
const hhmm = (instant: number): string => istTimeOf(instant).slice(0, 5);

describe('acquisition cycles', () => {
  test('end every cycle from each open, and with each window', () => {
    const windows = [
      { openMs: at('09:15'), closeMs: at('09:20') },
      { openMs: at('11:30'), closeMs: at('11:34') },
    ];
    const ends = cycleEnds(windows, 3 * MINUTE_MS, at('11:40')).map(hhmm);
    expect(ends.filter((end) => end <= '09:20')).toEqual(['09:18', '09:20']);
    expect(ends.filter((end) => end > '11:30')).toEqual(['11:33', '11:34', '11:37']);
  });

  test('go on after the last close for late packets', () => {
    const day = calendar.tradingDay(DATE);
    const ends = cycleEnds(day?.windows ?? [], MINUTE_MS, at('15:45'));
    expect([ends.length, hhmm(ends[0] as number), hhmm(ends.at(-1) as number)]).toEqual([375 + 14, '09:16', '15:44']);
  });
});

describe('the grace', () => {
  const bounds = { grace_ms: 2_000, grace_max_ms: 6_000 };
  test.each([
    [null, 2_000],
    [900, 2_000],
    [3_500, 3_500],
    [40_000, 6_000],
  ])('with a lag of %s it is %s ms', (lag, grace) => {
    expect(graceFor(lag, bounds)).toBe(grace);
  });

  test("follows the feed's own p95 over two windows", () => {
    const meter = new LagMeter();
    expect(meter.p95()).toBeNull();
    for (let sample = 0; sample < 95; sample += 1) meter.add(850);
    for (let sample = 0; sample < 5; sample += 1) meter.add(4_000);
    expect(meter.p95()).toBe(900);
    meter.add(4_000);
    expect(meter.p95()).toBe(4_100);
    meter.rotate();
    expect(meter.p95()).toBe(4_100);
    meter.rotate();
    expect(meter.p95()).toBeNull();
    meter.add(-5);
    meter.add(10_000_000);
    expect(meter.p95()).toBe(60_000);
  });
});

describe('sealing', () => {
  const ends = [1, 2, 3, 4].map((minute) => at('09:15') + minute * MINUTE_MS);
  const sealerOn = (clock: ManualClock | VirtualClock, graceFloorMs = 0) => {
    const sealed: [string, number][] = [];
    const sealer = new MinuteSealer({
      clock,
      cycleEnds: ends,
      graceMs: () => 2_000,
      graceFloorMs,
      seal: (end) => void sealed.push([hhmm(end), clock.now() - end]),
    });
    sealer.start();
    return { sealer, sealed };
  };

  test('happens a grace after the end of each cycle', async () => {
    const clock = new ManualClock(at('09:10'));
    const { sealed } = sealerOn(clock);
    await clock.advanceTo(at('09:17:01'));
    expect(sealed).toEqual([['09:16', 2_000]]);
    await clock.advanceTo(at('09:17:02'));
    expect(sealed.at(-1)).toEqual(['09:17', 2_000]);
  });

  test('starts with the cycle in progress', async () => {
    const clock = new ManualClock(at('09:17:30'));
    const { sealed } = sealerOn(clock);
    await clock.advanceTo(at('09:30'));
    expect(sealed.map(([end]) => end)).toEqual(['09:18', '09:19']);
  });

  test('on a stop, what has ended is sealed at once and nothing after', async () => {
    const clock = new ManualClock(at('09:15'));
    const { sealer, sealed } = sealerOn(clock);
    await clock.advanceTo(at('09:17:01'));
    sealer.stop();
    expect(sealed.map(([end]) => end)).toEqual(['09:16', '09:17']);
    await clock.advanceTo(at('09:30'));
    expect(sealed).toHaveLength(2);
  });

  test('on a market faster than the floor, every minute is sealed, in order, none before its floor', async () => {
    // A minute of market lasts 10 real ms, the floor 40.
    const clock = new VirtualClock(anchorNow(at('09:15'), 6_000 / 2));
    const started = monotonicMs();
    const { sealed } = sealerOn(clock, 40);
    while (sealed.length < 4 && monotonicMs() - started < 5_000) await realDelay(5);
    expect(sealed.map(([end]) => end)).toEqual(['09:16', '09:17', '09:18', '09:19']);
    for (const [, marketMs] of sealed) expect(marketMs / 3_000).toBeGreaterThanOrEqual(39);
    // The floors overlap: four minutes did not take four floors.
    expect(monotonicMs() - started).toBeLessThan(2_000);
  });
});

describe('the plan of a day', () => {
  const settings = { prepareLeadMinutes: 45, sweepDelayMs: 900_000, sealDeadline: '18:00' };
  test.each([
    ['2026-11-20', '08:30', '15:45', '18:00'],
    ['2025-10-21', '13:00', '15:00', '18:00'],
    ['2024-11-01', '17:15', '19:15', '21:30'],
    ['2024-03-02', '08:30', '12:45', '18:00'],
  ])('of %s', (date, prepare, sweep, deadline) => {
    const day = calendar.tradingDay(date);
    if (day === null) throw new Error('not a trading day');
    const plan = planDay(day, settings);
    expect([plan.prepareAt, plan.sweepAt, plan.sealDeadline].map(hhmm)).toEqual([prepare, sweep, deadline]);
  });
});

describe('the choice of the live source', () => {
  const make = () => {
    const up = { feed: true, chart: true };
    const source = (name: 'feed' | 'chart'): LiveSource => ({
      name,
      recoveryMs: name === 'feed' ? 10_000 : 0,
      health: () => ({ isUp: up[name], reason: up[name] ? '' : `${name} is down` }),
    });
    return { up, choice: new SourceSwitch([source('feed'), source('chart')], 0) };
  };

  test('is the best that is up, and says why it is not the best of all', () => {
    const { up, choice } = make();
    choice.look(0);
    expect([choice.current, choice.reason]).toEqual(['feed', '']);
    up.feed = false;
    expect(choice.look(1_000)).toBe(true);
    expect([choice.current, choice.reason]).toEqual(['chart', 'feed is down']);
    up.chart = false;
    choice.look(2_000);
    expect(choice.current).toBe('none');
  });

  test('goes back to a better source only after it has lasted', () => {
    const { up, choice } = make();
    up.feed = false;
    choice.look(0);
    up.feed = true;
    choice.look(5_000);
    expect(choice.current).toBe('chart');
    up.feed = false;
    choice.look(8_000);
    up.feed = true;
    choice.look(9_000);
    choice.look(18_999);
    expect(choice.current).toBe('chart');
    expect(choice.look(19_000)).toBe(true);
    expect([choice.current, choice.reason]).toEqual(['feed', '']);
  });

  test('takes any source at once when it has none', () => {
    const { up, choice } = make();
    up.feed = false;
    up.chart = false;
    choice.look(0);
    up.feed = true;
    choice.look(1);
    expect(choice.current).toBe('feed');
  });
});
