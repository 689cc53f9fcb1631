import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { atIst, type Bar, type Instrument, RtpError } from '@rtp/core';
import { IndicatorEngine, sessionFields, storedColumns, storedValue } from '@rtp/indicators';
import { type IndicatorRows, NULL_I16 } from '@rtp/store-client';
import { DayGrid } from '../../packages/pipeline/src/bars/day-grid.ts';
import { DayIndicators } from '../../packages/pipeline/src/indicators/day-indicators.ts';
import { eventually } from '../dhan/support/eventually.ts';
import { type BenchOptions, DayBench } from './fixtures/day-bench.ts';
import { instrumentOf } from './fixtures/instruments.ts';
import type { IndicatorRow } from './fixtures/memory-store.ts';

const DATE = '2026-11-20';
const TCS = instrumentOf(1, 'TCS');
const THIN = instrumentOf(2, 'THIN');
const NIFTY = instrumentOf(3, 'NIFTY', { class: 'index', securityId: '13' });
const ALL = [TCS, THIN, NIFTY];
const isQuiet = ({ symbol }: Instrument, index: number): boolean => symbol === 'THIN' && index % 3 !== 0;

let bench: DayBench;
afterEach(() => bench.stop());

function day(given: Partial<BenchOptions> = {}): DayBench {
  bench = new DayBench({
    date: DATE,
    from: '09:00',
    instruments: ALL,
    marketHours: { start: '09:15', end: '10:15' },
    isQuiet,
    ...given,
  });
  return bench;
}

/** What a run over the stored bars of a series' first day gives, as it is stored. */
function recomputed(symbol: string): ReadonlyMap<number, readonly number[]> {
  const bars = bench.store.barsOf(DATE, symbol).filter((bar) => !bar.partial);
  const engine = new IndicatorEngine(
    storedColumns.map(({ name }) => name),
    1,
  );
  const pick = (of: (bar: Bar) => number): Float64Array => Float64Array.from(bars, of);
  const out = storedColumns.map(() => new Float64Array(bars.length));
  const fields = sessionFields(
    bars.map(({ ts }) => ts),
    bench.calendar,
  );
  const tick = ALL.find((instrument) => instrument.symbol === symbol)!.tickPaise / 100;
  engine.run(
    0,
    {
      length: bars.length,
      open: pick((bar) => bar.open),
      high: pick((bar) => bar.high),
      low: pick((bar) => bar.low),
      close: pick((bar) => bar.close),
      volume: pick((bar) => bar.volume),
      tick: pick(() => tick),
      ...fields,
    },
    out,
  );
  return new Map(
    bars.map(({ ts }, bar) => [
      ts,
      storedColumns.map((column, index) => {
        const value = storedValue(column, out[index]![bar]!);
        return column.valueType === 'i16' && Number.isNaN(value) ? NULL_I16 : value;
      }),
    ]),
  );
}

/** Those of minutes with a whole bar: nobody reads another. */
function sentRows(symbol: string): ReadonlyMap<number, readonly number[]> {
  const bars = bench.store.barsOf(DATE, symbol);
  const whole = new Set(bars.filter((bar) => !bar.partial).map(({ ts }) => ts));
  const own = [...bench.store.indicatorsOf(DATE).values()].filter(
    (row: IndicatorRow) => row.instrumentId === bars[0]!.instrumentId && whole.has(row.ts),
  );
  return new Map(own.toSorted((a, b) => a.ts - b.ts).map(({ ts, values }) => [ts, values]));
}

function expectRowsOfAll(): void {
  for (const { symbol } of ALL) {
    const want = recomputed(symbol);
    expect(want.size).toBeGreaterThan(7);
    expect([symbol, sentRows(symbol)]).toEqual([symbol, want]);
  }
}

