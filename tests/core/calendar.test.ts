import { describe, expect, test } from '@jest/globals';
import {
  atIst,
  type InstrumentClass,
  istIso,
  istTimeOf,
  loadCalendar,
  type RtpError,
  type TradingDate,
} from '@rtp/core';

const calendar = loadCalendar({ file: 'config/calendar.json' });

const minutes = (instrumentClass: InstrumentClass, date: TradingDate): readonly number[] =>
  calendar.expectedMinutes({ class: instrumentClass }, date);
/** Count, first and last minute owed. */
const shape = (instrumentClass: InstrumentClass, date: TradingDate): readonly unknown[] => {
  const owed = minutes(instrumentClass, date);
  return [owed.length, istTimeOf(owed[0] as number).slice(0, 5), istTimeOf(owed.at(-1) as number).slice(0, 5)];
};
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as RtpError).code;
  }
  return 'no error';
};
const iso = (instant: number | null): string | null => (instant === null ? null : istIso(instant));

describe('expected minutes', () => {
  test.each([
    ['share', '2026-07-31', [375, '09:15', '15:29']],
    ['cas_share', '2026-07-31', [375, '09:15', '15:29']],
    ['index', '2026-07-31', [375, '09:15', '15:29']],
    ['share', '2026-08-03', [375, '09:15', '15:29']],
    ['cas_share', '2026-08-03', [360, '09:15', '15:14']],
    ['index', '2026-08-03', [375, '09:15', '15:29']],
    ['cas_share', '2026-10-06', [360, '09:15', '15:14']],
    ['index', '2026-10-06', [375, '09:15', '15:29']],
    ['share', '2016-09-30', [375, '09:15', '15:29']],
  ] as const)('of a %s on %s are %j', (instrumentClass, date, expected) => {
    expect(shape(instrumentClass, date)).toEqual(expected);
  });

  test.each([
    ['2024-01-20', 375, '09:15', '15:29'],
    ['2024-03-02', 105, '09:15', '12:29'],
    ['2024-05-18', 100, '09:15', '12:39'],
    ['2024-11-01', 60, '18:00', '18:59'],
    ['2025-02-01', 375, '09:15', '15:29'],
    ['2025-10-21', 60, '13:45', '14:44'],
    ['2026-02-01', 375, '09:15', '15:29'],
  ] as const)('of the special session %s are %i, %s to %s, for every class', (date, count, first, last) => {
    for (const instrumentClass of ['share', 'cas_share', 'index'] as const) {
      expect(shape(instrumentClass, date)).toEqual([count, first, last]);
    }
    expect(calendar.tradingDay(date)?.kind).toBe('special');
  });

  test('ascend by one minute inside each window and skip the pause between two', () => {
    const owed = minutes('share', '2024-03-02');
    const steps = owed.slice(1).map((minute, index) => (minute - (owed[index] as number)) / 60_000);
    expect(steps.filter((step) => step !== 1)).toEqual([91]);
    expect(istTimeOf(owed[44] as number)).toBe('09:59:00');
    expect(istTimeOf(owed[45] as number)).toBe('11:30:00');
  });

  test('of a closed day are none', () => {
    expect(minutes('share', '2026-01-26')).toEqual([]);
    expect(calendar.windowsOf('index', '2026-11-21')).toEqual([]);
  });

  test('are worked out once', () => {
    expect(minutes('share', '2026-10-06')).toBe(minutes('share', '2026-10-06'));
  });
});

