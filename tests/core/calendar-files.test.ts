import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  atIst,
  type CalendarOptions,
  istIso,
  istTimeOf,
  loadCalendar,
  projectRoot,
  type RtpError,
  readJsonc,
  type SessionCalendar,
} from '@rtp/core';
import { execaNode } from 'execa';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-calendar-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface SpecialSession {
  date: string;
  name: string;
  windows?: [string, string][];
  open?: string | null;
  close?: string | null;
}
interface CalendarText {
  last_known_date: string;
  first_known_date: string;
  regimes: { from: string; to: string | null }[];
  holidays: { date: string; name: string }[];
  special_sessions: SpecialSession[];
  closing_auction: { from: string; to: string | null; symbols: string[] }[];
  [key: string]: unknown;
}

const shipped = (): CalendarText => readJsonc(join(projectRoot, 'config/calendar.json')) as CalendarText;

/** The shipped calendar after `change`. */
function changed(change: (file: CalendarText) => void, options: Partial<CalendarOptions> = {}): SessionCalendar {
  const content = shipped();
  change(content);
  const file = join(dir, 'calendar.json');
  writeFileSync(file, JSON.stringify(content));
  return loadCalendar({ file, ...options });
}

function withOverlay(overlay: unknown, options: Partial<CalendarOptions> = {}): SessionCalendar {
  const overlayFile = join(dir, 'overlay.json');
  writeFileSync(overlayFile, JSON.stringify(overlay));
  return loadCalendar({ file: 'config/calendar.json', overlayFile, ...options });
}

const owed = (calendar: SessionCalendar, instrumentClass: 'share' | 'cas_share' | 'index', date: string): string => {
  const minutes = calendar.expectedMinutes({ class: instrumentClass }, date);
  const edge = (at: number): string => istTimeOf(minutes.at(at) as number).slice(0, 5);
  return minutes.length === 0 ? 'none' : `${minutes.length} ${edge(0)}-${edge(-1)}`;
};

function problemOf(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    return { code: (error as RtpError).code, message: (error as RtpError).message };
  }
  throw new Error('no error');
}

describe('the overlay of a recorded day', () => {
  test('wins over holiday, weekend and range for its date only', () => {
    const windows = [['10:00', '11:00']];
    for (const date of ['2026-01-26', '2026-10-04', '2031-05-05', '2004-05-05', '2026-11-08']) {
      const calendar = withOverlay({ date, name: 'recorded day', windows });
      expect(calendar.tradingDay(date)).toMatchObject({ kind: 'recorded', name: 'recorded day', confidence: 'known' });
      expect(owed(calendar, 'index', date)).toBe('60 10:00-10:59');
      expect(calendar.nextOpen(atIst(date, '09:00'))).toBe(atIst(date, '10:00'));
      expect(owed(calendar, 'share', '2026-10-06')).toBe('375 09:15-15:29');
    }
  });

  test('with the hours of a full day keeps the hours of each class on its date', () => {
    const full = { name: 'recorded day', windows: [['09:15', '15:30']] };
    const before = withOverlay({ date: '2016-09-30', ...full });
    expect(owed(before, 'cas_share', '2016-09-30')).toBe('375 09:15-15:29');
    const after = withOverlay({ date: '2026-11-20', ...full });
    expect(owed(after, 'cas_share', '2026-11-20')).toBe('360 09:15-15:14');
    expect(owed(after, 'share', '2026-11-20')).toBe('375 09:15-15:29');
  });

  test('says who is in the closing auction on its date', () => {
    const overlay = {
      date: '2026-11-20',
      name: 'generated day',
      windows: [['09:15', '15:30']],
      closing_auction_symbols: ['SIM1'],
    };
    const calendar = withOverlay(overlay);
    expect(calendar.isClosingAuctionShare('SIM1', '2026-11-20')).toBe(true);
    expect(calendar.isClosingAuctionShare('RELIANCE', '2026-11-20')).toBe(false);
    expect(calendar.isClosingAuctionShare('RELIANCE', '2026-11-19')).toBe(true);
    const silent = withOverlay({ ...overlay, closing_auction_symbols: undefined });
    expect(silent.isClosingAuctionShare('RELIANCE', '2026-11-20')).toBe(true);
  });

  test('need not exist, but must be sound when it does', () => {
    const absent = loadCalendar({ file: 'config/calendar.json', overlayFile: join(dir, 'none.json') });
    expect(absent.closedReason('2026-10-04')).toBe('Sunday');
    const unsound = problemOf(() => withOverlay({ date: '2026-11-20', name: 'x', windows: [['15:30', '09:15']] }));
    expect(unsound).toMatchObject({
      code: 'RTP_CALENDAR_INVALID',
      message: expect.stringMatching(/windows\.0.*start before its end/),
    });
  });
});

