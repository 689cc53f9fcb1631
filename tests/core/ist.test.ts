import { describe, expect, test } from '@jest/globals';
import {
  addDays,
  atIst,
  istIso,
  istTimeOf,
  minuteStart,
  parseTradingDate,
  type RtpError,
  tradingDateOf,
  weekdayOf,
} from '@rtp/core';
import { fromZonedTime } from 'date-fns-tz/fromZonedTime';
import { execaNode } from 'execa';
import fc from 'fast-check';

/** The platform's own opinion of IST. */
const intl = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Kolkata', dateStyle: 'short', timeStyle: 'medium' });
const instants = fc.integer({ min: Date.parse('1990-01-01T00:00:00Z'), max: Date.parse('2090-01-01T00:00:00Z') });

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as RtpError).code;
  }
  return 'no error';
};

describe('IST', () => {
  test('date and time of any instant agree with the platform', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        expect(`${tradingDateOf(instant)} ${istTimeOf(instant)}`).toBe(intl.format(instant));
      }),
    );
  });

  test('instants of dates and times agree with a time zone library', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const [date, time] = [tradingDateOf(instant), istTimeOf(instant)];
        expect(atIst(date, time)).toBe(fromZonedTime(`${date}T${time}`, 'Asia/Kolkata').getTime());
      }),
    );
  });

  test('to an instant and back loses nothing but the milliseconds', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const whole = Math.floor(instant / 1_000) * 1_000;
        expect(atIst(tradingDateOf(instant), istTimeOf(instant))).toBe(whole);
        expect(Date.parse(istIso(instant))).toBe(whole);
      }),
    );
  });

  test('is five and a half hours ahead of UTC', () => {
    expect(atIst('2016-09-30', '09:15')).toBe(Date.parse('2016-09-30T03:45:00Z'));
    expect(istIso(Date.parse('2016-09-30T03:45:00Z'))).toBe('2016-09-30T09:15:00+05:30');
    expect(tradingDateOf(Date.parse('2025-12-31T18:29:59Z'))).toBe('2025-12-31');
    expect(tradingDateOf(Date.parse('2025-12-31T18:30:00Z'))).toBe('2026-01-01');
  });

  test('days and weekdays count over months, leap years and years', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
    expect(weekdayOf('2026-02-01')).toBe(7);
    expect(weekdayOf('2026-02-02')).toBe(1);
  });

  test('minutes start on whole minutes', () => {
    expect(istTimeOf(minuteStart(atIst('2026-01-01', '09:15:59') + 999))).toBe('09:15:00');
  });

  test.each(['2026-02-29', '2026-13-01', '2026-1-1', '20260101', '2026-01-01T00:00', ''])(
    'refuses the date "%s"',
    (text) => {
      expect(codeOf(() => parseTradingDate(text))).toBe('RTP_DATE_INVALID');
      expect(codeOf(() => atIst(text, '09:15'))).toBe('RTP_DATE_INVALID');
    },
  );

  test.each(['24:00', '9:15', '09:60', '09:15:60', 'noon'])('refuses the time "%s"', (text) => {
    expect(codeOf(() => atIst('2026-01-01', text))).toBe('RTP_DATE_INVALID');
  });

  test('does not depend on the host zone', async () => {
    const program = new URL('./fixtures/print-ist.ts', import.meta.url).pathname;
    const zones = ['UTC', 'Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe'];
    const outputs = await Promise.all(
      zones.map(async (TZ) => (await execaNode({ env: { TZ }, nodeOptions: [] })`${program}`).stdout),
    );
    expect(outputs[0]).toContain('2026-03-08 02:30:00 1772917200000 2026-03-08T02:30:00+05:30');
    expect(new Set(outputs).size).toBe(1);
  });
});
