import { BAR_STATES, type BarState, TIMEFRAMES, type Timeframe, type TradingDate } from '@rtp/core';
import { checkRange, storeClientErrors } from '@rtp/store-client';
import { z } from 'zod';

export const FORMATS = ['json', 'csv'] as const;
/** `arrays`: rows without names, for our own client. */
export type DataFormat = (typeof FORMATS)[number] | 'arrays';

export interface DataQuery {
  readonly timeframe: Timeframe;
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Newest bars kept at most; undefined keeps all. */
  readonly limit: number | undefined;
  readonly format: DataFormat;
}

const KEYS = ['timeframe', 'start_date', 'end_date', 'limit', 'format'];
// `end_date=` left empty, as forms send it, is a parameter that was not given.
const text = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));
const schema = z.object({ timeframe: text, start_date: text, end_date: text, limit: text, format: text });

/**
 * Reads what questions about the bars of a symbol have in common; `more` names parameters that are read elsewhere.
 * Without dates it asks for the newest stored day; with one, for that day to the newest, or that day alone. Errors:
 * RTP_QUERY_INVALID, RTP_DATE_INVALID.
 */
export function parseDataQuery(raw: unknown, newest: TradingDate | undefined, more: readonly string[] = []): DataQuery {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw invalid('every parameter may be given once');
  const unknown = Object.keys(raw as object).find((key) => !KEYS.includes(key));
  const accepted = [...KEYS, ...more].join(', ');
  if (unknown !== undefined) throw invalid(`parameter "${unknown}" is unknown; accepted are ${accepted}`);
  const { timeframe = '1T', start_date, end_date, limit, format = 'json' } = parsed.data;
  const from = start_date ?? end_date ?? newest ?? '';
  const to = end_date ?? (start_date !== undefined && newest !== undefined && newest > start_date ? newest : from);
  if (from !== '') checkRange(timeframe, from, to);
  else if (!TIMEFRAMES.includes(timeframe as Timeframe)) checkRange(timeframe, '2000-01-01', '2000-01-01');
  if (![...FORMATS, 'arrays'].includes(format)) {
    throw invalid(`format "${format}" is not accepted; use one of ${FORMATS.join(', ')}`);
  }
  return { timeframe: timeframe as Timeframe, from, to, limit: parseLimit(limit), format: format as DataFormat };
}

export interface BarsApiQuery extends DataQuery {
  /** Least finality of the bars wanted. */
  readonly finality: BarState;
}

/** Reads the query of `/data/{symbol}`. Errors: RTP_QUERY_INVALID, RTP_DATE_INVALID. */
export function parseBarsQuery(raw: unknown, newest: TradingDate | undefined): BarsApiQuery {
  const { finality: given, ...rest } = raw as Record<string, unknown>;
  const query = parseDataQuery(rest, newest, ['finality']);
  const finality = BAR_STATES.find((state) => state === (given || BAR_STATES[0]));
  if (finality !== undefined) return { ...query, finality };
  throw invalid(`finality "${given}" is not accepted; use one of ${BAR_STATES.join(', ')}`);
}

/** Reads the query of `/data/{symbol}/revisions`: that of `/data/{symbol}` without a timeframe. Errors: as there. */
export function parseRevisionsQuery(raw: unknown, newest: TradingDate | undefined): DataQuery {
  const given = Object.keys(raw as object).find((key) => key === 'timeframe');
  if (given !== undefined) throw invalid('revisions are those of minutes; there is no timeframe to give');
  return parseDataQuery(raw, newest);
}

function parseLimit(limit: string | undefined): number | undefined {
  if (limit === undefined) return undefined;
  const value = Number(limit);
  if (/^\d+$/.test(limit) && value >= 1 && Number.isSafeInteger(value)) return value;
  throw invalid(`limit "${limit}" is not accepted; use a whole number of at least 1`);
}

function invalid(problem: string): Error {
  return storeClientErrors.create('RTP_QUERY_INVALID', `${problem}.`);
}
