import { afterEach, describe, expect, test } from '@jest/globals';
import { type AbsenceReason, atIst, type Instrument, istTimeOf, MINUTE_MS } from '@rtp/core';
import { dhanErrors } from '@rtp/dhan';
import { NO_INDICATORS } from '@rtp/store-client';
import { type BenchOptions, DayBench } from './fixtures/day-bench.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const DATE = '2026-11-20';
const TCS = instrumentOf(1, 'TCS');
const INFY = instrumentOf(2, 'INFY');
const THIN = instrumentOf(3, 'THIN');
const NIFTY = instrumentOf(4, 'NIFTY', { class: 'index', securityId: '13' });
const ALL = [TCS, INFY, THIN, NIFTY];
const isThin = ({ symbol }: Instrument, index: number): boolean => symbol === 'THIN' && index % 3 !== 0;

let bench: DayBench;
afterEach(() => bench.stop());

/** A day of one hour, 09:15 to 10:15, swept at 10:30 and sealed at 18:00 at the latest. */
function hour(given: Partial<BenchOptions> = {}): DayBench {
  bench = new DayBench({
    date: DATE,
    from: '09:00',
    instruments: ALL,
    marketHours: { start: '09:15', end: '10:15' },
    isQuiet: isThin,
    ...given,
  });
  return bench;
}

/** Twenty minutes, 09:15 to 09:35, with repairs far apart. */
function shortDay(): DayBench {
  return hour({ marketHours: { start: '09:15', end: '09:35' }, pipeline: { seal_retry_ms: 600_000 } });
}

/** Neither feed nor quotes. */
function withoutLiveSources(): void {
  bench.broker.acceptsFeed = () => false;
  bench.broker.quotes = () => 'fail';
}

/** How many absences of a symbol have which reason. */
function reasonsOf(symbol: string): Partial<Record<AbsenceReason, number>> {
  const counts: Partial<Record<AbsenceReason, number>> = {};
  for (const reason of bench.store.absencesOf(DATE, symbol).values()) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Minutes of a symbol with a reason, `HH:MM`. */
function minutesOf(symbol: string, reason: AbsenceReason): string[] {
  return [...bench.store.absencesOf(DATE, symbol)]
    .filter(([, of]) => of === reason)
    .map(([ts]) => istTimeOf(ts).slice(0, 5))
    .toSorted();
}

describe('quiet that is more than quiet', () => {
  test('an active share that stops for twelve minutes was halted; a thin one had no trades', async () => {
    hour({ isQuiet: (of, index) => isThin(of, index) || (of === TCS && index >= 20 && index < 32) }).start();
    await bench.until('10:40');
    expect(reasonsOf('TCS')).toEqual({ halted: 12 });
    expect([minutesOf('TCS', 'halted').at(0), minutesOf('TCS', 'halted').at(-1)]).toEqual(['09:35', '09:46']);
    expect(reasonsOf('THIN')).toEqual({ no_trades: 40 });
    expect(bench.report).toMatchObject({ sealed: true });
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
  });

  test('a market that stops for fifteen minutes was halted, thin shares and the index too', async () => {
    hour({ isQuiet: (of, index) => isThin(of, index) || (index >= 20 && index < 35) }).start();
    await bench.until('10:40');
    for (const { symbol } of ALL) expect([symbol, minutesOf(symbol, 'halted').length]).toEqual([symbol, 15]);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
    expect(bench.warnings.join()).toContain('nothing was traded in the whole market');
  });

  test('a market that stops before its time has closed', async () => {
    hour({ isQuiet: (of, index) => isThin(of, index) || index >= 45 }).start();
    await bench.until('10:40');
    for (const { symbol } of ALL) {
      const minutes = minutesOf(symbol, 'closed');
      expect([symbol, minutes.length, minutes.at(0), minutes.at(-1)]).toEqual([symbol, 15, '10:00', '10:14']);
    }
    expect(reasonsOf('THIN')).toEqual({ no_trades: 30, closed: 15 });
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
  });

  test('a trading day on which nothing is traded at all was closed', async () => {
    hour({ isQuiet: () => true }).start();
    await bench.until('11:30');
    for (const { symbol } of ALL) expect([symbol, reasonsOf(symbol)]).toEqual([symbol, { closed: 60 }]);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
  });
});

describe('charts that cannot be asked', () => {
  test('for a rate limit all day leave live bars as they are and the rest owed for that reason', async () => {
    shortDay();
    bench.broker.charts = () => 'limited';
    bench.start();
    await bench.until('17:59');
    expect(bench.report.sealed).toBe(false);
    await bench.until('18:01');
    expect(bench.report.sealed).toBe(true);
    expect([reasonsOf('TCS'), reasonsOf('THIN')]).toEqual([{}, { rate_limited: 13 }]);
    expect(
      bench.store.barsOf(DATE, 'TCS').every(({ source, state }) => source === 'feed' && state === 'provisional'),
    ).toBe(true);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: false, unknown: 13 });
  });

  test("for want of the day's calls owe every minute that no live source brought", async () => {
    shortDay();
    withoutLiveSources();
    bench.broker.charts = () => 'capped';
    bench.start();
    await bench.until('18:01');
    for (const { symbol } of ALL) expect([symbol, reasonsOf(symbol)]).toEqual([symbol, { rate_limited: 20 }]);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: false, unknown: 80 });
  });

  test('for errors of the server owe what nobody watched as silence, and what was watched as unknown', async () => {
    shortDay();
    bench.broker.charts = () => 'fail';
    bench.broker.acceptsFeed = (now) => now < atIst(DATE, '09:25');
    bench.broker.quotes = () => 'fail';
    bench.start();
    await bench.until('09:25:10');
    bench.broker.dropFeed();
    await bench.until('18:01');
    expect(bench.report.sealed).toBe(true);
    expect(bench.store.barsOf(DATE, 'TCS').length).toBeGreaterThanOrEqual(10);
    expect(reasonsOf('TCS')).toEqual({ feed_silent: 20 - bench.store.barsOf(DATE, 'TCS').length });
    expect(minutesOf('THIN', 'unknown').at(0)).toBe('09:16');
    expect(minutesOf('THIN', 'feed_silent').at(-1)).toBe('09:34');
    expect(Object.keys(reasonsOf('THIN')).toSorted()).toEqual(['feed_silent', 'unknown']);
  });

  test('for they hang do not hold up the seal: calls are given up at the deadline', async () => {
    shortDay();
    bench.broker.chartAnswerMs = 24 * 60 * MINUTE_MS;
    bench.start();
    await bench.until('18:01');
    expect(bench.report.sealed).toBe(true);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: false });
  });

  test('until the evening are asked again, and the reasons give way to bars and settled ones', async () => {
    shortDay();
    bench.broker.charts = (now) => (now < atIst('2026-11-21', '00:00') ? 'limited' : 'answer');
    bench.start();
    await bench.until('18:01');
    expect(reasonsOf('THIN')).toEqual({ rate_limited: 13 });
    await bench.kill();
    await bench.clock.advanceTo(atIst('2026-11-21', '10:00'));
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true, generation: 2 });
    expect(reasonsOf('THIN')).toEqual({ no_trades: 13 });
    expect(bench.storedOf('THIN')).toEqual(bench.officialOf('THIN'));
  });
});

