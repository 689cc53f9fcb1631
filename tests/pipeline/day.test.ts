import { afterEach, describe, expect, test } from '@jest/globals';
import { atIst, type Bar, type Instrument, istTimeOf, MINUTE_MS, RtpError } from '@rtp/core';
import { makeBatch } from '@rtp/store-client';
import { type BenchOptions, DayBench } from './fixtures/day-bench.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const DATE = '2026-11-20';
const TCS = instrumentOf(1, 'TCS');
const INFY = instrumentOf(2, 'INFY');
const THIN = instrumentOf(3, 'THIN');
const NIFTY = instrumentOf(4, 'NIFTY', { class: 'index', securityId: '13' });
const ALL = [TCS, INFY, THIN, NIFTY];
/** The thin share trades in one minute of three. */
const isQuiet = ({ symbol }: Instrument, index: number): boolean => symbol === 'THIN' && index % 3 !== 0;

let bench: DayBench;
afterEach(() => bench.stop());

/** A day of twenty minutes, 09:15 to 09:35, swept at 09:50. */
function shortDay(given: Partial<BenchOptions> = {}): DayBench {
  bench = new DayBench({
    date: DATE,
    from: '09:00',
    instruments: ALL,
    marketHours: { start: '09:15', end: '09:35' },
    isQuiet,
    ...given,
  });
  return bench;
}

const hhmm = (instant: number | null): string => (instant === null ? 'never' : istTimeOf(instant).slice(0, 5));
/** The store numbers instruments in the order of their listing: indices before shares. */
const symbolOf = ({ instrumentId }: Bar): string => ['', 'NIFTY', 'TCS', 'INFY', 'THIN'][instrumentId] as string;
const expectWholeDay = (): void => {
  for (const { symbol } of ALL) expect([symbol, bench.storedOf(symbol)]).toEqual([symbol, bench.officialOf(symbol)]);
  for (const { symbol } of ALL) {
    expect(
      bench.store.barsOf(bench.date, symbol).every(({ state, partial }) => state === 'reconciled' && !partial),
    ).toBe(true);
  }
};

