import { describe, expect, test } from '@jest/globals';
import { atIst, istTimeOf, loadCalendar } from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import { DayGrid } from '@rtp/pipeline';
import { type LiveEvidence, noEvidence } from '../../packages/pipeline/src/charts/live-evidence.ts';
import { type Gap, reconcile, unansweredAbsences } from '../../packages/pipeline/src/charts/reconcile.ts';
import { recordedBars, SHIPPED_DAY } from '../system/support/recorded-bars.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const DATE = '2026-11-20';
const calendar = loadCalendar({ file: 'config/calendar.json', marketHours: { start: '09:15', end: '09:20' } });
const grid = new DayGrid(calendar, DATE);
const share = instrumentOf(1, 'TCS');
const halt = { minutes: 10, tradedShare: 0.9 };

describe('official candles become bars and absences', () => {
  /** Candles at IST times; a price per candle, 0 shares where the volume is left out. */
  const candles = (...rows: readonly [string, number, number?][]): Candles => ({
    ts: rows.map(([time]) => atIst(DATE, time)),
    open: rows.map(([, price]) => price),
    high: rows.map(([, price]) => price),
    low: rows.map(([, price]) => price),
    close: rows.map(([, price]) => price),
    volume: rows.map(([, , volume]) => volume ?? 0),
  });
  const run = (given: Candles, evidence: LiveEvidence = noEvidence, previous: Gap | null = null, instrument = share) =>
    reconcile({
      instrument,
      grid,
      candles: given,
      evidence,
      halt,
      state: 'reconciled',
      knownAt: 5,
      previous,
      lastingMs: 600_000,
    });
  const reasons = (result: ReturnType<typeof run>) =>
    result.absences.map(({ ts, reason }) => [istTimeOf(ts).slice(0, 5), reason]);
  const watched: LiveEvidence = { ...noEvidence, isWatched: () => true };

  test('a candle in an expected minute is a reconciled bar of the charts', () => {
    const result = run(candles(['09:15', 100, 5]), watched);
    expect(result.bars).toEqual([
      {
        instrumentId: 1,
        ts: atIst(DATE, '09:15'),
        open: 100,
        high: 100,
        low: 100,
        close: 100,
        volume: 5,
        source: 'chart',
        state: 'reconciled',
        partial: false,
        knownAt: 5,
      },
    ]);
    expect(reasons(result)).toEqual(['09:16', '09:17', '09:18', '09:19'].map((time) => [time, 'no_trades']));
  });

  test('bars and absences together are the expected minutes, whatever the candles', () => {
    const all = candles(
      ['09:14', 1, 1],
      ['09:15', 100, 5],
      ['09:16', 100],
      ['09:19', 101, 2],
      ['09:20', 1, 1],
      ['17:55', 1],
    );
    const result = run(all, watched);
    expect(result.bars.length + result.absences.length).toBe(5);
    expect(result.outOfSession).toBe(3);
  });

  test('an index candle without volume is a bar, a flat one of a share is not', () => {
    const flat = candles(['09:15', 100]);
    expect(run(flat, watched, null, instrumentOf(2, 'NIFTY', { class: 'index' })).bars).toHaveLength(1);
    expect(run(flat, watched).bars).toHaveLength(0);
    expect(reasons(run(flat)).at(0)).toEqual(['09:15', 'no_trades']);
  });

  test('without evidence a gap is believed when the same minutes are lacking twice', () => {
    const short = candles(['09:15', 100, 5], ['09:19', 100, 5]);
    const first = run(short);
    expect([first.owed, first.absences.length]).toEqual([3, 3]);
    expect(run(short, noEvidence, first.gap).owed).toBe(0);
    const other = candles(['09:15', 100, 5], ['09:16', 1, 1], ['09:19', 100, 5]);
    expect(run(other, noEvidence, first.gap).owed).toBe(2);
  });

  test('an empty chart leaves the whole day unknown, however often', () => {
    const first = run(candles());
    expect(first.owed).toBe(5);
    expect(run(candles(), noEvidence, first.gap).owed).toBe(5);
    expect(run(candles(), watched).owed).toBe(0);
  });

  test('a minute after the newest candle is late until the chart has lacked it twice', () => {
    const behind = candles(['09:15', 100, 5], ['09:16', 100, 5]);
    const first = run(behind);
    expect(reasons(first)).toEqual(['09:17', '09:18', '09:19'].map((time) => [time, 'broker_lag']));
    expect(run(behind, noEvidence, first.gap).owed).toBe(0);
  });

  test('on the day itself a chart that nobody watched must go on lacking a minute', () => {
    const late = (previous: Gap | null, time: string) =>
      reconcile({
        instrument: share,
        grid,
        candles: candles(['09:15', 100, 5], ['09:16', 100, 5]),
        evidence: noEvidence,
        halt,
        state: 'reconciled',
        knownAt: atIst(DATE, time),
        previous,
        lastingMs: 600_000,
      });
    const { gap } = late(null, '16:00');
    expect(late(gap, '16:09:59').absences.map(({ reason }) => reason)).toEqual(Array(3).fill('broker_lag'));
    expect(late(gap, '16:10').absences.map(({ reason }) => reason)).toEqual(Array(3).fill('no_trades'));
  });

  test('volume that moved in a minute the chart lacks is owed however often it is asked for', () => {
    const short = candles(['09:15', 100, 5], ['09:19', 100, 5]);
    const moved: LiveEvidence = { ...watched, hasMoved: (index) => index === 2 };
    const first = run(short, moved);
    expect(reasons(run(short, moved, first.gap))).toEqual([
      ['09:16', 'no_trades'],
      ['09:17', 'broker_lag'],
      ['09:18', 'no_trades'],
    ]);
  });

  test('a minute of an index is not settled by two answers: an open market quotes it in every minute', () => {
    const short = candles(['09:15', 100], ['09:19', 100]);
    const index = instrumentOf(2, 'NIFTY', { class: 'index' });
    const first = run(short, noEvidence, null, index);
    expect(run(short, noEvidence, first.gap, index).owed).toBe(3);
    const lasting = { ...first.gap, since: 5 - 600_000 };
    expect(run(short, noEvidence, lasting, index).owed).toBe(0);
  });

  test('owed minutes that were not watched are told from those that have a whole live bar', () => {
    const short = candles(['09:15', 100, 5], ['09:19', 100, 5]);
    const evidence: LiveEvidence = { ...noEvidence, isWatched: (index) => index < 3, hasMoved: (index) => index < 3 };
    const result = run(short, evidence);
    expect([result.owed, result.unwatched]).toEqual([3, 1]);
  });

  test('an impossible candle is no bar, and its minute stays owed though nothing moved and others have come', () => {
    const given = { ...candles(['09:15', 100, 5], ['09:19', 100, 5]), impossible: [atIst(DATE, '09:17'), Number.NaN] };
    const first = run(given, watched);
    expect([first.bars.length, first.impossible]).toEqual([2, 2]);
    expect(reasons(run(given, watched, first.gap))).toEqual([
      ['09:16', 'no_trades'],
      ['09:17', 'unknown'],
      ['09:18', 'no_trades'],
    ]);
  });

  test('an instrument that was never answered owes every expected minute, with what held the charts up', () => {
    const evidence: LiveEvidence = { ...noEvidence, isWatched: (index) => index < 2 };
    const ask = (chart: 'limited' | 'failed') =>
      unansweredAbsences({ instrument: share, grid, evidence, knownAt: 5, chart }).map(({ reason }) => reason);
    expect(ask('limited')).toEqual(Array(5).fill('rate_limited'));
    expect(ask('failed')).toEqual(['unknown', 'unknown', 'feed_silent', 'feed_silent', 'feed_silent']);
  });
});

