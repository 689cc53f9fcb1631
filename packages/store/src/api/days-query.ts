import { ABSENCE_REASONS, type AbsenceReason, parseTradingDate, type TradingDate } from '@rtp/core';
import { checkRange, describeDays, requireDays, storeClientErrors } from '@rtp/store-client';
import { z } from 'zod';

/** Which days are asked about, and of whom. */
export interface DaysQuery {
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** The days were not given as a range. */
  readonly isOneDay: boolean;
  readonly symbol: string | undefined;
  /** Empty: none asked for. */
  readonly reasons: readonly AbsenceReason[];
}

const text = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));
const schema = z.object({ date: text, start_date: text, end_date: text, symbol: text, reason: text });
type Key = keyof z.infer<typeof schema>;

/**
 * Reads `date`, or `start_date` and `end_date`, and `symbol` and `reason` where they are among `keys`. Without dates it
 * asks for the newest stored day. Errors: RTP_QUERY_INVALID, RTP_DATE_INVALID, RTP_DAY_UNKNOWN.
 */
export function parseDaysQuery(
  raw: unknown,
  stored: { readonly dates: readonly TradingDate[]; readonly newest: TradingDate | undefined },
  keys: readonly Key[],
): DaysQuery {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw invalid('every parameter may be given once');
  const unknown = Object.keys(raw as object).find((key) => !keys.includes(key as Key));
  if (unknown !== undefined) throw invalid(`parameter "${unknown}" is unknown; accepted are ${keys.join(', ')}`);
  const { date, start_date, end_date, symbol, reason } = parsed.data;
  if (date !== undefined && (start_date ?? end_date) !== undefined) {
    throw invalid('date and start_date or end_date exclude each other');
  }
  const isOneDay = (start_date ?? end_date) === undefined;
  const from = date ?? start_date ?? end_date ?? stored.newest;
  if (from === undefined) {
    throw storeClientErrors.create('RTP_DAY_UNKNOWN', `Which day? ${describeDays(stored.dates)}.`);
  }
  parseTradingDate(from);
  const last = stored.newest !== undefined && stored.newest > from ? stored.newest : from;
  const to = isOneDay ? from : (end_date ?? last);
  checkRange('1T', from, to);
  requireDays(stored.dates, from, to);
  return { from, to, isOneDay, symbol, reasons: reason === undefined ? [] : parseReasons(reason) };
}

function parseReasons(given: string): readonly AbsenceReason[] {
  return given.split(',').map((name) => {
    const reason = ABSENCE_REASONS.find((known) => known === name.trim());
    if (reason !== undefined) return reason;
    throw invalid(`reason "${name.trim()}" is not accepted; use some of ${ABSENCE_REASONS.join(', ')}`);
  });
}

function invalid(problem: string): Error {
  return storeClientErrors.create('RTP_QUERY_INVALID', `${problem}.`);
}