describe('an ordinary day', () => {
  test('goes from prepare through session and sweep to a seal without unknown minutes', async () => {
    shortDay().start();
    await bench.until('09:10');
    expect(bench.report).toMatchObject({ phase: 'prepare', symbols: 4, source: 'feed', degraded: '' });
    await bench.until('09:20:05');
    expect(bench.report).toMatchObject({ phase: 'session', source: 'feed', minutesSealed: 5 });
    expect(hhmm(bench.report.lastSealedMinute)).toBe('09:19');
    await bench.until('09:49:59');
    expect(bench.report.phase).toBe('session');
    await bench.until('09:52');
    expect(bench.report).toMatchObject({ phase: 'done', sealed: true, sweepDone: 4, sweepTotal: 4, source: 'none' });
    expectWholeDay();
    expect(bench.store.seals).toHaveLength(1);
  });

  test('every minute is sealed for all instruments at once, in one batch of provisional bars', async () => {
    shortDay().start();
    await bench.until('09:36');
    const live = bench.store.batches.filter((batch) => batch.bars[0]?.source === 'feed');
    expect(live.map((batch) => hhmm(batch.bars[0]?.ts ?? null))).toEqual(
      Array.from({ length: 20 }, (_, index) => hhmm(atIst(DATE, '09:15') + index * MINUTE_MS)),
    );
    expect(live[0]?.bars.map(symbolOf)).toEqual(['NIFTY', 'TCS', 'INFY', 'THIN']);
    expect(live[1]?.bars.map(symbolOf)).toEqual(['NIFTY', 'TCS', 'INFY']);
    expect(live.flatMap((batch) => batch.bars).every((bar) => bar.state === 'provisional' && !bar.partial)).toBe(true);
    for (const batch of live) expect(istTimeOf(batch.bars[0]?.knownAt ?? 0).slice(6)).toBe('02');
  });

  test('feed volumes are exact and feed highs stay under official ones until the sweep corrects them', async () => {
    shortDay().start();
    await bench.until('09:49');
    const official = bench.officialOf('TCS');
    bench.storedOf('TCS').forEach((bar, index) => {
      expect(bar[5]).toBe(official[index]?.[5]);
      expect(bar[2]).toBeLessThan(official[index]?.[2] as number);
    });
    await bench.until('09:52');
    // Every bar of every instrument lacked its high.
    expect(bench.report.corrections).toBe(20 + 20 + 7 + 20);
  });

  test('minutes without trades are absences, found without asking a chart twice', async () => {
    shortDay().start();
    await bench.until('09:52');
    const absences = bench.store.absencesOf(DATE, 'THIN');
    expect(absences.size).toBe(13);
    expect(new Set(absences.values())).toEqual(new Set(['no_trades']));
    expect(bench.broker.chartCalls).toHaveLength(4);
    expect(bench.broker.chartCalls.every((call) => call.priority === 'sweep' && call.at >= atIst(DATE, '09:50'))).toBe(
      true,
    );
  });

  test('index minutes without volume are bars', async () => {
    shortDay().start();
    await bench.until('09:52');
    const bars = bench.store.barsOf(DATE, 'NIFTY');
    expect(bars).toHaveLength(20);
    expect(bars.every((bar) => bar.volume === 0)).toBe(true);
  });

  test('flat candles without volume are absences of a share', async () => {
    shortDay();
    const minutes = bench.tapes.get('THIN')?.minutes ?? [];
    const flat = [1, 2].map((index) => atIst(DATE, '09:15') + index * MINUTE_MS);
    minutes.push(...flat.map((ts) => ({ ts, open: 300, high: 300, low: 300, close: 300, volume: 0 })));
    minutes.sort((a, b) => a.ts - b.ts);
    bench.start();
    await bench.until('09:52');
    expect(flat.map((ts) => bench.store.absencesOf(DATE, 'THIN').get(ts))).toEqual(['no_trades', 'no_trades']);
    expect(bench.store.barsOf(DATE, 'THIN')).toHaveLength(7);
  });

  test('candles outside the expected minutes are counted and stored nowhere', async () => {
    shortDay();
    const ts = atIst(DATE, '09:40');
    bench.tapes.get('NIFTY')?.minutes.push({ ts, open: 1, high: 1, low: 1, close: 1, volume: 0 });
    bench.start();
    await bench.until('09:52');
    expect(bench.store.barsOf(DATE, 'NIFTY').some((bar) => bar.ts === ts)).toBe(false);
    // And the four snapshots of an earlier day.
    expect(bench.report.outOfSession).toBe(5);
  });
});