describe('through a day', () => {
  test('each minute brings the rows of its bars in the same batch', async () => {
    day().start();
    await bench.until('09:40');
    const live = bench.store.batches.filter((batch) => batch.bars[0]?.source === 'feed');
    expect(live.length).toBe(24);
    for (const { bars, indicators } of live) {
      expect([...indicators.instrumentIds]).toEqual(bars.map((bar) => bar.instrumentId));
      expect([...indicators.ts]).toEqual(bars.map((bar) => bar.ts));
    }
    expectRowsOfAll();
  });

  test('a batch of which very many rows would follow leaves as several, each with the rows of its bars', async () => {
    day({ pipeline: { delivery_batch_rows: 70 } }).start();
    await bench.until('10:31');
    expect(bench.report).toMatchObject({ phase: 'done', sealed: true });
    const swept = bench.store.batches.filter((batch) => batch.bars[0]?.state === 'reconciled');
    expect(swept.map(({ bars }) => [...new Set(bars.map(({ instrumentId }) => instrumentId))])).toEqual([
      [1],
      [2],
      [3],
    ]);
    for (const { bars, indicators } of swept) {
      expect(indicators.ts.length).toBeLessThanOrEqual(70);
      for (const instrumentId of indicators.instrumentIds) expect(instrumentId).toBe(bars[0]?.instrumentId);
    }
    expectRowsOfAll();
  });

  test('official candles change the rows of their minute and of those after it, and no others', async () => {
    day().start();
    await bench.until('10:31');
    expect(bench.report).toMatchObject({ phase: 'done', sealed: true });
    expect(bench.report.corrections).toBeGreaterThan(0);
    expectRowsOfAll();
    const swept = bench.store.batches.filter((batch) => batch.bars[0]?.state === 'reconciled');
    expect(swept.some((batch) => batch.indicators.ts.length > 0)).toBe(true);
  });

  test('with a feed that is refused, charts bring bars and rows alike', async () => {
    day();
    bench.broker.acceptsFeed = () => false;
    bench.start();
    await bench.until('10:31');
    expectRowsOfAll();
  });

  test('a feed that falls silent right after a minute was sealed withdraws its bars, and their rows with them', async () => {
    day();
    const stalls = { ...bench.config.pipeline, feed_stall_floor_ms: 0 };
    bench = Object.assign(bench, { config: { ...bench.config, pipeline: stalls } });
    bench.broker.isMute = (now) => now >= atIst(DATE, '09:25');
    bench.broker.quotes = () => 'fail';
    bench.broker.charts = () => 'fail';
    bench.start();
    const stored = (): readonly Bar[] => bench.store.barsOf(DATE, 'TCS');
    const last = (): Bar | undefined => stored().find(({ ts }) => ts === atIst(DATE, '09:24'));
    await bench.until('09:25:20');
    expect(last()).toMatchObject({ source: 'feed', partial: false });
    const { volume } = last()!;
    await bench.until('09:40');
    expect(last()).toMatchObject({ source: 'feed', partial: true, volume });
    expect(stored().filter((bar) => !bar.partial)).toHaveLength(9);
    expect(sentRows('TCS')).toEqual(recomputed('TCS'));
  });

  test('a pipeline that is killed goes on where the store is', async () => {
    day().start();
    await bench.until('09:31:30');
    await bench.kill();
    await bench.until('09:36');
    bench.start();
    await bench.until('10:31');
    expect(bench.report).toMatchObject({ phase: 'done', sealed: true });
    expectRowsOfAll();
  });

  test('while the state of the indicators cannot be had, bars go on alone; then the rows that are owed follow', async () => {
    day();
    const { indicatorStart } = bench.store;
    let isAway = true;
    bench.store.indicatorStart = (date) =>
      isAway
        ? Promise.reject(new RtpError('RTP_STORE_UNREACHABLE', { summary: 'away', fix: 'none' }, 'away'))
        : indicatorStart.call(bench.store, date);
    bench.start();
    await bench.until('09:30');
    expect(bench.report.degraded).toContain('no indicators');
    expect(bench.storedOf('TCS').length).toBeGreaterThan(10);
    expect(sentRows('TCS').size).toBe(0);
    isAway = false;
    await eventually(() => bench.report.degraded === '');
    await bench.until('09:45');
    expectRowsOfAll();
  });

  test('a state that is on its way is no trouble', async () => {
    day();
    const { indicatorStart } = bench.store;
    let arrive = (): void => {};
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    bench.store.indicatorStart = async (date) => {
      await arrival;
      return indicatorStart.call(bench.store, date);
    };
    bench.start();
    await bench.until('09:30');
    expect(bench.report.degraded).toBe('');
    expect(sentRows('TCS').size).toBe(0);
    arrive();
    await eventually(() => sentRows('TCS').size > 0);
    await bench.until('09:45');
    expectRowsOfAll();
  });
});

