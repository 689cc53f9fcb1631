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
    ['a value that is no number', answer(starts, { open: [10, 'x'] })],
    ['a missing value', answer(starts, { open: [10, null] })],
    ['a negative price', answer(starts, { low: [9, -1] })],
    ['a price of zero', answer(starts, { low: [9, 0] })],
    ['a negative volume', answer(starts, { volume: [5, -5] })],
    ['timestamps that do not ascend', answer([start, start])],
    ['a timestamp off the minute', answer([start + 1_000])],
    ['a low above its high', answer(starts, { low: [9, 13] })],
  ])('%s is malformed', (_name, body) => {
    expect(() => closedMinutes(body, subject, EVENING)).toThrow(
      expect.objectContaining({ code: 'RTP_DHAN_MALFORMED' }),
    );
  });

  test('infinite values are malformed', () => {
    for (const key of ['open', 'volume']) {
      const body = answer([start], { [key]: [Number.POSITIVE_INFINITY] });
      expect(() => closedMinutes(body, subject, EVENING)).toThrow(
        expect.objectContaining({ code: 'RTP_DHAN_MALFORMED' }),
      );
    }
  });
});

describe('daily candles', () => {
  test('start at midnight IST of their date', () => {
    const body = answer([1795113000_000, atIst('2026-11-21', '00:00')]);
    expect(dailyCandlesOf(body, subject).ts).toEqual([atIst(DATE, '00:00')]);
  });
});