describe('sources that fail', () => {
  test('charts that answer 500 until after the close never stop the feed', async () => {
    shortDay();
    bench.broker.charts = (now) => (now < atIst(DATE, '10:10') ? 'fail' : 'answer');
    bench.start();
    await bench.until('09:36');
    expect(bench.report).toMatchObject({ source: 'feed', minutesSealed: 20 });
    expect(bench.storedOf('TCS')).toHaveLength(20);
    await bench.until('10:05');
    expect(bench.report).toMatchObject({ phase: 'sweep', sealed: false });
    expect(bench.report.errors).toBeGreaterThan(0);
    await bench.until('10:15');
    expect(bench.report.sealed).toBe(true);
    expectWholeDay();
  });

  test('a feed that is refused for want of a data plan is alerted once, quotes go on, and the alarm ends with it', async () => {
    shortDay();
    bench.broker.acceptsFeed = (now) => now >= atIst(DATE, '09:25');
    bench.broker.feedRefusal = { kind: 'no_plan', reason: 'data APIs not subscribed' };
    bench.start();
    await bench.until('09:20');
    expect(bench.report).toMatchObject({ source: 'quote', planLapsedSince: null });
    expect(bench.report.degraded).toContain('the broker denies the data plan to the live feed alone');
    await bench.until('09:30');
    expect(bench.report.source).toBe('feed');
    expect(bench.report.degraded).not.toContain('data plan');
    expect(bench.alerts.map(({ kind }) => kind)).toEqual(['data-plan-denied']);
  });

  test('with feed and quotes refused, charts carry the day and the seal finds it complete', async () => {
    shortDay();
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.start();
    await bench.until('09:25');
    expect(bench.report).toMatchObject({ source: 'chart' });
    expect(bench.report.sourceReason).toContain('HTTP 503');
    expect(bench.report.degraded).toContain('live source chart');
    const live = bench.store.barsOf(DATE, 'TCS');
    expect(live.length).toBeGreaterThanOrEqual(8);
    expect(live.every((bar) => bar.state === 'confirmed' && bar.source === 'chart')).toBe(true);
    await bench.until('10:08');
    expect(bench.report.sealed).toBe(true);
    expectWholeDay();
    expect(bench.store.absencesOf(DATE, 'THIN').size).toBe(13);
  });

  test('a mute socket is found by its silence, quotes take over, and the feed comes back after it has lasted', async () => {
    shortDay();
    const isMute = (now: number): boolean => now >= atIst(DATE, '09:20') && now < atIst(DATE, '09:24');
    bench.broker.isMute = isMute;
    // The stall has a real floor as well, which a hand-cranked clock cannot pass.
    bench = Object.assign(bench, {
      config: { ...bench.config, pipeline: { ...bench.config.pipeline, feed_stall_floor_ms: 0 } },
    });
    bench.start();
    await bench.until('09:22');
    expect(bench.report).toMatchObject({ source: 'quote' });
    expect(bench.report.sourceReason).toContain('feed');
    await bench.until('09:25');
    expect(bench.report.source).toBe('feed');
    expect(bench.broker.feedConnects).toBeGreaterThan(1);
    await bench.until('09:30:05');
    // The minutes of the silence have come from charts.
    expect(bench.storedOf('TCS')).toHaveLength(15);
    await bench.until('09:55');
    expect(bench.report.sealed).toBe(true);
    expectWholeDay();
  });

  test('silence after the last close, and between windows, is no stall', async () => {
    bench = new DayBench({
      date: DATE,
      from: '09:00',
      instruments: ALL,
      windows: [
        ['09:15', '09:20'],
        ['09:40', '09:45'],
      ],
      pipeline: { feed_stall_floor_ms: 0 },
    });
    bench.start();
    await bench.until('09:30');
    expect(bench.report).toMatchObject({ phase: 'gap', source: 'feed' });
    await bench.until('09:43');
    expect(bench.report).toMatchObject({ phase: 'session', source: 'feed' });
    await bench.until('10:03');
    expect(bench.report.sealed).toBe(true);
    expect(bench.broker.feedConnects).toBe(1);
    expectWholeDay();
    expect(bench.storedOf('TCS')).toHaveLength(10);
  });

  test('a lost connection that a quote bridges costs nothing', async () => {
    shortDay().start();
    await bench.until('09:19:30');
    bench.broker.dropFeed();
    await bench.until('09:34');
    expect(bench.broker.quoteCalls.map((call) => [istTimeOf(call.at), call.ids])).toEqual([['09:19:30', 4]]);
    expect(bench.broker.chartCalls).toEqual([]);
    expect(bench.store.barsOf(DATE, 'TCS').filter((bar) => bar.partial)).toEqual([]);
  });

  test('a lost connection that nothing bridges costs one chart call for each instrument that traded meanwhile', async () => {
    shortDay();
    bench.broker.quotes = () => 'fail';
    bench.start();
    await bench.until('09:19:30');
    bench.broker.dropFeed();
    await bench.until('09:34');
    // The thin share did not trade in that minute: nothing was missed of it.
    expect(bench.broker.chartCalls.map((call) => call.securityId).toSorted()).toEqual(['1001', '1002', '13']);
    expect(bench.broker.chartCalls.every((call) => call.priority === 'repair')).toBe(true);
    expect(hhmm(bench.broker.chartCalls[0]?.at ?? null)).toBe('09:21');
    const stored = bench.store.barsOf(DATE, 'TCS');
    expect(stored.filter((bar) => bar.partial)).toEqual([]);
    expect(stored.find((bar) => hhmm(bar.ts) === '09:19')).toMatchObject({ source: 'chart', state: 'confirmed' });
  });
});