describe('charts that lack what was traded', () => {
  test('all day are known to be late from the trades that were seen, whatever they lack', async () => {
    shortDay();
    bench.broker.charts = () => 'empty';
    bench.start();
    await bench.until('18:01');
    expect(bench.report.sealed).toBe(true);
    expect(reasonsOf('THIN')).toEqual({ broker_lag: 13 });
    expect(bench.storedOf('TCS')).toHaveLength(20);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: false, unknown: 13 });
  });

  test('in the first two minutes are waited for where nobody else has them, and not for ever', async () => {
    hour({ marketHours: { start: '09:15', end: '09:35' } });
    bench.broker.acceptsFeed = (now) => now >= atIst(DATE, '09:17');
    bench.broker.quotes = () => 'fail';
    // The thin share trades in the first minute of three: its second is quiet.
    bench.broker.spoils = (now, _id, ts) =>
      now < atIst(DATE, '09:57') && ts < atIst(DATE, '09:17') ? 'lacking' : null;
    bench.start();
    await bench.until('09:56');
    expect(bench.report.sealed).toBe(false);
    for (const symbol of ['TCS', 'INFY']) expect(minutesOf(symbol, 'unknown')).toEqual(['09:15', '09:16']);
    await bench.until('10:30');
    expect(bench.report.sealed).toBe(true);
    for (const { symbol } of ALL) expect([symbol, bench.storedOf(symbol)]).toEqual([symbol, bench.officialOf(symbol)]);
    expect(reasonsOf('THIN')).toEqual({ no_trades: 13 });
  });

  test('while live sources saw it all are waited for: live bars are not sealed in place of official ones', async () => {
    hour({ marketHours: { start: '09:15', end: '09:35' } });
    bench.broker.spoils = (now, _id, ts) =>
      now < atIst(DATE, '09:55') && ts < atIst(DATE, '09:17') ? 'lacking' : null;
    bench.start();
    await bench.until('09:54');
    expect([bench.report.sealed, bench.storedOf('TCS').length]).toEqual([false, 20]);
    await bench.until('10:10');
    expect(bench.report.sealed).toBe(true);
    for (const { symbol } of ALL) expect([symbol, bench.storedOf(symbol)]).toEqual([symbol, bench.officialOf(symbol)]);
  });

  test('in one minute that no live source saw are late, by the counters around it, until they have it', async () => {
    shortDay();
    const lacking = atIst(DATE, '09:21');
    bench.broker.quotes = () => 'fail';
    bench.broker.acceptsFeed = (now) => now < atIst(DATE, '09:20') || now >= atIst(DATE, '09:23:30');
    bench.broker.spoils = (now, id, ts) =>
      id === '1001' && ts === lacking && now < atIst(DATE, '11:00') ? 'lacking' : null;
    bench.start();
    await bench.until('09:20:30');
    bench.broker.dropFeed();
    await bench.until('09:55');
    expect(bench.report.sealed).toBe(false);
    expect(minutesOf('TCS', 'broker_lag')).toEqual(['09:21']);
    // The thin share did not trade in some of those minutes: its counters prove it.
    expect(reasonsOf('THIN')).toEqual({ no_trades: 13 });
    await bench.until('12:00');
    expect(bench.report.sealed).toBe(true);
    expect(bench.storedOf('TCS')).toEqual(bench.officialOf('TCS'));
  });

  test('for an impossible candle of it are told of once, and asked until it is a possible one', async () => {
    shortDay();
    const spoilt = atIst(DATE, '09:21');
    withoutLiveSources();
    bench.broker.spoils = (now, id, ts) =>
      id === '1001' && ts === spoilt && now < atIst(DATE, '11:00') ? 'impossible' : null;
    bench.start();
    await bench.until('10:30');
    expect(bench.report.sealed).toBe(false);
    expect([minutesOf('TCS', 'unknown'), bench.storedOf('TCS').length]).toEqual([['09:21'], 19]);
    await bench.until('12:00');
    expect(bench.report.sealed).toBe(true);
    expect(bench.storedOf('TCS')).toEqual(bench.officialOf('TCS'));
    expect(bench.warnings.filter((warning) => warning.includes('impossible candles'))).toHaveLength(1);
    expect(bench.report.errors).toBeGreaterThan(0);
  });
});

