import { afterEach, describe, expect, test } from '@jest/globals';
import { atIst, istTimeOf, MINUTE_MS } from '@rtp/core';
import { type BenchOptions, DayBench } from './fixtures/day-bench.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const DATE = '2026-11-20';
const SHARES = Array.from({ length: 12 }, (_, index) => instrumentOf(index + 1, `S${index + 1}`));

let bench: DayBench;
afterEach(() => bench.stop());

function dayWith(given: Partial<BenchOptions> = {}): DayBench {
  bench = new DayBench({
    date: DATE,
    from: '09:00',
    instruments: SHARES,
    marketHours: { start: '09:15', end: '09:25' },
    ...given,
  });
  return bench.start();
}
const hhmm = (instant: number): string => istTimeOf(instant).slice(0, 5);

describe('each setting has its effect', () => {
  test.each([1, 3, 8])('performance.max_workers_data %i is the most calls in flight', async (workers) => {
    dayWith({ performance: { max_workers_data: workers } });
    await bench.until('09:45');
    expect(bench.report.sealed).toBe(true);
    expect(bench.broker.mostInFlight).toBe(workers);
  });

  test.each([
    [1, 12],
    [5, 3],
    [50, 1],
  ])('performance.batch_size %i makes %i batches of 12 swept symbols', async (size, batches) => {
    dayWith({ performance: { batch_size: size } });
    await bench.until('09:45');
    const swept = bench.store.batches.filter((batch) => batch.bars[0]?.state === 'reconciled');
    expect(swept).toHaveLength(batches);
    for (const batch of swept) {
      expect(new Set(batch.bars.map((bar) => bar.instrumentId)).size).toBeLessThanOrEqual(size);
    }
  });

  test('update_intervals.data_update_seconds seals so many minutes together', async () => {
    dayWith({ pipeline: { update_intervals: { data_update_seconds: 180 } } });
    await bench.until('09:26');
    const batches = bench.store.batches.map((batch) => [...new Set(batch.bars.map((bar) => hhmm(bar.ts)))]);
    expect(batches).toEqual([
      ['09:15', '09:16', '09:17'],
      ['09:18', '09:19', '09:20'],
      ['09:21', '09:22', '09:23'],
      ['09:24'],
    ]);
    expect(bench.report.minutesSealed).toBe(10);
  });

  test('market_hours narrows what is acquired and owed, from feed and charts alike', async () => {
    dayWith({ marketHours: { start: '10:00', end: '10:05' }, from: '09:30' });
    // The exchange itself trades all day: the tape of one share is made to say so.
    const tape = bench.tapes.get('S1');
    const early = atIst(DATE, '09:59');
    tape?.minutes.unshift({ ts: early, open: 1, high: 1, low: 1, close: 1, volume: 9 });
    await bench.until('10:25');
    expect(bench.report.sealed).toBe(true);
    expect(bench.store.barsOf(DATE, 'S1').map((bar) => hhmm(bar.ts))).toEqual([
      '10:00',
      '10:01',
      '10:02',
      '10:03',
      '10:04',
    ]);
    expect(bench.report.outOfSession).toBeGreaterThan(0);
  });

  test('priority_symbols are first on the feed, in every batch and in every round of charts', async () => {
    dayWith({ pipeline: { priority_symbols: ['S9', 'S4', 'NOSUCH'] }, performance: { max_workers_data: 1 } });
    await bench.until('09:45');
    expect(bench.broker.feedSymbols.slice(0, 3)).toEqual(['S9', 'S4', 'S1']);
    expect(bench.broker.chartCalls.map((call) => call.securityId).slice(0, 3)).toEqual(['1009', '1004', '1001']);
    expect(bench.warnings.join('\n')).toContain('priority symbols outside the universe: NOSUCH');
    const [first, second] = bench.store.batches[0]?.bars ?? [];
    expect([first?.open, second?.open]).toEqual([900, 400]);
  });

  test('with charts as the live source, priority symbols are refreshed more often', async () => {
    bench = new DayBench({
      date: DATE,
      from: '09:00',
      instruments: SHARES,
      marketHours: { start: '09:15', end: '10:15' },
      pipeline: { priority_symbols: ['S9'], sweep_reserve_calls: 2 },
      performance: { max_workers_data: 1 },
    });
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.broker.chartCallsLeft = 24 + 120;
    bench.start();
    await bench.until('10:10');
    const rounds = (securityId: string): number =>
      bench.broker.chartCalls.filter((call) => call.securityId === securityId).length;
    expect(rounds('1009')).toBeGreaterThan(2 * rounds('1001'));
    expect(rounds('1001')).toBeGreaterThan(3);
    // What the sweep needs has been kept.
    expect(bench.broker.chartCallsLeft).toBeGreaterThanOrEqual(24);
    await bench.until('10:35');
    expect(bench.report.sealed).toBe(true);
  });

  test('confirm_interval_ms is how often the candles of each priority symbol are asked for beside a feed that is well', async () => {
    dayWith({
      marketHours: { start: '09:15', end: '10:00' },
      // Candles are there before their minutes are sealed.
      pipeline: { priority_symbols: ['S9', 'S4'], confirm_interval_ms: 600_000, grace_ms: 5_000 },
    });
    bench.broker.chartAnswerMs = 1_500;
    await bench.until('09:59');
    const asked = bench.broker.chartCalls.map((call) => [hhmm(call.at), call.securityId, call.priority]);
    expect(asked).toEqual([
      ['09:25', '1009', 'priority'],
      ['09:30', '1004', 'priority'],
      ['09:35', '1009', 'priority'],
      ['09:40', '1004', 'priority'],
      ['09:45', '1009', 'priority'],
      ['09:50', '1004', 'priority'],
      ['09:55', '1009', 'priority'],
    ]);
    const states = (symbol: string): string[] => bench.store.barsOf(DATE, symbol).map(({ state }) => state);
    expect(
      states('S9')
        .slice(0, 39)
        .every((state) => state === 'confirmed'),
    ).toBe(true);
    expect(states('S1').every((state) => state === 'provisional')).toBe(true);
    // The live bar of a minute is never forestalled by its candle: they are there to be compared.
    const firstOf = new Map<string, string>();
    for (const { bars } of bench.store.batches) {
      for (const { instrumentId, ts, source } of bars) {
        const minute = `${instrumentId} ${ts}`;
        if (!firstOf.has(minute)) firstOf.set(minute, source);
      }
    }
    expect(new Set(firstOf.values())).toEqual(new Set(['feed']));
  });

  test('beside a feed that is well nothing is confirmed out of what is kept for sweep and repairs', async () => {
    bench = new DayBench({
      date: DATE,
      from: '09:00',
      instruments: SHARES,
      marketHours: { start: '09:15', end: '10:00' },
      pipeline: { priority_symbols: ['S9', 'S4'], confirm_interval_ms: 600_000, sweep_reserve_calls: 2 },
    });
    bench.broker.chartCallsLeft = 24;
    bench.start();
    await bench.until('09:59');
    expect(bench.broker.chartCalls).toEqual([]);
  });

  test('backfill_days 0 asks for no earlier day', async () => {
    dayWith({ pipeline: { backfill_days: 0 } });
    await bench.until('09:18');
    await bench.kill();
    await bench.clock.advanceTo(atIst('2026-11-21', '10:00'));
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(bench.report.phase).toBe('done');
    expect(bench.broker.chartCalls).toEqual([]);
  });
});
