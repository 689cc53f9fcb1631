import { describe, expect, test } from '@jest/globals';
import { istIso } from '@rtp/core';
import { pipelineWish, type WishInputs } from '@rtp/scheduler';
import fc from 'fast-check';
import { calendar, ist } from './support/snapshots.ts';

const NOTHING_KNOWN = {
  running: null,
  sealedDate: null,
  finished: null,
  storeDates: [],
  pendingJob: null,
  override: null,
} as const;

const wishAt = (time: string, over: Partial<WishInputs> = {}) =>
  pipelineWish({
    calendar,
    now: ist(time),
    prepareLeadMinutes: 45,
    backfillDays: 5,
    ...NOTHING_KNOWN,
    ...over,
  });

describe('the pipeline on the calendar', () => {
  test.each([
    [
      'a regular morning before preparation',
      '2025-09-04 08:29:59',
      'down',
      '2025-09-04T08:30:00+05:30',
      'preparation begins at 08:30',
    ],
    ['45 minutes before the open', '2025-09-04 08:30', 'up', '2025-09-04T09:15:00+05:30', 'preparing, opens at 09:15'],
    ['the open', '2025-09-04 09:15', 'up', '2025-09-04T15:30:00+05:30', 'open until 15:30'],
    ['started in mid-session', '2025-09-04 12:01:30', 'up', '2025-09-04T15:30:00+05:30', 'open until 15:30'],
    ['the close', '2025-09-04 15:30', 'up', '2025-09-05T00:00:00+05:30', 'sweeping until 2025-09-04 is sealed'],
    ['started at 20:00 on an unsealed day', '2025-09-04 20:00', 'up', '2025-09-05T00:00:00+05:30', 'sweeping'],
    ['a holiday', '2025-08-27 11:00', 'down', '2025-08-28T00:00:00+05:30', 'Shri Ganesh Chaturthi'],
    ['a Sunday', '2025-09-07 11:00', 'down', '2025-09-08T00:00:00+05:30', 'Sunday'],
    ['a Sunday that trades', '2026-02-01 11:00', 'up', '2026-02-01T15:30:00+05:30', 'Union Budget'],
    [
      'the morning of Muhurat trading',
      '2025-10-21 12:59',
      'down',
      '2025-10-21T13:00:00+05:30',
      'preparation begins at 13:00',
    ],
    ['before the Muhurat hour', '2025-10-21 13:00', 'up', '2025-10-21T13:45:00+05:30', 'opens at 13:45'],
    ['the Muhurat hour', '2025-10-21 14:44', 'up', '2025-10-21T14:45:00+05:30', 'Muhurat trading'],
    ['after the Muhurat hour', '2025-10-21 14:45', 'up', '2025-10-22T00:00:00+05:30', 'sweeping'],
    ['the first of two windows', '2024-03-02 09:30', 'up', '2024-03-02T10:00:00+05:30', 'open until 10:00'],
    ['the gap between two windows', '2024-03-02 10:00', 'up', '2024-03-02T11:30:00+05:30', 'opens again at 11:30'],
    ['the second of two windows', '2024-03-02 12:29', 'up', '2024-03-02T12:30:00+05:30', 'open until 12:30'],
    ['the seconds around a year boundary', '2025-12-31 23:59:59', 'up', '2026-01-01T00:00:00+05:30', 'sweeping'],
  ] as const)('%s (%s): %s', (_name, time, wanted, until, reason) => {
    const wish = wishAt(time);
    expect(wish).toMatchObject({ wanted, degraded: '' });
    expect(istIso(wish.until)).toBe(until);
    expect(wish.reason).toContain(reason);
  });

  test('a day whose times were never announced is left alone and named as degraded', () => {
    const wish = wishAt('2026-11-08 18:30');
    expect(wish.wanted).toBe('down');
    expect(wish.degraded).toContain('RTP_CALENDAR_TIMES_UNKNOWN');
    expect(wish.reason).toContain('2026-11-08');
    expect(istIso(wish.until)).toBe('2026-11-09T00:00:00+05:30');
  });

  test('a day after the calendar ends is left alone and named as degraded', () => {
    expect(wishAt('2027-03-01 10:00')).toMatchObject({
      wanted: 'down',
      degraded: expect.stringContaining('RTP_CALENDAR_OUT_OF_RANGE'),
    });
  });
});

