import { describe, expect, test } from '@jest/globals';
import { atIst, loadCalendar } from '@rtp/core';
import { type MarketStartInput, marketStart } from '../../packages/system-manager/src/system/market-start.ts';

const DATE = '2026-02-03';
const input: MarketStartInput = {
  date: DATE,
  calendar: loadCalendar({ file: 'config/calendar.json' }),
  speed: 1,
  leadMs: 5_000,
  from: undefined,
  startAt: undefined,
  position: null,
};

describe('where a simulated market begins', () => {
  test('a minute before the open at real speed', () => {
    expect(marketStart(input).marketMs).toBe(atIst(DATE, '09:14'));
  });

  test('earlier when fast, so that the processes have the same real time to get ready', () => {
    expect(marketStart({ ...input, speed: 60 }).marketMs).toBe(atIst(DATE, '09:10'));
    expect(marketStart({ ...input, speed: 600 }).marketMs).toBe(atIst(DATE, '08:25'));
  });

  test('ahead of the time asked for', () => {
    expect(marketStart({ ...input, speed: 60, from: '11:00', position: 1 }).marketMs).toBe(atIst(DATE, '10:55'));
  });

  test('where the day was left', () => {
    const position = atIst(DATE, '13:37');
    expect(marketStart({ ...input, position })).toEqual({ marketMs: position, reason: 'where it was left' });
  });

  test('exactly at the instant given, before any other rule', () => {
    const startAt = atIst(DATE, '12:00:30');
    expect(marketStart({ ...input, startAt, from: '11:00', position: 1 }).marketMs).toBe(startAt);
  });
});
