import { describe, expect, test } from '@jest/globals';
import { addDays, atIst, weekdayOf } from '@rtp/core';
import { chartWindows } from '@rtp/dhan';
import fc from 'fast-check';
import {
  closedMinutes,
  dailyBody,
  dailyCandlesOf,
  intradayBody,
} from '../../packages/dhan/src/charts/chart-request.ts';

const DATE = '2026-11-20';
const subject = { segment: 'NSE_EQ', securityId: '2885', instrument: 'EQUITY', from: DATE, to: DATE } as const;
const EVENING = atIst(DATE, '20:00');

/** Candles starting at these instants, as the wire writes them. */
function answer(starts: readonly number[], changes: Record<string, unknown> = {}) {
  const timestamp = starts.map((ts) => ts / 1000);
  const all = (value: number): number[] => starts.map(() => value);
  return { open: all(10), high: all(12), low: all(9), close: all(11), volume: all(5), timestamp, ...changes };
}

describe('what is asked for', () => {
  test('bare dates, the end one day later', () => {
    expect(JSON.parse(intradayBody(subject))).toEqual({
      securityId: '2885',
      exchangeSegment: 'NSE_EQ',
      instrument: 'EQUITY',
      interval: '1',
      oi: false,
      fromDate: '2026-11-20',
      toDate: '2026-11-21',
    });
    expect(JSON.parse(dailyBody({ ...subject, from: '2026-10-31', to: '2026-10-31' }))).toMatchObject({
      fromDate: '2026-10-31',
      toDate: '2026-11-01',
    });
  });

  test('89 days are accepted, 90 are not', () => {
    expect(() => intradayBody({ ...subject, from: addDays(DATE, -88) })).not.toThrow();
    expect(() => intradayBody({ ...subject, from: addDays(DATE, -89) })).toThrow(/more than 89 days/);
    expect(() => dailyBody({ ...subject, from: addDays(DATE, -5_000) })).not.toThrow();
  });

  test('reversed and impossible dates are refused before the call', () => {
    expect(() => intradayBody({ ...subject, from: '2026-11-21' })).toThrow(/no range/);
    expect(() => intradayBody({ ...subject, from: '2026-02-30', to: '2026-02-30' })).toThrow(/not a date/);
  });

  test('a long range is cut into windows that cover every day once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), (days) => {
        const from = addDays(DATE, -days);
        const windows = chartWindows(from, DATE);
        expect(windows[0]?.from).toBe(from);
        expect(windows.at(-1)?.to).toBe(DATE);
        for (const [index, window] of windows.entries()) {
          expect(() => intradayBody({ ...subject, ...window })).not.toThrow();
          if (index > 0) expect(window.from).toBe(addDays(windows[index - 1]?.to ?? '', 1));
        }
      }),
      { numRuns: 50 },
    );
    expect(weekdayOf(DATE)).toBe(5);
  });
});