describe('configured market hours', () => {
  const hours = (start: string, end: string, more: Partial<CalendarOptions> = {}): SessionCalendar =>
    loadCalendar({ file: 'config/calendar.json', marketHours: { start, end }, ...more });

  test('narrow every session and never widen one', () => {
    expect(owed(hours('10:00', '11:00'), 'share', '2026-10-06')).toBe('60 10:00-10:59');
    expect(owed(hours('15:00', '23:59'), 'cas_share', '2026-10-06')).toBe('15 15:00-15:14');
    expect(owed(hours('00:00', '23:59'), 'share', '2026-10-06')).toBe('375 09:15-15:29');
    expect(owed(hours('09:30', '12:00'), 'share', '2024-03-02')).toBe('60 09:30-11:59');
    expect(hours('09:30', '12:00').tradingDay('2024-03-02')?.windows).toHaveLength(2);
  });

  test('close a day whose sessions all lie outside, by a reason that says so', () => {
    const calendar = hours('09:15', '12:00');
    expect(calendar.tradingDay('2025-10-21')).toBeNull();
    expect(calendar.closedReason('2025-10-21')).toMatch(/outside the configured market hours/);
    expect(calendar.nextTradingDay('2025-10-20')).toBe('2025-10-23');
  });

  test('move the next open and close', () => {
    const calendar = hours('10:00', '11:00');
    const instant = atIst('2026-10-06', '09:15');
    expect(istIso(calendar.nextOpen(instant) as number)).toBe('2026-10-06T10:00:00+05:30');
    expect(istIso(calendar.nextClose(instant) as number)).toBe('2026-10-06T11:00:00+05:30');
    expect(calendar.sessionAt(instant).phase).toBe('before_open');
  });

  test('narrow a recorded day too', () => {
    const overlay = { date: '2016-09-30', name: 'recorded day', windows: [['09:15', '15:30']] };
    const calendar = withOverlay(overlay, { marketHours: { start: '09:15', end: '10:00' } });
    expect(owed(calendar, 'share', '2016-09-30')).toBe('45 09:15-09:59');
  });
});