describe('after the seal', () => {
  test('the pipeline is down once it has reported the receipt', () => {
    const wish = wishAt('2025-09-04 16:10', { sealedDate: '2025-09-04' });
    expect(wish).toMatchObject({ wanted: 'down', reason: '2025-09-04 is sealed', degraded: '' });
  });

  test('a pipeline with work left on earlier days ends it first', () => {
    const sealed = { sealedDate: '2025-09-04' };
    const at = (phase: 'sweep' | 'job' | 'done') =>
      wishAt('2025-09-04 16:10', { ...sealed, running: { phase, tradingDate: '2025-09-04' } }).wanted;
    expect([at('sweep'), at('job'), at('done')]).toEqual(['up', 'up', 'down']);
  });

  test('the store alone can say that the day is sealed', () => {
    expect(wishAt('2025-09-04 20:00', { storeDates: [{ date: '2025-09-04', state: 'sealed' }] }).wanted).toBe('down');
  });

  test('another day being sealed does not count', () => {
    expect(wishAt('2025-09-04 16:10', { sealedDate: '2025-09-03' }).wanted).toBe('up');
  });

  test('after the close nobody is started before the store has said whether the day is sealed', () => {
    expect(wishAt('2025-09-04 20:00', { storeDates: null })).toMatchObject({
      wanted: 'down',
      reason: expect.stringContaining('Waiting for the store'),
    });
  });

  test('a sweep under way goes on while the store is silent', () => {
    const running = { phase: 'sweep', tradingDate: '2025-09-04' } as const;
    expect(wishAt('2025-09-04 15:50', { storeDates: null, running }).wanted).toBe('up');
    expect(wishAt('2025-09-05 00:10', { storeDates: null, running }).wanted).toBe('up');
  });

  test('in session the pipeline does not wait for the store', () => {
    expect(wishAt('2025-09-04 10:00', { storeDates: null }).wanted).toBe('up');
  });

  test('a pipeline that finished without a seal is let go, and the day is named', () => {
    const wish = wishAt('2025-09-04 18:05', { finished: { at: ist('2025-09-04 18:01'), tradingDate: '2025-09-04' } });
    expect(wish).toMatchObject({ wanted: 'down', degraded: '2025-09-04 is not sealed' });
  });
});

describe('past days that are not sealed', () => {
  const friday = { date: '2025-09-05', state: 'open' } as const;

  test('bring the pipeline up on a weekend', () => {
    const wish = wishAt('2025-09-06 10:00', { storeDates: [friday] });
    expect(wish).toMatchObject({ wanted: 'up', reason: expect.stringContaining('completing 2025-09-05') });
  });

  test('bring it up before the morning preparation too', () => {
    expect(wishAt('2025-09-08 07:00', { storeDates: [friday] }).wanted).toBe('up');
  });

  test('count days that the store never saw since its first', () => {
    const wish = wishAt('2025-09-06 10:00', { storeDates: [{ date: '2025-09-03', state: 'sealed' }] });
    expect(wish).toMatchObject({ wanted: 'up', reason: expect.stringContaining('2 days up to 2025-09-05') });
  });

  test('are not asked for twice: a finished attempt ends it', () => {
    const wish = wishAt('2025-09-06 10:00', {
      storeDates: [friday],
      finished: { at: ist('2025-09-06 09:00'), tradingDate: '2025-09-06' },
    });
    expect(wish).toMatchObject({ wanted: 'down', degraded: expect.stringContaining('2025-09-05') });
  });

  test('are asked for again after a newer day went wrong', () => {
    const wish = wishAt('2025-09-06 10:00', {
      storeDates: [friday],
      finished: { at: ist('2025-09-05 09:00'), tradingDate: '2025-09-05' },
    });
    expect(wish.wanted).toBe('up');
  });

  test('further back than the configured days are left alone', () => {
    const storeDates = [
      { date: '2025-08-20', state: 'open' },
      ...['2025-08-29', '2025-09-01', '2025-09-02', '2025-09-03', '2025-09-04', '2025-09-05'].map(
        (date) => ({ date, state: 'sealed' }) as const,
      ),
    ] as const;
    expect(wishAt('2025-09-06 10:00', { storeDates }).wanted).toBe('down');
  });

  test('do not matter to a store that has none', () => {
    expect(wishAt('2025-09-06 10:00', { storeDates: [] }).wanted).toBe('down');
  });
});