describe('trading days', () => {
  test('a Sunday is closed, the Budget Sunday is not', () => {
    expect(calendar.closedReason('2026-01-25')).toBe('Sunday');
    expect(calendar.tradingDay('2026-01-25')).toBeNull();
    expect(calendar.closedReason('2026-02-01')).toBeNull();
    expect(calendar.tradingDay('2026-02-01')?.name).toBe('Union Budget, Sunday');
  });

  test('a holiday is closed by its name', () => {
    expect(calendar.closedReason('2026-01-15')).toMatch(/^Municipal Corporation Elections/);
    expect(calendar.tradingDay('2026-01-15')).toBeNull();
  });

  test('a special session wins over the holiday of its date', () => {
    expect(calendar.closedReason('2025-10-21')).toBeNull();
    expect(calendar.tradingDay('2025-10-21')?.windows).toHaveLength(1);
  });

  test('a day has the widest windows of all classes', () => {
    const day = calendar.tradingDay('2026-10-06');
    expect(day?.windows.map(({ openMs, closeMs }) => [iso(openMs), iso(closeMs)])).toEqual([
      ['2026-10-06T09:15:00+05:30', '2026-10-06T15:30:00+05:30'],
    ]);
    expect(calendar.tradingDay('2024-03-02')?.windows).toHaveLength(2);
  });

  test('before the first known date weekdays are inferred, weekends closed', () => {
    expect(calendar.firstKnownDate).toBe('2024-01-01');
    expect(calendar.tradingDay('2016-09-30')).toMatchObject({ kind: 'regular', confidence: 'inferred' });
    expect(calendar.tradingDay('2023-12-29')?.confidence).toBe('inferred');
    expect(calendar.tradingDay('2024-01-01')?.confidence).toBe('known');
    expect(calendar.tradingDay('2010-10-18')?.confidence).toBe('inferred');
    expect(calendar.closedReason('2016-10-01')).toBe('Saturday');
  });

  test.each(['2010-10-17', '2010-10-15', '2027-01-01', '2027-01-03'])('%s is out of range', (date) => {
    expect(codeOf(() => calendar.tradingDay(date))).toBe('RTP_CALENDAR_OUT_OF_RANGE');
    expect(codeOf(() => calendar.closedReason(date))).toBe('RTP_CALENDAR_OUT_OF_RANGE');
    expect(codeOf(() => minutes('share', date))).toBe('RTP_CALENDAR_OUT_OF_RANGE');
  });

  test('the last known date is in range', () => {
    expect(calendar.lastKnownDate).toBe('2026-12-31');
    expect(minutes('share', '2026-12-31')).toHaveLength(375);
  });

  test('a session whose times were never announced is an error that asks for them', () => {
    for (const ask of [
      () => calendar.tradingDay('2026-11-08'),
      () => minutes('share', '2026-11-08'),
      () => calendar.windowsOf('index', '2026-11-08'),
    ]) {
      expect(codeOf(ask)).toBe('RTP_CALENDAR_TIMES_UNKNOWN');
      expect(ask).toThrow(/Muhurat.*2026-11-08/);
    }
    expect(calendar.closedReason('2026-11-08')).toBeNull();
  });

  test('text that is no date is refused', () => {
    expect(codeOf(() => calendar.tradingDay('2026-02-30'))).toBe('RTP_DATE_INVALID');
    expect(codeOf(() => calendar.tradingDay('today'))).toBe('RTP_DATE_INVALID');
  });

  test('follow each other over weekends, holidays, years and sessions of unknown times', () => {
    expect(calendar.nextTradingDay('2025-12-31')).toBe('2026-01-01');
    expect(calendar.previousTradingDay('2026-01-01')).toBe('2025-12-31');
    expect(calendar.nextTradingDay('2024-12-31')).toBe('2025-01-01');
    expect(calendar.nextTradingDay('2025-10-20')).toBe('2025-10-21');
    expect(calendar.nextTradingDay('2025-10-21')).toBe('2025-10-23');
    expect(calendar.nextTradingDay('2026-11-06')).toBe('2026-11-09');
    expect(calendar.previousTradingDay('2026-11-09')).toBe('2026-11-06');
    expect(calendar.nextTradingDay('2026-12-31')).toBeNull();
    expect(calendar.previousTradingDay('2010-10-18')).toBeNull();
    expect(calendar.previousTradingDay('2030-01-01')).toBe('2026-12-31');
    expect(calendar.nextTradingDay('1999-01-01')).toBe('2010-10-18');
  });
});