describe('minutes', () => {
  test("timestamps are UTC seconds of the candle start, in Java's number style too", () => {
    const wire =
      '{"open":[1412.3],"high":[1415.9],"low":[1410.1],"close":[1414.0],"volume":[1.81205E5],"timestamp":[1.7951463E9]}';
    expect(closedMinutes(JSON.parse(wire), subject, EVENING)).toEqual({
      ts: [atIst(DATE, '09:15')],
      open: [1412.3],
      high: [1415.9],
      low: [1410.1],
      close: [1414],
      volume: [181205],
    });
  });

  test('the minute still forming is dropped, the one just closed is kept', () => {
    const starts = [atIst(DATE, '10:14'), atIst(DATE, '10:15')];
    const at = (time: string) => closedMinutes(answer(starts), subject, atIst(DATE, time)).ts;
    expect(at('10:15:59')).toEqual(starts.slice(0, 1));
    expect(at('10:16:00')).toEqual(starts);
  });

  test('the day after the range is dropped, stray bars of the day itself are left to the caller', () => {
    const starts = [atIst(DATE, '17:55'), atIst('2026-11-21', '09:15')];
    expect(closedMinutes(answer(starts), subject, atIst('2026-11-22', '00:00')).ts).toEqual([atIst(DATE, '17:55')]);
  });

  test('empty and null arrays are no candles', () => {
    expect(closedMinutes(answer([]), subject, EVENING).ts).toEqual([]);
    const nulls = { open: null, high: null, low: null, close: null, volume: null, timestamp: null };
    expect(closedMinutes(nulls, subject, EVENING).ts).toEqual([]);
  });

  test('index minutes without volume, and fractions of adjusted shares', () => {
    const starts = [atIst(DATE, '09:15'), atIst(DATE, '09:16')];
    expect(closedMinutes(answer(starts, { volume: [0, 1000.5] }), subject, EVENING).volume).toEqual([0, 1001]);
  });

  const start = atIst(DATE, '09:15');
  const starts = [start, start + 60_000];
  test.each<[string, unknown]>([
    ['no object', [1, 2]],
    ['no arrays', { error: 'x' }],
    ['arrays of unequal length', answer(starts, { close: [11] })],
    ['a missing array', { ...answer(starts), volume: undefined }],
  ])('%s is malformed', (_name, body) => {
    expect(() => closedMinutes(body, subject, EVENING)).toThrow(
      expect.objectContaining({ code: 'RTP_DHAN_MALFORMED' }),
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ['a value that is no number', { open: [10, 'x', 10] }],
    ['a missing value', { open: [10, null, 10] }],
    ['no number at all', { close: [10, Number.NaN, 10] }],
    ['a negative price', { low: [9, -1, 9] }],
    ['a price of zero', { low: [9, 0, 9] }],
    ['an infinite price', { open: [10, Number.POSITIVE_INFINITY, 10] }],
    ['an infinite volume', { volume: [5, Number.POSITIVE_INFINITY, 5] }],
    ['a negative volume', { volume: [5, -5, 5] }],
    ['a low above its high', { low: [9, 13, 9] }],
    ['a close above its high', { close: [11, 12.5, 11] }],
    ['a close under its low', { close: [11, 8.5, 11] }],
  ])('a candle with %s is left out and named, the others are kept', (_name, changes) => {
    const three = [start, start + 60_000, start + 120_000];
    const { ts, open, impossible } = closedMinutes(answer(three, changes), subject, EVENING);
    expect([ts, open.length, impossible]).toEqual([[start, start + 120_000], 2, [start + 60_000]]);
  });

  test.each<[string, readonly number[], readonly number[], readonly number[]]>([
    ['a minute twice', [0, 60, 60, 120], [0, 120], [60]],
    ['a minute out of its order', [0, 120, 60, 180], [0, 120, 180], [60]],
    ['a minute twice and out of its order', [0, 60, 120, 60], [0, 120], [60]],
    ['a start off the minute', [0, 61, 120], [0, 120], [Number.NaN]],
  ])('of %s nothing is believed', (_name, seconds, left, impossible) => {
    const at = (offset: number): number => start + offset * 1_000;
    const candles = closedMinutes(answer(seconds.map(at)), subject, EVENING);
    expect([candles.ts, candles.impossible]).toEqual([left.map(at), impossible.map(at)]);
  });

  test('an answer without an impossible candle says nothing of them', () => {
    expect(closedMinutes(answer(starts), subject, EVENING)).not.toHaveProperty('impossible');
  });

  test('a start that is no number is counted', () => {
    const candles = closedMinutes(answer(starts, { timestamp: [start / 1_000, null] }), subject, EVENING);
    expect([candles.ts, candles.impossible]).toEqual([[start], [Number.NaN]]);
  });
});

describe('daily candles', () => {
  test('start at midnight IST of their date', () => {
    const body = answer([1795113000_000, atIst('2026-11-21', '00:00')]);
    expect(dailyCandlesOf(body, subject).ts).toEqual([atIst(DATE, '00:00')]);
  });
});