describe('a universe larger than the feed takes', () => {
  test('has its first 5,000 instruments on the feed and the rest on quotes, and says so', async () => {
    const many = Array.from({ length: 5_002 }, (_, index) => instrumentOf(index + 1, `S${index + 1}`));
    shortDay({
      instruments: many,
      isQuiet: ({ instrumentId }) => instrumentId < 5_001,
      pipeline: { sweep_reserve_calls: 0 },
    });
    bench.start();
    await bench.until('09:18:30');
    expect(bench.broker.feedSymbols).toHaveLength(5_000);
    expect(bench.warnings.join()).toContain('2 instruments are more than the feed takes');
    expect(bench.store.barsOf(DATE, 'S5001').map(({ source, partial }) => [source, partial])).toEqual([
      ['quote', false],
      ['quote', false],
      ['quote', false],
    ]);
    expect(bench.report.sources.map(({ group, symbols, source }) => [group, symbols, source])).toEqual([
      ['share', 5_000, 'feed'],
      ['beyond_feed', 2, 'quote'],
    ]);
    expect(bench.broker.quoteCalls.every(({ ids }) => ids === 2)).toBe(true);
    expect(bench.report).toMatchObject({ source: 'feed', degraded: '' });
  });
});

describe('restarts', () => {
  test('a pipeline killed within the day comes back partial, repairs itself from charts and ends complete', async () => {
    shortDay().start();
    await bench.until('09:20:30');
    await bench.kill();
    await bench.until('09:23:20');
    bench.start();
    await bench.until('09:24:10');
    const resumed = bench.store.barsOf(DATE, 'TCS').find((bar) => hhmm(bar.ts) === '09:23');
    expect(resumed).toMatchObject({ partial: true, source: 'feed' });
    await bench.until('09:27');
    const repaired = bench.store.barsOf(DATE, 'TCS');
    expect(repaired.map((bar) => hhmm(bar.ts))).toContain('09:21');
    expect(repaired.filter((bar) => bar.partial)).toEqual([]);
    expect(bench.broker.masterCalls).toBe(1);
    for (const batch of bench.store.batches) expect(batch.bars.length + batch.absences.length).toBeGreaterThan(0);
    await bench.until('09:55');
    expect(bench.report.sealed).toBe(true);
    expectWholeDay();
  });

  test('a start after the close sweeps at once', async () => {
    shortDay({ from: '11:00' }).start();
    await bench.until('11:18');
    expect(bench.report).toMatchObject({ phase: 'done', sealed: true });
    expectWholeDay();
  });

  test('a pipeline killed in its sweep does not ask again for what it has delivered', async () => {
    shortDay({ performance: { batch_size: 1, max_workers_data: 1 } }).start();
    await bench.until('09:50');
    await bench.clock.advance(700);
    await bench.kill();
    const asked = bench.broker.chartCalls.length;
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(5);
    bench.start();
    await bench.until('10:08');
    expect(bench.report.sealed).toBe(true);
    // THIN alone: nobody is left who watched its quiet minutes.
    expect(new Set(bench.broker.chartCalls.slice(asked).map(({ securityId }) => securityId))).toEqual(
      new Set(['1003']),
    );
    expectWholeDay();
  });

  test('a start on a sealed day has nothing to do', async () => {
    shortDay().start();
    await bench.until('09:55');
    await bench.kill();
    const calls = bench.broker.chartCalls.length;
    bench.start();
    await bench.until('10:00');
    expect(bench.report).toMatchObject({ phase: 'done', sealed: true });
    expect(bench.broker.chartCalls).toHaveLength(calls);
  });

  test('batches lost on the way are sent again and committed once', async () => {
    shortDay().start();
    await bench.until('09:18');
    bench.store.answersToLose = 1;
    await bench.until('09:20:10');
    await expectEventually(() => bench.store.barsOf(DATE, 'TCS').length === 5);
    const sent = bench.store.arrivals.map((batch) => batch.seq);
    expect(sent.length).toBeGreaterThan(new Set(sent).size);
    const committed = bench.store.batches.map((batch) => batch.seq);
    expect(committed).toEqual([...new Set(committed)]);
  });
});