/** One share becomes two: charts read the past at half its prices and twice its volumes. */
function splitCharts(symbol: string): void {
  const minutes = bench.tapes.get(symbol)?.minutes ?? [];
  for (const [position, minute] of minutes.entries()) {
    minutes[position] = {
      ts: minute.ts,
      open: minute.open / 2,
      high: minute.high / 2,
      low: minute.low / 2,
      close: Math.round(minute.close * 50) / 100,
      volume: minute.volume * 2,
    };
  }
}

describe('earlier days', () => {
  test('owe nothing of a share that was listed later, once its daily chart shows it', async () => {
    shortDay();
    const listedOn = '2026-11-23';
    bench.broker.charts = (_now, { securityId }) => (securityId === '1003' ? 'empty' : 'answer');
    withoutLiveSources();
    bench.broker.dailyDates = ({ securityId }) =>
      securityId === '1003' && bench.clock.now() < atIst(listedOn, '00:00') ? [] : [listedOn];
    bench.start();
    await bench.until('18:01');
    // In the master and never charted: it is new, or its charts are late.
    expect(reasonsOf('THIN')).toEqual({ unknown: 20 });
    await bench.kill();
    await bench.clock.advanceTo(atIst('2026-11-24', '06:00'));
    bench.start();
    // The day before comes first, and has nothing.
    await bench.clock.advance(45 * MINUTE_MS);
    expect(reasonsOf('THIN')).toEqual({ not_listed: 20 });
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true, generation: 2 });
  });

  test('owe nothing of a share that has left the master and was never charted', async () => {
    shortDay();
    bench.broker.charts = (_now, { securityId }) => (securityId === '1003' ? 'empty' : 'answer');
    withoutLiveSources();
    bench.start();
    await bench.until('09:40');
    bench.broker.master = bench.broker.master.filter(({ symbol }) => symbol !== 'THIN');
    await bench.until('09:58');
    expect(reasonsOf('THIN')).toEqual({ not_listed: 20 });
    expect(bench.report.sealed).toBe(true);
  });

  test('are read on the basis of their bars after a split, and what is official of them is left alone', async () => {
    shortDay().start();
    await bench.until('09:26');
    await bench.kill();
    const asTraded = bench.officialOf('TCS').map((minute) => [...minute]);
    // What a repair had brought before the split.
    const [first] = asTraded;
    const [ts = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = first ?? [];
    const { instrumentId } = (await bench.store.instruments(DATE)).find(({ symbol }) => symbol === 'TCS') as Instrument;
    const official = { instrumentId, ts, open, high: high + 0.01, low, close, volume };
    await bench.store.append({
      schemaVersion: 1,
      producerId: 'pipeline',
      epoch: 1,
      seq: 1_000,
      tradingDate: DATE,
      bars: [{ ...official, source: 'chart', state: 'confirmed', partial: false, knownAt: 0 }],
      absences: [],
      indicators: NO_INDICATORS,
    });
    await bench.store.recordAdjustments([
      { instrumentId, exDate: '2026-11-21', priceFactor: 1 / 2, volumeFactor: 2, knownAt: 0 },
    ]);
    splitCharts('TCS');
    await bench.clock.advanceTo(atIst('2026-11-21', '10:00'));
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
    const stored = bench.storedOf('TCS');
    expect(stored).toHaveLength(20);
    expect(stored[0]?.[2]).toBe(high + 0.01);
    for (const [index, minute] of stored.slice(1).entries()) {
      const traded = asTraded[index + 1] ?? [];
      expect([minute[1], minute[2], minute[3], minute[5]]).toEqual([traded[1], traded[2], traded[3], traded[5]]);
      // The adjusted close was rounded to a paisa.
      expect(Math.abs((minute[4] as number) - (traded[4] as number))).toBeLessThanOrEqual(0.011);
    }
    expect(bench.storedOf('INFY')).toEqual(bench.officialOf('INFY'));
  });

  test('are looked at for a split overnight before their minutes are asked for', async () => {
    hour().start();
    await bench.until('09:50');
    await bench.kill();
    const asTraded = bench.officialOf('TCS').map((minute) => [...minute]);
    splitCharts('TCS');
    bench.broker.dailyDates = () => [DATE];
    await bench.clock.advanceTo(atIst('2026-11-21', '10:00'));
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
    const halved = { exDate: '2026-11-21', priceFactor: 1 / 2, volumeFactor: 2 };
    expect(await bench.store.adjustments()).toMatchObject([halved]);
    const stored = bench.storedOf('TCS');
    expect(stored).toHaveLength(60);
    for (const [index, [, open, , , , volume]] of stored.entries()) {
      expect([open, volume]).toEqual([asTraded[index]?.[1], asTraded[index]?.[5]]);
    }
    expect(bench.storedOf('INFY')).toEqual(bench.officialOf('INFY'));
  });

  test('stay as they are while nobody can tell whether their charts have been adjusted', async () => {
    hour().start();
    await bench.until('09:50');
    await bench.kill();
    bench.broker.dailyDates = () => {
      throw dhanErrors.create('RTP_DHAN_SERVER', 'charts answer 500');
    };
    await bench.clock.advanceTo(atIst('2026-11-21', '10:00'));
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(bench.storedOf('TCS')).toHaveLength(34);
    bench.broker.dailyDates = () => [DATE];
    await bench.kill();
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(bench.storedOf('TCS')).toEqual(bench.officialOf('TCS'));
  });
});

