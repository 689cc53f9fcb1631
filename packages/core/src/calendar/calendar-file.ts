import { z } from 'zod';
import type { INSTRUMENT_CLASSES } from '../domain/instrument.ts';
import { addDays, parseTradingDate } from '../time/ist.ts';

/** `config/calendar.json`: when NSE's cash market trades. Comments are allowed in the file. */
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day HH:MM, IST');
const date = z.string().refine(isDate, 'a date YYYY-MM-DD');

/** Start and end of continuous trading; the end is the first minute without it. */
const windowSchema = z.tuple([time, time]).refine(([open, close]) => open < close, 'a start before its end');
const windowsSchema = z
  .array(windowSchema)
  .min(1)
  .refine(
    (windows) => windows.every((w, i) => i === 0 || (windows[i - 1]?.[1] ?? '') <= w[0]),
    'windows in order, apart',
  );

const holidaySchema = z.strictObject({ date, name: z.string().min(1) });

/**
 * A day that trades although it is a weekend or a holiday, or at other hours than the regime's. Its hours are
 * `windows`, or `open` and `close`; both null means that the exchange has announced the day but not the times.
 */
const specialSessionSchema = z
  .strictObject({
    date,
    name: z.string().min(1),
    windows: windowsSchema.optional(),
    open: time.nullable().optional(),
    close: time.nullable().optional(),
    /** How sure the file is of it: for people. */
    confidence: z.string().optional(),
  })
  .refine((s) => s.windows !== undefined || (s.open !== undefined && s.close !== undefined), {
    error: '"windows", or "open" and "close" (both null while unknown)',
  })
  .refine((s) => s.windows !== undefined || (s.open === null) === (s.close === null), {
    error: 'both of "open" and "close" null, or neither',
  })
  .refine((s) => s.windows !== undefined || !s.open || !s.close || s.open < s.close, {
    error: '"open" before "close"',
  });

/** The hours of a normal day of each instrument class between two dates, both included. */
const regimeSchema = z.strictObject({
  from: date,
  to: date.nullable(),
  windows: z.strictObject({ share: windowsSchema, cas_share: windowsSchema, index: windowsSchema }),
});

const closingAuctionSchema = z.strictObject({ from: date, to: date.nullable(), symbols: z.array(z.string().min(1)) });

export const calendarFileSchema = z
  .strictObject({
    exchange: z.literal('NSE'),
    timezone: z.literal('Asia/Kolkata'),
    first_known_date: date,
    last_known_date: date,
    /** From here to the first known date every weekday counts as a trading day, unless a line says otherwise. */
    inferred_from: date,
    weekdays: z.array(z.int().min(1).max(7)).min(1),
    regimes: z.array(regimeSchema).min(1),
    holidays: z.array(holidaySchema),
    special_sessions: z.array(specialSessionSchema),
    closing_auction: z.array(closingAuctionSchema),
  })
  .superRefine((file, context) => {
    const problem = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (!(file.inferred_from <= file.first_known_date && file.first_known_date <= file.last_known_date)) {
      problem(['first_known_date'], 'inferred_from <= first_known_date <= last_known_date');
    }
    for (const list of ['holidays', 'special_sessions'] as const) {
      const seen = new Set<string>();
      for (const [index, entry] of file[list].entries()) {
        if (seen.has(entry.date)) problem([list, index, 'date'], `${entry.date} once only`);
        seen.add(entry.date);
      }
    }
    let next = file.inferred_from;
    for (const [index, regime] of file.regimes.entries()) {
      if (regime.from !== next) problem(['regimes', index, 'from'], `${next}, so that no date is left out`);
      if (regime.to === null ? index < file.regimes.length - 1 : regime.to < regime.from) {
        problem(['regimes', index, 'to'], 'an end after its start, null in the last regime only');
      }
      next = regime.to === null ? '9999-12-31' : addDays(regime.to, 1);
    }
    if (next <= file.last_known_date) problem(['regimes'], `regimes up to ${file.last_known_date}`);
  });
export type CalendarFile = z.infer<typeof calendarFileSchema>;
export type FileWindows = z.infer<typeof windowsSchema>;

/** The session of one recorded or generated day, which wins over the file for its date. */
export const calendarOverlaySchema = z.strictObject({
  date,
  name: z.string().min(1),
  windows: windowsSchema,
  /** Who is in the closing auction that day; the file's list when left out. */
  closing_auction_symbols: z.array(z.string().min(1)).optional(),
});
export type CalendarOverlay = z.infer<typeof calendarOverlaySchema>;

/** Every class with the windows chosen by `of`. */
export function perClass<T>(of: (instrumentClass: (typeof INSTRUMENT_CLASSES)[number]) => T): ClassRecord<T> {
  return { share: of('share'), cas_share: of('cas_share'), index: of('index') };
}
export type ClassRecord<T> = Readonly<Record<(typeof INSTRUMENT_CLASSES)[number], T>>;

function isDate(text: string): boolean {
  try {
    parseTradingDate(text);
    return true;
  } catch {
    return false;
  }
}