describe('the seal', () => {
  test('unknown minutes are repaired until the day is complete', async () => {
    shortDay();
    // Until 10:00 the charts know nothing of one share that the feed never showed either.
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.broker.charts = (now, { securityId }) =>
      securityId === '1001' && now < atIst(DATE, '10:00') ? 'empty' : 'answer';
    bench.start();
    await bench.until('09:58');
    expect(bench.report).toMatchObject({ phase: 'sweep', sealed: false });
    expect(new Set(bench.store.absencesOf(DATE, 'TCS').values())).toEqual(new Set(['unknown']));
    await bench.until('10:08');
    expect(bench.report.sealed).toBe(true);
    expect(bench.store.seals.at(-1)).toMatchObject({ force: false });
    expectWholeDay();
  });

  test('one instrument whose charts always fail holds up no other, and is recorded at the deadline', async () => {
    shortDay({ pipeline: { seal_retry_ms: 600_000 } });
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.broker.charts = (_now, { securityId }) => (securityId === '1002' ? 'fail' : 'answer');
    bench.start();
    await bench.until('09:58');
    expect(bench.report).toMatchObject({ phase: 'sweep', sweepDone: 3, sealed: false });
    expect(bench.storedOf('THIN')).toHaveLength(7);
    await bench.until('10:10');
    expect(new Set(bench.store.absencesOf(DATE, 'THIN').values())).toEqual(new Set(['no_trades']));
    await bench.until('18:01');
    expect(bench.report.sealed).toBe(true);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: false, unknown: 20 });
  });

  test('minutes that were unknown at the seal are brought by a later start, and the day is sealed anew', async () => {
    shortDay({ pipeline: { seal_retry_ms: 600_000 } });
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.broker.charts = (now, { securityId }) =>
      securityId === '1002' && now < atIst('2026-11-21', '00:00') ? 'empty' : 'answer';
    bench.start();
    await bench.until('18:01');
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: false, unknown: 20, generation: 1 });
    await bench.kill();
    await bench.clock.advanceTo(atIst('2026-11-21', '10:00'));
    const asked = bench.broker.chartCalls.length;
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true, generation: 2 });
    expect(bench.broker.chartCalls).toHaveLength(asked + 1);
    expectWholeDay();
  });

  test('minutes that stay unknown are asked for again by a later start, but the day is not sealed anew', async () => {
    shortDay({ pipeline: { seal_retry_ms: 600_000 } });
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.broker.charts = (_now, { securityId }) => (securityId === '1002' ? 'empty' : 'answer');
    bench.start();
    await bench.until('18:01');
    await bench.kill();
    await bench.clock.advanceTo(atIst('2026-11-21', '10:00'));
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(bench.report.phase).toBe('done');
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: false, generation: 1 });
  });

  test('at the deadline the day is sealed with its unknown minutes recorded', async () => {
    shortDay({ pipeline: { seal_retry_ms: 600_000 } });
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.broker.charts = (_now, { securityId }) => (securityId === '1001' ? 'empty' : 'answer');
    bench.start();
    await bench.until('17:59');
    expect(bench.report.sealed).toBe(false);
    await bench.until('18:01');
    expect(bench.report).toMatchObject({ phase: 'done', sealed: true });
    const last = bench.store.seals.at(-1);
    expect([last?.force, hhmm(last?.at ?? null)]).toEqual([true, '18:00']);
  });

  test('a feed that watched an instrument all day and saw nothing explains an empty chart', async () => {
    shortDay({ isQuiet: ({ symbol }) => symbol === 'THIN' }).start();
    await bench.until('09:58');
    expect(bench.report.sealed).toBe(true);
    expect(bench.store.absencesOf(DATE, 'THIN').size).toBe(20);
    expect(bench.broker.chartCalls.filter((call) => call.securityId === '1003')).toHaveLength(1);
  });

  test('charts that are empty at first are waited for: live bars are not sealed in place of official ones', async () => {
    shortDay();
    bench.broker.charts = (now) => (now < atIst(DATE, '11:00') ? 'empty' : 'answer');
    bench.start();
    await bench.until('10:59');
    expect(bench.report).toMatchObject({ phase: 'sweep', sealed: false });
    expect(bench.storedOf('TCS')).toHaveLength(20);
    await bench.until('11:30');
    expect(bench.report.sealed).toBe(true);
    expectWholeDay();
    // Asked ever more rarely: the day's calls last.
    expect(bench.broker.chartCalls.length).toBeLessThan(60);
  });

  test('one traded minute that the charts never have is asked for ten minutes long, then stays a live bar', async () => {
    shortDay();
    bench.tapes.get('TCS')?.minutes.splice(7, 1);
    bench.start();
    await bench.until('09:58');
    expect(bench.report.sealed).toBe(false);
    await bench.until('10:15');
    expect(bench.report.sealed).toBe(true);
    expect(bench.store.barsOf(DATE, 'TCS')[7]).toMatchObject({ source: 'feed', state: 'provisional' });
  });

  test('an evening session has its windows, and its deadline as long after its close as any day', async () => {
    const date = '2024-11-01';
    bench = new DayBench({
      date,
      from: '17:10',
      instruments: [instrumentOf(1, 'TCS')],
      pipeline: { seal_retry_ms: 600_000 },
    });
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.broker.charts = () => 'empty';
    bench.start();
    await bench.until('17:59');
    expect(bench.report.phase).toBe('prepare');
    await bench.until('18:30');
    expect(bench.report.phase).toBe('session');
    await bench.until('21:29');
    expect(bench.report).toMatchObject({ phase: 'sweep', sealed: false });
    await bench.until('21:31');
    expect(bench.report.sealed).toBe(true);
    expect(await bench.store.receipt(date)).toMatchObject({ unknown: 60, complete: false });
  });

  test('an evening day is built from its feed and swept like any other', async () => {
    bench = new DayBench({ date: '2024-11-01', from: '17:20', instruments: [TCS, THIN], isQuiet });
    bench.start();
    await bench.until('19:20');
    expect(bench.report).toMatchObject({ sealed: true, minutesSealed: 60 });
    expect(bench.storedOf('TCS')).toEqual(bench.officialOf('TCS'));
    expect(bench.storedOf('THIN')).toEqual(bench.officialOf('THIN'));
  });
});