describe('a whole day', () => {
  const DAY = '2016-09-30';
  const wholeDay = new DayGrid(loadCalendar({ file: 'config/calendar.json' }), DAY);
  const watched: LiveEvidence = { ...noEvidence, isWatched: () => true };
  const recorded = Map.groupBy(
    recordedBars(SHIPPED_DAY, DAY).filter(({ volume }) => volume > 0),
    ({ symbol }) => symbol,
  );
  const chartOf = (symbol: string, isLacking: (index: number) => boolean = () => false): Candles => {
    const rows = (recorded.get(symbol) ?? []).filter(({ time }) => !isLacking(wholeDay.indexOf(Date.parse(time))));
    return {
      ts: rows.map(({ time }) => Date.parse(time)),
      open: rows.map(({ open }) => open),
      high: rows.map(({ high }) => high),
      low: rows.map(({ low }) => low),
      close: rows.map(({ close }) => close),
      volume: rows.map(({ volume }) => volume),
    };
  };
  const run = (given: Candles, evidence: LiveEvidence, previous: Gap | null = null) =>
    reconcile({
      instrument: share,
      grid: wholeDay,
      candles: given,
      evidence,
      halt,
      state: 'reconciled',
      knownAt: 5,
      previous,
      lastingMs: 600_000,
    });

  test('of 83 recorded shares has 290 minutes without trades and no halt, watched or not', () => {
    const reasons: string[] = [];
    for (const symbol of recorded.keys()) {
      const seen = run(chartOf(symbol), watched);
      const { gap } = seen;
      reasons.push(...seen.absences.map(({ reason }) => reason));
      expect(run(chartOf(symbol), noEvidence, gap).absences).toEqual(seen.absences);
    }
    expect([recorded.size, reasons.length, new Set(reasons)]).toEqual([83, 290, new Set(['no_trades'])]);
  });

  test('with ten silent minutes of an active share has a halt of ten minutes, one with nine has none', () => {
    const silent = (minutes: number) =>
      run(
        chartOf('RELIANCE', (index) => index >= 100 && index < 100 + minutes),
        watched,
      ).absences.map(({ ts, reason }) => `${istTimeOf(ts).slice(0, 5)} ${reason}`);
    expect(silent(10)).toEqual(
      Array.from({ length: 10 }, (_, index) => `10:${55 + index} halted`.replace(/10:6(\d)/, '11:0$1')),
    );
    expect(new Set(silent(9).map((line) => line.slice(6)))).toEqual(new Set(['no_trades']));
  });

  test('with ten minutes that nobody watched has no halt before it is asked for twice', () => {
    const given = chartOf('RELIANCE', (index) => index >= 100 && index < 110);
    const first = run(given, noEvidence);
    expect(new Set(first.absences.map(({ reason }) => reason))).toEqual(new Set(['unknown']));
    const second = run(given, noEvidence, first.gap);
    expect(new Set(second.absences.map(({ reason }) => reason))).toEqual(new Set(['halted']));
  });

  test('with a feed that missed four hours and a half is settled by the counters around it', () => {
    const given = chartOf('PCJEWELLER');
    const volumes = new Map(given.ts.map((ts, position) => [wholeDay.indexOf(ts), given.volume[position] as number]));
    // The counter at the end of every minute with trades; auction volume before the open.
    const counters: (number | null)[] = [];
    let counter = 12_345;
    for (let index = 0; index < wholeDay.minutes; index += 1) {
      counter += volumes.get(index) ?? 0;
      counters.push(volumes.has(index) ? counter : null);
    }
    const isWatched = (index: number): boolean => index < 60 || index >= 330;
    const evidence: LiveEvidence = {
      ...noEvidence,
      isWatched,
      hasMoved: (index) => isWatched(index) && volumes.has(index),
      counterAt: (index) => (isWatched(index) ? (counters[index] ?? null) : null),
    };
    expect(run(given, evidence).owed).toBe(0);
    // One traded minute that the chart lacks, and none in the gap can be told from it.
    const traded = [...volumes.keys()].find((index) => index > 100) as number;
    const lacking = chartOf('PCJEWELLER', (index) => index === traded);
    const result = run(lacking, evidence, run(lacking, evidence).gap);
    expect(result.absences.find(({ ts }) => wholeDay.indexOf(ts) === traded)?.reason).toBe('broker_lag');
    expect(
      result.absences.filter(({ ts }) => isWatched(wholeDay.indexOf(ts))).map(({ reason }) => reason),
    ).not.toContain('broker_lag');
  });
});