describe('the session at an instant', () => {
  const at = (date: string, time: string) => calendar.sessionAt(atIst(date, time));

  test.each([
    ['2026-10-06', '00:00', 'before_open'],
    ['2026-10-06', '09:14:59', 'before_open'],
    ['2026-10-06', '09:15', 'open'],
    ['2026-10-06', '15:29:59', 'open'],
    ['2026-10-06', '15:30', 'after_close'],
    ['2026-10-06', '23:59:59', 'after_close'],
    ['2024-03-02', '09:59:59', 'open'],
    ['2024-03-02', '10:00', 'between_windows'],
    ['2024-03-02', '11:29:59', 'between_windows'],
    ['2024-03-02', '11:30', 'open'],
    ['2024-03-02', '12:30', 'after_close'],
    ['2026-10-04', '12:00', 'closed_day'],
  ])('%s %s is %s', (date, time, phase) => {
    expect(at(date, time)).toMatchObject({ date, phase });
  });

  test('carries the window in progress and a label for people', () => {
    expect(at('2024-03-02', '11:45').window).toEqual({
      openMs: atIst('2024-03-02', '11:30'),
      closeMs: atIst('2024-03-02', '12:30'),
    });
    expect(at('2026-10-06', '16:00').window).toBeNull();
    expect(at('2026-10-02', '12:00').label).toBe('Mahatma Gandhi Jayanti');
    expect(at('2026-10-04', '12:00').label).toBe('Sunday');
    expect(at('2026-11-08', '18:30')).toMatchObject({
      phase: 'closed_day',
      label: expect.stringMatching(/times unknown/),
    });
    expect(at('2027-01-04', '12:00')).toMatchObject({
      phase: 'closed_day',
      label: expect.stringMatching(/2026-12-31/),
    });
  });
});

describe('the next open and close', () => {
  const open = (date: string, time: string): string | null => iso(calendar.nextOpen(atIst(date, time)));
  const close = (date: string, time: string): string | null => iso(calendar.nextClose(atIst(date, time)));

  test('inside, between and outside windows', () => {
    expect(open('2026-10-06', '09:14:59')).toBe('2026-10-06T09:15:00+05:30');
    expect(open('2026-10-06', '09:15')).toBe('2026-10-07T09:15:00+05:30');
    expect(close('2026-10-06', '09:15')).toBe('2026-10-06T15:30:00+05:30');
    expect(close('2026-10-06', '15:30')).toBe('2026-10-07T15:30:00+05:30');
    expect(open('2024-03-02', '09:30')).toBe('2024-03-02T11:30:00+05:30');
    expect(close('2024-03-02', '09:30')).toBe('2024-03-02T10:00:00+05:30');
    expect(close('2024-03-02', '10:30')).toBe('2024-03-02T12:30:00+05:30');
    expect(open('2024-03-02', '12:00')).toBe('2024-03-04T09:15:00+05:30');
  });

  test('over year boundaries, weekends and holidays', () => {
    expect(open('2025-12-31', '20:00')).toBe('2026-01-01T09:15:00+05:30');
    expect(open('2024-12-31', '15:30')).toBe('2025-01-01T09:15:00+05:30');
    expect(open('2026-10-01', '16:00')).toBe('2026-10-05T09:15:00+05:30');
    expect(open('2026-01-30', '16:00')).toBe('2026-02-01T09:15:00+05:30');
  });

  test('pass over a session of unknown times', () => {
    expect(open('2026-11-06', '16:00')).toBe('2026-11-09T09:15:00+05:30');
  });

  test('are null beyond the end, and start with the first date before the beginning', () => {
    expect(open('2026-12-31', '15:00')).toBeNull();
    expect(close('2026-12-31', '15:00')).toBe('2026-12-31T15:30:00+05:30');
    expect(close('2026-12-31', '15:30')).toBeNull();
    expect(open('2005-01-01', '00:00')).toBe('2010-10-18T09:15:00+05:30');
  });
});

describe('closing-auction membership', () => {
  test('begins on 2026-08-03 and has no end', () => {
    expect(calendar.isClosingAuctionShare('RELIANCE', '2026-08-02')).toBe(false);
    expect(calendar.isClosingAuctionShare('RELIANCE', '2026-08-03')).toBe(true);
    expect(calendar.isClosingAuctionShare('360ONE', '2026-12-31')).toBe(true);
    expect(calendar.isClosingAuctionShare('3MINDIA', '2026-08-03')).toBe(false);
    expect(calendar.isClosingAuctionShare('NO SUCH SHARE', '2026-08-03')).toBe(false);
  });
});
