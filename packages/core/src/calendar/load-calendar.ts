import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { coreErrors } from '../errors/core-errors.ts';
import { describeError } from '../errors/rtp-error.ts';
import { readJsonc } from '../files/read-jsonc.ts';
import { projectRoot } from '../process/data-paths.ts';
import { calendarFileSchema, calendarOverlaySchema } from './calendar-file.ts';
import { NseCalendar } from './nse-calendar.ts';
import type { SessionCalendar } from './session-calendar.ts';
import type { MarketHours } from './windows.ts';

export interface CalendarOptions {
  /** The calendar file, relative to the project's folder. */
  readonly file: string;
  /** The session of a recorded or generated day; need not exist. */
  readonly overlayFile?: string;
  /** Narrows every session to these IST times, `end` excluded; never widens one. */
  readonly marketHours?: MarketHours;
}

/** Reads the session calendar. Errors: RTP_CALENDAR_INVALID. */
export function loadCalendar(options: CalendarOptions): SessionCalendar {
  const file = readChecked(resolve(projectRoot, options.file), calendarFileSchema);
  const overlay =
    options.overlayFile !== undefined && existsSync(options.overlayFile)
      ? readChecked(options.overlayFile, calendarOverlaySchema)
      : undefined;
  return new NseCalendar(file, overlay, options.marketHours);
}

function readChecked<T>(path: string, schema: z.ZodType<T>): T {
  let content: unknown;
  try {
    content = readJsonc(path);
  } catch (cause) {
    throw coreErrors.create('RTP_CALENDAR_INVALID', `${path} cannot be read: ${describeError(cause)}.`);
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `  ${issue.path.join('.') || '(top)'}: expected ${issue.message}`,
    );
    throw coreErrors.create('RTP_CALENDAR_INVALID', `${path} is malformed.\n${problems.join('\n')}`);
  }
  return parsed.data;
}