describe('other days', () => {
  test('on a day without trading there is nothing to do', async () => {
    bench = new DayBench({ date: '2026-11-21', from: '10:00', instruments: [] });
    bench.start();
    await bench.until('10:01');
    expect(bench.report).toMatchObject({ phase: 'done', sealed: false, tradingDate: '2026-11-21' });
    expect(bench.broker.masterCalls).toBe(0);
  });

  test('out of session a missing day is brought and sealed, and a complete one is left alone', async () => {
    shortDay({ from: '09:00' }).start();
    await bench.until('09:19');
    await bench.kill();
    const saturday = atIst('2026-11-21', '10:00');
    await bench.clock.advanceTo(saturday);
    bench.start();
    await bench.clock.advanceTo(saturday + 5 * MINUTE_MS);
    expect(bench.report).toMatchObject({ phase: 'done', tradingDate: '2026-11-21' });
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
    expectWholeDay();
    expect(bench.broker.chartCalls.every((call) => call.priority === 'backfill')).toBe(true);
    const calls = bench.broker.chartCalls.length;
    await bench.kill();
    bench.start();
    await bench.clock.advanceTo(saturday + 10 * MINUTE_MS);
    expect(bench.broker.chartCalls).toHaveLength(calls);
  });

  test('a day that its process left between the close and the sweep is swept and sealed by the next, though it owes no minute', async () => {
    bench = new DayBench({
      date: DATE,
      from: '09:00',
      instruments: [TCS, THIN],
      marketHours: { start: '09:15', end: '09:25' },
    });
    bench.start();
    await bench.until('09:25:30');
    await bench.kill();
    expect(await bench.store.coverage(DATE)).toMatchObject({ state: 'open', complete: true });
    const saturday = atIst('2026-11-21', '10:00');
    await bench.clock.advanceTo(saturday);
    bench.start();
    await bench.clock.advanceTo(saturday + 5 * MINUTE_MS);
    expect(bench.report.phase).toBe('done');
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
    for (const symbol of ['TCS', 'THIN']) {
      expect(bench.storedOf(symbol)).toEqual(bench.officialOf(symbol));
      expect(bench.store.barsOf(DATE, symbol).every(({ state }) => state === 'reconciled')).toBe(true);
    }
  });

  test('a sealed day that has taken rows since is sealed again', async () => {
    shortDay({ from: '09:00' }).start();
    await bench.until('10:00');
    expect(await bench.store.receipt(DATE)).toMatchObject({ generation: 1, complete: true });
    await bench.kill();
    const [bar] = bench.store.barsOf(DATE, 'TCS') as [Bar];
    const late = { ...bar, close: bar.low, knownAt: bar.knownAt + 1 };
    await bench.store.append(makeBatch({ producerId: 'test', epoch: 9, seq: 1, tradingDate: DATE }, { bars: [late] }));
    expect(await bench.store.dates()).toEqual([{ date: DATE, state: 'open' }]);
    const saturday = atIst('2026-11-21', '10:00');
    await bench.clock.advanceTo(saturday);
    const calls = bench.broker.chartCalls.length;
    bench.start();
    await bench.clock.advanceTo(saturday + 5 * MINUTE_MS);
    expect(bench.report.phase).toBe('done');
    expect(await bench.store.receipt(DATE)).toMatchObject({ generation: 2 });
    expect(bench.broker.chartCalls).toHaveLength(calls);
  });

  test('days before an instrument was tracked are not asked for', async () => {
    shortDay({ from: '08:35' }).start();
    await bench.until('09:14');
    expect(bench.broker.chartCalls).toEqual([]);
  });

  test('a start long before the open waits for the time to prepare', async () => {
    shortDay({ from: '03:00' }).start();
    await bench.until('08:29');
    expect(bench.broker.masterCalls).toBe(0);
    await bench.until('08:31');
    expect(bench.broker.masterCalls).toBe(1);
  });

  test('wrong credentials end the process with their own exit code', async () => {
    shortDay();
    bench.broker.tokenError = new RtpError('RTP_DHAN_TOKEN_REJECTED', { summary: '', fix: '', exitCode: 77 }, 'no');
    bench.start();
    await bench.until('09:01');
    expect(bench.exits).toMatchObject([{ code: 'RTP_DHAN_TOKEN_REJECTED', exitCode: 77 }]);
  });
});

/** Waits for real work (back-off of a resend) without a fixed sleep. */
async function expectEventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000 && !holds(); turn += 1) await new Promise(setImmediate);
  expect(holds()).toBe(true);
}