describe('work that was asked for', () => {
  const pendingJob = 'backfill of 2025-08-01 to 2025-09-03';
  const done = { phase: 'done', tradingDate: '2025-09-04' } as const;

  test.each([
    ['on a Sunday', '2025-09-07 11:00', {}],
    ['before preparation', '2025-09-04 05:00', {}],
    ['while the store is silent', '2025-09-07 11:00', { storeDates: null }],
    ['after the seal', '2025-09-04 17:00', { sealedDate: '2025-09-04' }],
    [
      'after the seal, in the process that has nothing else to do',
      '2025-09-04 17:00',
      { sealedDate: '2025-09-04', running: done },
    ],
    [
      'after a day that could not be sealed',
      '2025-09-04 18:05',
      { running: done, finished: { at: ist('2025-09-04 18:01'), tradingDate: '2025-09-04' } },
    ],
    [
      'over midnight, in the process that is at it',
      '2025-09-05 00:10',
      { running: { phase: 'job', tradingDate: '2025-09-04' } },
    ],
  ] as const)('keeps the pipeline up %s', (_when, time, over) => {
    expect(wishAt(time, { ...over, pendingJob })).toMatchObject({
      wanted: 'up',
      reason: expect.stringContaining(pendingJob),
    });
    expect(wishAt(time, { ...over }).wanted).toBe('down');
  });

  test.each(['2025-09-04 08:30', '2025-09-04 11:00', '2025-09-04 17:00'])(
    "does not keep yesterday's process when today's is due, at %s",
    (time) => {
      const running = { phase: 'job', tradingDate: '2025-09-03' } as const;
      expect(wishAt(time, { running, pendingJob })).toMatchObject({
        wanted: 'down',
        reason: expect.stringContaining('making room'),
      });
    },
  );
});

describe('a pipeline process belongs to its date', () => {
  const yesterdays = { phase: 'sweep', tradingDate: '2025-09-03' } as const;

  test.each(['2025-09-04 08:30', '2025-09-04 11:00', '2025-09-04 16:00'])(
    "yesterday's makes room for today's at %s, however the night was slept through",
    (time) => {
      expect(wishAt(time, { running: yesterdays })).toMatchObject({
        wanted: 'down',
        reason: expect.stringContaining('making room'),
      });
      expect(wishAt(time, { running: null }).wanted).toBe('up');
    },
  );

  test("yesterday's may finish until today's is due", () => {
    const storeDates = [{ date: '2025-09-03', state: 'open' }] as const;
    expect(wishAt('2025-09-04 02:00', { running: yesterdays, storeDates }).wanted).toBe('up');
  });

  test("yesterday's having finished this evening says nothing about today", () => {
    const finished = { at: ist('2025-09-04 16:00'), tradingDate: '2025-09-03' };
    expect(wishAt('2025-09-04 16:01', { finished }).wanted).toBe('up');
  });

  test('one that finished early makes room for the session', () => {
    const running = { phase: 'done', tradingDate: '2025-09-04' } as const;
    const finished = { at: ist('2025-09-04 08:31'), tradingDate: '2025-09-04' };
    expect(wishAt('2025-09-04 08:31', { running, finished }).wanted).toBe('down');
    expect(wishAt('2025-09-04 08:32', { running: null, finished }).wanted).toBe('up');
  });
});

test('an answer holds until the instant it names, whatever else is known', () => {
  const instant = fc.integer({ min: ist('2024-01-01 00:00'), max: ist('2027-01-10 00:00') });
  const date = fc.constantFrom('2024-03-02', '2025-09-03', '2025-09-04', '2025-10-21', '2026-11-08');
  const state = fc.constantFrom('open' as const, 'sealed' as const);
  const storeDates = fc.uniqueArray(fc.record({ date, state }), { selector: (known) => known.date });
  const situation = fc.record({
    running: fc.option(
      fc.record({ phase: fc.constantFrom('session' as const, 'sweep' as const, 'done' as const), tradingDate: date }),
    ),
    sealedDate: fc.option(date),
    finished: fc.option(fc.record({ at: instant, tradingDate: date })),
    override: fc.option(
      fc.record({
        wanted: fc.constantFrom('up' as const, 'down' as const),
        since: instant,
        until: fc.option(instant),
        by: fc.constant('test'),
      }),
    ),
    storeDates: fc.option(storeDates.map((dates) => dates.toSorted((a, b) => (a.date < b.date ? -1 : 1)))),
  });
  const window = fc.tuple(instant, fc.integer({ min: 0, max: 999 }));
  const wish = (now: number, over: Partial<WishInputs>) =>
    pipelineWish({ calendar, prepareLeadMinutes: 45, backfillDays: 5, now, ...NOTHING_KNOWN, ...over });
  fc.assert(
    fc.property(window, situation, ([now, perMille], over) => {
      const first = wish(now, over);
      expect(first.until).toBeGreaterThan(now);
      expect(wish(now + Math.floor(((first.until - now) * perMille) / 1_000), over)).toEqual(first);
    }),
    { numRuns: 2_000 },
  );
});
