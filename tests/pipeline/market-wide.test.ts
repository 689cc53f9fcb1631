import { describe, expect, test } from '@jest/globals';
import { type AbsenceReason, type Instrument, istTimeOf, loadCalendar } from '@rtp/core';
import { DayGrid } from '@rtp/pipeline';
import type { MinuteState } from '@rtp/store-client';
import { marketWideAbsences } from '../../packages/pipeline/src/charts/market-wide.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const DATE = '2026-11-20';
const grid = new DayGrid(loadCalendar({ file: 'config/calendar.json' }), DATE);
const NIFTY = instrumentOf(1, 'NIFTY', { class: 'index' });
const SHARES = Array.from({ length: 19 }, (_, index) => instrumentOf(index + 2, `S${index}`));
/** Its last minute is 15:14: the market goes on without it. */
const CAS = instrumentOf(30, 'CAS', { class: 'cas_share' });
const MARKET = [NIFTY, ...SHARES, CAS];

type Fate = AbsenceReason | 'bar' | null;

/** What the store has of a day: every expected minute is a bar, unless said otherwise; null is nothing at all. */
function storedDay(fateOf: (instrument: Instrument, index: number) => Fate, instruments = MARKET): MinuteState[] {
  return instruments.flatMap((instrument) =>
    grid.expectedIndexes(instrument.class).flatMap((index): MinuteState[] => {
      const fate = fateOf(instrument, index);
      if (fate === null) return [];
      const { instrumentId } = instrument;
      const ts = grid.minuteAt(index);
      return fate === 'bar'
        ? [{ instrumentId, ts, source: 'chart', state: 'reconciled', partial: false, reason: null }]
        : [{ instrumentId, ts, source: null, state: null, partial: false, reason: fate }];
    }),
  );
}

/** Runs of minutes and their reasons, as `HH:MM-HH:MM reason xN`. */
function found(stored: readonly MinuteState[], instruments = MARKET): string[] {
  const absences = marketWideAbsences({
    grid,
    instruments,
    stored,
    halt: { minutes: 10, tradedShare: 0.9 },
    knownAt: 5,
  });
  const byReason = Map.groupBy(absences, ({ reason }) => reason);
  return [...byReason].map(([reason, of]) => {
    const minutes = of.map(({ ts }) => ts).toSorted((a, b) => a - b);
    return `${istTimeOf(minutes[0] as number).slice(0, 5)}-${istTimeOf(minutes.at(-1) as number).slice(0, 5)} ${reason} x${of.length}`;
  });
}

const within = (from: number, to: number, fate: Fate) => (_instrument: Instrument, index: number) =>
  index >= from && index < to ? fate : 'bar';

describe('a market in which nothing is traded', () => {
  test('in the middle of the day is halted, every instrument of it', () => {
    expect(found(storedDay(within(100, 145, 'no_trades')))).toEqual([`10:55-11:39 halted x${45 * 21}`]);
  });

  test('at the end of the day has closed without notice, for those that would have traded on', () => {
    expect(found(storedDay(within(345, 375, 'no_trades')))).toEqual([`15:00-15:29 closed x${30 * 20 + 15}`]);
  });

  test('at the start of the day has opened late', () => {
    expect(found(storedDay(within(0, 30, 'no_trades')))).toEqual([`09:15-09:44 closed x${30 * 21}`]);
  });

  test('all day long was closed', () => {
    expect(found(storedDay(() => 'no_trades'))).toEqual([`09:15-15:29 closed x${375 * 20 + 360}`]);
  });

  test('is told although shares have been found halted one by one, and only what changes is said', () => {
    const stored = storedDay(within(100, 120, 'halted'));
    expect(found(stored)).toEqual([]);
    const mixed = storedDay((instrument, index) =>
      index < 100 || index >= 120 ? 'bar' : instrument === NIFTY ? 'no_trades' : 'halted',
    );
    expect(found(mixed)).toEqual(['10:55-11:14 halted x20']);
  });

  test('takes with it the one instrument whose chart was not answered', () => {
    const stored = storedDay((instrument, index) =>
      index >= 345 ? (instrument === SHARES[0] ? null : 'no_trades') : 'bar',
    );
    expect(found(stored)).toEqual([`15:00-15:29 closed x${30 * 20 + 15}`]);
  });

  test.each<[string, readonly MinuteState[]]>([
    ['for less than a halt', storedDay(within(100, 109, 'no_trades'))],
    ['but for one share', storedDay((of, index) => (of !== SHARES[3] && index >= 345 ? 'no_trades' : 'bar'))],
    ['but for the index', storedDay((of, index) => (of !== NIFTY && index >= 345 ? 'no_trades' : 'bar'))],
    [
      'but for volume whose bar the chart lacks',
      storedDay((of, index) => (index < 345 ? 'bar' : of === SHARES[3] ? 'broker_lag' : 'no_trades')),
    ],
    [
      'as far as is known, with a tenth of the charts unanswered',
      storedDay((of, index) =>
        index < 345 ? 'bar' : of === SHARES[3] || of === SHARES[4] ? 'rate_limited' : 'no_trades',
      ),
    ],
    ['as far as is known, with all charts empty', storedDay(() => 'unknown')],
  ])('%s is not told of', (_case, stored) => {
    expect(found(stored)).toEqual([]);
  });

  test('is no market when it is two instruments, or trades thinly', () => {
    const two = MARKET.slice(0, 2);
    expect(found(storedDay(within(345, 375, 'no_trades'), two), two)).toEqual([]);
    const thin = storedDay((_of, index) => (index % 3 === 0 && index < 345 ? 'bar' : 'no_trades'));
    expect(found(thin)).toEqual([]);
  });
});
