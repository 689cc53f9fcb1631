import { describe, expect, it } from '@jest/globals';
import {
  atIst,
  type EpochMs,
  INSTRUMENT_CLASSES,
  istTimeOf,
  loadCalendar,
  MINUTE_MS,
  type RtpError,
  type SessionCalendar,
  tradingDateOf,
} from '@rtp/core';
import { type SessionFields, sessionFields } from '@rtp/indicators';
import fc from 'fast-check';

const calendar = loadCalendar({ file: 'config/calendar.json' });

/** `session offset`, minute of the day and minute of the session of IST times of a date. */
function at(date: string, ...times: string[]): [number, number][] {
  const fields = sessionFields(
    times.map((time) => atIst(date, time)),
    calendar,
  );
  return times.map((_, bar) => [fields.minuteOfDay[bar]!, fields.minuteOfSession[bar]!]);
}

/** Starts of the minutes that the exchange owes on a date. */
const minutesOn = (date: string): readonly EpochMs[] => calendar.expectedMinutes({ class: 'share' }, date);

const rows = (fields: SessionFields): number[][] =>
  Array.from(fields.session, (session, bar) => [session, fields.minuteOfDay[bar]!, fields.minuteOfSession[bar]!]);

describe('the minutes of a day', () => {
  it('count from the opening on a regular day', () => {
    expect(at('2026-10-06', '09:15', '09:29', '09:30', '15:29')).toEqual([
      [555, 0],
      [569, 14],
      [570, 15],
      [929, 374],
    ]);
  });

  it.each([
    ['a regular day', '2026-10-06', 375],
    ['a full Saturday', '2025-02-01', 375],
    ['a Saturday of two windows', '2024-03-02', 105],
    ['a Saturday of two windows', '2024-05-18', 100],
    ['Muhurat trading in the evening', '2024-11-01', 60],
    ['Muhurat trading in the afternoon', '2025-10-21', 60],
  ])('are numbered without a gap on %s, %s', (_, date, count) => {
    const fields = sessionFields(minutesOn(date), calendar);
    expect([...fields.minuteOfSession]).toEqual(Array.from({ length: count }, (_, minute) => minute));
    expect(new Set(fields.session).size).toBe(1);
    expect([...fields.minuteOfDay]).toEqual(
      minutesOn(date).map((time) => {
        const [hours, minutes] = istTimeOf(time).split(':').map(Number);
        return hours! * 60 + minutes!;
      }),
    );
  });

  it('are the same for shares that close early for the auction', () => {
    const early = calendar.expectedMinutes({ class: 'cas_share' }, '2026-10-06');
    expect(early).toHaveLength(360);
    expect([...sessionFields(early, calendar).minuteOfSession]).toEqual(early.map((_, minute) => minute));
  });

  it('stand still outside the windows', () => {
    expect(at('2026-10-06', '00:00', '09:08', '15:30', '15:45', '23:59')).toEqual([
      [0, 0],
      [548, 0],
      [930, 375],
      [945, 375],
      [1439, 375],
    ]);
    expect(at('2024-03-02', '09:59', '10:00', '11:29', '11:30', '12:29', '12:30')).toEqual([
      [599, 44],
      [600, 45],
      [689, 45],
      [690, 45],
      [749, 104],
      [750, 105],
    ]);
  });

  it('of a bar that starts within a minute are that minute', () => {
    const [time] = [atIst('2026-10-06', '09:31:59')];
    expect(rows(sessionFields([time], calendar))[0]!.slice(1)).toEqual([571, 16]);
  });

  it('count from midnight on a day without trading', () => {
    expect(calendar.tradingDay('2026-10-04')).toBeNull();
    expect(at('2026-10-04', '09:15', '09:16')).toEqual([
      [555, 555],
      [556, 556],
    ]);
  });
});

describe('sessions', () => {
  it('change with the IST date, not with the UTC date, and grow', () => {
    const times = [
      atIst('2026-10-06', '23:59'),
      atIst('2026-10-07', '00:00'),
      atIst('2026-10-07', '05:29'),
      atIst('2026-10-07', '05:30'),
      atIst('2026-10-12', '09:15'),
    ];
    const [first, ...others] = sessionFields(times, calendar).session;
    expect(others.map((session) => session - first!)).toEqual([1, 1, 1, 6]);
  });

  it('are days since 1970', () => {
    const { session } = sessionFields([atIst('2026-10-06', '09:15')], calendar);
    expect(session[0]).toBe(Date.parse('2026-10-06T00:00:00Z') / 86_400_000);
  });

  it('are one without end where there are none', () => {
    const times = [0, MINUTE_MS, atIst('2026-10-04', '09:15'), atIst('2031-01-01', '09:15')];
    const fields = sessionFields(times, 'none');
    expect([...fields.session]).toEqual([0, 0, 0, 0]);
    expect([...fields.minuteOfDay]).toEqual([330, 331, 555, 555]);
    expect([...fields.minuteOfSession]).toEqual(times.map((time) => time / MINUTE_MS));
  });
});

describe('any bars', () => {
  const dates = fc.constantFrom('2024-03-02', '2024-11-01', '2025-10-21', '2026-08-03', '2026-10-04', '2026-10-06');
  const instants = fc
    .record({ date: dates, minute: fc.integer({ min: 0, max: 1439 }) })
    .map(({ date, minute }) => atIst(date, '00:00') + minute * MINUTE_MS);

  it('have the same fields whatever bars they stand among', () => {
    fc.assert(
      fc.property(fc.array(instants, { maxLength: 40 }), (times) => {
        const together = rows(sessionFields(Float64Array.from(times), calendar));
        expect(together).toEqual(times.flatMap((time) => rows(sessionFields([time], calendar))));
      }),
    );
  });

  it('are as many minutes into the session as owed minutes precede them', () => {
    fc.assert(
      fc.property(instants, (time) => {
        const date = tradingDateOf(time);
        if (calendar.tradingDay(date) === null) return;
        const owed = new Set(
          INSTRUMENT_CLASSES.flatMap((instrumentClass) => calendar.expectedMinutes({ class: instrumentClass }, date)),
        );
        const before = [...owed].filter((minute) => minute < time).length;
        expect(sessionFields([time], calendar).minuteOfSession[0]).toBe(before);
      }),
    );
  });

  it('ask the calendar once a day', () => {
    const asked: string[] = [];
    const listening = {
      tradingDay(date: string): ReturnType<SessionCalendar['tradingDay']> {
        asked.push(date);
        return calendar.tradingDay(date);
      },
    };
    sessionFields([...minutesOn('2026-10-06'), ...minutesOn('2026-10-07')], listening);
    expect(asked).toEqual(['2026-10-06', '2026-10-07']);
  });

  it('of a day whose hours are unknown are refused', () => {
    let code: string | null = null;
    try {
      sessionFields([atIst('2026-11-08', '18:15')], calendar);
    } catch (error) {
      code = (error as RtpError).code;
    }
    expect(code).toBe('RTP_CALENDAR_TIMES_UNKNOWN');
  });
});