describe('live sources that do not come back before the close', () => {
  test('the volume after the close proves which of the last minutes were quiet', async () => {
    hour({ pipeline: { feed_stall_floor_ms: 0, quote_stall_floor_ms: 0 } });
    bench.broker.acceptsFeed = (now) => now < atIst(DATE, '10:00');
    bench.broker.isMute = (now) => now >= atIst(DATE, '10:00');
    bench.broker.quotes = (now) => (now >= atIst(DATE, '10:00') && now < atIst(DATE, '10:15') ? 'fail' : 'answer');
    bench.start();
    await bench.until('10:40');
    expect(reasonsOf('THIN')).toEqual({ no_trades: 40 });
    expect(await bench.store.receipt(DATE)).toMatchObject({ complete: true });
  });

  test('where not even that is to be had, the last quiet minutes stay owed', async () => {
    hour({ pipeline: { feed_stall_floor_ms: 0, quote_stall_floor_ms: 0 } });
    bench.broker.acceptsFeed = (now) => now < atIst(DATE, '10:00');
    bench.broker.isMute = (now) => now >= atIst(DATE, '10:00');
    bench.broker.quotes = (now) => (now >= atIst(DATE, '10:00') ? 'fail' : 'answer');
    bench.start();
    await bench.until('10:40');
    expect(reasonsOf('THIN').no_trades).toBeLessThan(40);
    expect(bench.report.sealed).toBe(false);
  });
});