describe('the calendar file', () => {
  const special = (session: Omit<SpecialSession, 'name'>): SessionCalendar =>
    changed((file) => void file.special_sessions.push({ name: 'special', ...session }));

  test('gives a full special day after 2026-08-03 the hours of each class, a short one the same hours to all', () => {
    const full = special({ date: '2026-10-03', open: '09:15', close: '15:30' });
    expect([owed(full, 'share', '2026-10-03'), owed(full, 'cas_share', '2026-10-03')]).toEqual([
      '375 09:15-15:29',
      '360 09:15-15:14',
    ]);
    const short = special({ date: '2026-10-03', open: '14:30', close: '15:30' });
    expect(owed(short, 'cas_share', '2026-10-03')).toBe('60 14:30-15:29');
  });

  test('takes the times of a session that was known by date only', () => {
    const calendar = changed((file) => {
      const session = file.special_sessions.find(({ date }) => date === '2026-11-08') as SpecialSession;
      Object.assign(session, { open: '18:00', close: '19:00' });
    });
    expect(owed(calendar, 'share', '2026-11-08')).toBe('60 18:00-18:59');
    expect(calendar.nextTradingDay('2026-11-06')).toBe('2026-11-08');
  });

  test('takes another year, and dated membership that ends', () => {
    const calendar = changed((file) => {
      file.last_known_date = '2027-12-31';
      file.holidays.push({ date: '2027-01-26', name: 'Republic Day' });
      (file.closing_auction[0] as { to: string | null }).to = '2026-12-31';
      file.closing_auction.push({ from: '2027-01-01', to: null, symbols: ['TCS'] });
    });
    expect(calendar.closedReason('2027-01-26')).toBe('Republic Day');
    expect(owed(calendar, 'cas_share', '2027-01-25')).toBe('360 09:15-15:14');
    expect(calendar.isClosingAuctionShare('RELIANCE', '2026-12-31')).toBe(true);
    expect(calendar.isClosingAuctionShare('RELIANCE', '2027-01-01')).toBe(false);
    expect(calendar.isClosingAuctionShare('TCS', '2027-01-01')).toBe(true);
  });

  test.each<[string, (file: CalendarText) => void, RegExp]>([
    ['an unknown key', (file) => void Object.assign(file, { holiday: [] }), /holiday/],
    [
      'a date that does not exist',
      (file) => void Object.assign(file, { last_known_date: '2026-02-30' }),
      /last_known_date: expected a date/,
    ],
    [
      'a repeated holiday',
      (file) => void file.holidays.push({ date: '2026-12-25', name: 'x' }),
      /2026-12-25 once only/,
    ],
    [
      'a gap between regimes',
      (file) => void Object.assign(file.regimes[1] ?? {}, { from: '2026-08-05' }),
      /regimes\.1\.from: expected 2026-08-03/,
    ],
    [
      'windows that overlap',
      (file) =>
        void file.special_sessions.push({
          date: '2026-10-03',
          name: 'x',
          windows: [
            ['09:15', '10:30'],
            ['10:00', '11:00'],
          ],
        }),
      /windows in order/,
    ],
    [
      'half-known times',
      (file) => void file.special_sessions.push({ date: '2026-10-03', name: 'x', open: '09:15', close: null }),
      /or neither/,
    ],
    [
      'no times at all',
      (file) => void file.special_sessions.push({ date: '2026-10-03', name: 'x' }),
      /"windows", or "open" and "close"/,
    ],
    [
      'dates in the wrong order',
      (file) => void Object.assign(file, { first_known_date: '2027-01-01' }),
      /first_known_date/,
    ],
  ])('with %s is refused by the place', (_what, change, words) => {
    const problem = problemOf(() => changed(change));
    expect(problem.code).toBe('RTP_CALENDAR_INVALID');
    expect(problem.message).toMatch(words);
  });

  test('that is missing or no JSON is refused with its path and place', () => {
    const missing = problemOf(() => loadCalendar({ file: join(dir, 'nowhere.json') }));
    expect(missing).toMatchObject({ code: 'RTP_CALENDAR_INVALID', message: expect.stringMatching(/nowhere\.json/) });
    const broken = join(dir, 'broken.json');
    writeFileSync(broken, '{\n  "exchange": "NSE",,\n}');
    expect(problemOf(() => loadCalendar({ file: broken })).message).toMatch(/broken\.json.*line 2, column 21/);
  });

  test('lists every symbol of the closing auction once', () => {
    const { symbols } = shipped().closing_auction[0] as { symbols: string[] };
    expect(symbols).toHaveLength(208);
    expect(new Set(symbols).size).toBe(208);
  });

  test('keeps its comments: it is meant to be edited by hand', () => {
    expect(readFileSync(join(projectRoot, 'config/calendar.json'), 'utf8')).toMatch(/^\/\/ /);
  });
});

test('the calendar is the same in every host time zone', async () => {
  const program = new URL('./fixtures/print-calendar.ts', import.meta.url);
  const zones = ['UTC', 'Asia/Kolkata', 'America/Los_Angeles', 'Pacific/Kiritimati'];
  const outputs = await Promise.all(
    zones.map(async (TZ) => (await execaNode({ env: { TZ }, nodeOptions: [] })`${program.pathname}`).stdout),
  );
  expect(outputs[0]).toContain('2026-10-06 360 2026-10-06T09:15:00+05:30 2026-10-06T15:14:00+05:30');
  expect(new Set(outputs).size).toBe(1);
});
