import { describe, expect, test } from '@jest/globals';
import { type AbsenceReason, atIst, istTimeOf, loadCalendar, MINUTE_MS } from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import { DayGrid } from '@rtp/pipeline';
import { type AbsenceEvidence, absenceReason } from '../../packages/pipeline/src/charts/absence-reason.ts';
import { type FeedEvidence, noEvidence, reconcile } from '../../packages/pipeline/src/charts/reconcile.ts';
import { Suspects } from '../../packages/pipeline/src/charts/suspects.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const DATE = '2026-11-20';
const calendar = loadCalendar({ file: 'config/calendar.json', marketHours: { start: '09:15', end: '09:20' } });
const grid = new DayGrid(calendar, DATE);
const share = instrumentOf(1, 'TCS');

describe('why a minute has no bar', () => {
  const unwatched: AbsenceEvidence = {
    chart: 'short',
    isRepeated: false,
    isWatched: false,
    isQuietDay: false,
    hasMoved: false,
  };
  test.each<[string, Partial<AbsenceEvidence>, AbsenceReason]>([
    ['the chart is flat there', { chart: 'flat' }, 'no_trades'],
    ['the chart is flat there, yet volume moved', { chart: 'flat', hasMoved: true, isWatched: true }, 'unknown'],
    ['the chart lacks it and the feed saw no volume move', { isWatched: true }, 'no_trades'],
    ['the chart lacks it although volume moved', { isWatched: true, hasMoved: true, isRepeated: true }, 'unknown'],
    ['the chart lacks it and nobody watched', {}, 'unknown'],
    ['the chart lacks it twice and nobody watched', { isRepeated: true }, 'no_trades'],
    ['the chart is empty', { chart: 'empty' }, 'unknown'],
    ['the chart is empty twice', { chart: 'empty', isRepeated: true }, 'unknown'],
    ['the chart is empty, the feed watched that minute only', { chart: 'empty', isWatched: true }, 'unknown'],
    [
      'the chart is empty after a day on which the feed saw nothing',
      { chart: 'empty', isWatched: true, isQuietDay: true },
      'no_trades',
    ],
  ])('%s', (_case, evidence, reason) => {
    expect(absenceReason({ ...unwatched, ...evidence })).toBe(reason);
  });
});

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
  const run = (
    given: Candles,
    evidence: FeedEvidence = noEvidence,
    previousGap: string | null = null,
    instrument = share,
  ) => reconcile({ instrument, grid, candles: given, evidence, state: 'reconciled', knownAt: 5, previousGap });
  const reasons = (result: ReturnType<typeof run>) =>
    result.absences.map(({ ts, reason }) => [istTimeOf(ts).slice(0, 5), reason]);
  const watched: FeedEvidence = { isWatched: () => true, hasMoved: () => false };

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
    expect([first.unknown, first.absences.length]).toEqual([3, 3]);
    expect(run(short, noEvidence, first.gapKey).unknown).toBe(0);
    const other = candles(['09:15', 100, 5], ['09:16', 1, 1], ['09:19', 100, 5]);
    expect(run(other, noEvidence, first.gapKey).unknown).toBe(2);
  });

  test('an empty chart leaves the whole day unknown, however often', () => {
    const first = run(candles());
    expect(first.unknown).toBe(5);
    expect(run(candles(), noEvidence, first.gapKey).unknown).toBe(5);
    expect(run(candles(), watched).unknown).toBe(0);
  });
});

describe('suspect minutes', () => {
  const SPACING = 5 * MINUTE_MS;
  const free = (): boolean => false;

  test('are due at their time, in slot order', () => {
    const suspects = new Suspects(3, SPACING);
    suspects.add(2, 0, 1, 100);
    suspects.add(1, 0, 1, 100);
    expect(suspects.nextDue(99, free)).toBe(-1);
    expect(suspects.nextDue(100, free)).toBe(1);
    expect(suspects.nextDue(100, (slot) => slot === 1)).toBe(2);
    expect(suspects.count).toBe(2);
  });

  test('of one slot are one range: later gaps wait for one call, though not for ever', () => {
    const suspects = new Suspects(1, SPACING);
    suspects.add(0, 3, 3, 1_000);
    suspects.add(0, 5, 6, 61_000);
    expect(suspects.firstOf(0)).toBe(3);
    expect(suspects.nextDue(60_000, free)).toBe(-1);
    for (let minute = 7; minute < 30; minute += 1) suspects.add(0, minute, minute, minute * MINUTE_MS);
    expect(suspects.nextDue(1_000 + SPACING, free)).toBe(0);
  });

  test('are cleared by candles that reach past them, else asked again so many times', () => {
    const suspects = new Suspects(1, SPACING);
    suspects.add(0, 3, 6, 0);
    suspects.answered(0, 5, 10, 20, 1);
    expect([suspects.nextDue(19, free), suspects.nextDue(20, free)]).toEqual([-1, 0]);
    suspects.answered(0, 5, 30, 40, 1);
    expect([suspects.count, suspects.firstOf(0)]).toEqual([0, -1]);
    suspects.add(0, 8, 8, 31);
    expect(suspects.nextDue(29 + SPACING, free)).toBe(-1);
    expect(suspects.nextDue(30 + SPACING, free)).toBe(0);
  });
});