describe('the series of a day', () => {
  let indicators: DayIndicators;
  const minuteAt = (index: number): number => Date.parse(`${DATE}T09:15:00+05:30`) + index * 60_000;

  beforeEach(() => {
    day();
    const grid = new DayGrid(bench.calendar, DATE);
    const minutes = Array.from({ length: grid.minutes }, (_, index) => grid.minuteAt(index));
    indicators = new DayIndicators({ grid, instruments: [TCS], sessionFields: sessionFields(minutes, bench.calendar) });
    const engine = new IndicatorEngine(
      storedColumns.map(({ name }) => name),
      1,
    );
    indicators.begin({
      fingerprint: engine.fingerprint,
      stride: engine.stride,
      instrumentIds: Uint32Array.of(1),
      memory: engine.memory,
      bars: [],
      rows: Uint32Array.of(0),
    });
  });

  function bar(index: number, close: number, given: Partial<Bar> = {}): Bar {
    const [open, high, low] = [close, close + 1, close - 1];
    const rest = { source: 'feed', state: 'provisional', partial: false, knownAt: 0, ...given } as const;
    return { instrumentId: 1, ts: minuteAt(index), open, high, low, close, volume: 10, ...rest };
  }
  const take = (...bars: readonly Bar[]): readonly number[] => minutes(indicators.take(bars, 0));
  const minutes = (rows: IndicatorRows): readonly number[] => [...rows.ts].map((ts) => (ts - minuteAt(0)) / 60_000);

  test('a weaker source, an equal bar and a partial bar change nothing', () => {
    expect(take(bar(0, 100, { source: 'chart', state: 'confirmed' }))).toEqual([0]);
    expect(take(bar(0, 101))).toEqual([]);
    expect(take(bar(0, 100, { source: 'chart', state: 'reconciled' }))).toEqual([]);
    expect(take(bar(1, 101, { partial: true }))).toEqual([]);
    expect(take(bar(1, 101))).toEqual([1]);
  });

  test('what an official candle has confirmed, no late packet revises', () => {
    expect(take(bar(0, 100))).toEqual([0]);
    expect(take(bar(0, 100, { source: 'chart', state: 'confirmed' }))).toEqual([]);
    expect(take(bar(0, 104))).toEqual([]);
  });

  test('a whole bar is withdrawn by its equal: what follows from it changes, and its own minute has no row any more', () => {
    expect(take(bar(0, 100), bar(1, 120), bar(2, 101))).toEqual([0, 1, 2]);
    expect(take(bar(1, 121, { partial: true }))).toEqual([]);
    expect(take(bar(1, 120, { source: 'quote', partial: true }))).toEqual([]);
    expect(take(bar(1, 120, { partial: true }))).toEqual([2]);
    expect(minutes(indicators.rowsOf([0], 0))).toEqual([0, 2]);
    expect(take(bar(1, 120, { source: 'chart', state: 'confirmed' }))).toEqual([1, 2]);
    expect(take(bar(1, 120, { partial: true }))).toEqual([]);
  });

  test('where the newest bar is withdrawn, the series goes on from the one before it', () => {
    take(bar(0, 100), bar(1, 120));
    expect(take(bar(1, 120, { partial: true }))).toEqual([]);
    const gone = indicators.take([bar(2, 101)], 0);
    expect(minutes(gone)).toEqual([2]);
    expect(minutes(indicators.rowsOf([0], 0))).toEqual([0, 2]);
    const whole = indicators.rowsOf([0], 0);
    expect(gone.columns.map((column) => column[0])).toEqual(whole.columns.map((column) => column[1]));
  });

  test('a minute that arrives after its successors changes theirs', () => {
    expect(take(bar(0, 100))).toEqual([0]);
    expect(take(bar(2, 102))).toEqual([2]);
    expect(take(bar(1, 90))).toEqual([1, 2]);
  });

  test('a new bar and a revised one of the same instrument may come together', () => {
    expect(take(bar(0, 100))).toEqual([0]);
    expect(take(bar(1, 101))).toEqual([1]);
    expect(take(bar(1, 99), bar(2, 103))).toEqual([1, 2]);
  });

  test('bars outside the day and of other instruments are passed over', () => {
    expect(take(bar(-1, 100), bar(9_999, 100), { ...bar(0, 100), instrumentId: 77 })).toEqual([]);
  });
});
