import type { TradingDate } from '@rtp/core';
import { checkRange, type LevelsQuery, storeClientErrors } from '@rtp/store-client';
import { z } from 'zod';
import { type DataQuery, parseDataQuery } from './data-query.ts';

export interface IndicatorsQuery extends DataQuery {
  /** Empty: the stored ones. */
  readonly columns: readonly string[];
}

/** Reads the query of `/indicators/{symbol}`: that of `/data/{symbol}` and `columns`. Errors: as there. */
export function parseIndicatorsQuery(raw: unknown, newest: TradingDate | undefined): IndicatorsQuery {
  const { columns = '', ...rest } = raw as Record<string, unknown>;
  if (typeof columns !== 'string') throw invalid('every parameter may be given once');
  const names = columns.split(',').map((name) => name.trim());
  return { ...parseDataQuery(rest, newest, ['columns']), columns: names.filter((name) => name !== '') };
}

const LEVELS_KEYS = ['timeframe', 'date', 'history'];
const levelsSchema = z.object({
  timeframe: z.string().optional(),
  date: z.string().optional(),
  history: z.string().optional(),
});

/** Reads the query of `/levels/{symbol}`. Errors: RTP_QUERY_INVALID, RTP_DATE_INVALID. */
export function parseLevelsQuery(raw: unknown, newest: TradingDate | undefined): Omit<LevelsQuery, 'symbol'> {
  const parsed = levelsSchema.safeParse(raw);
  if (!parsed.success) throw invalid('every parameter may be given once');
  const unknown = Object.keys(raw as object).find((key) => !LEVELS_KEYS.includes(key));
  if (unknown !== undefined) throw invalid(`parameter "${unknown}" is unknown; accepted are ${LEVELS_KEYS.join(', ')}`);
  const timeframe = parsed.data.timeframe || '1T';
  const date = parsed.data.date || newest;
  const history = parsed.data.history || 'false';
  checkRange(timeframe, date ?? '2000-01-01', date ?? '2000-01-01');
  if (!['true', 'false'].includes(history)) {
    throw invalid(`history "${history}" is not accepted; use true or false`);
  }
  return { timeframe, date, history: history === 'true' };
}

function invalid(problem: string): Error {
  return storeClientErrors.create('RTP_QUERY_INVALID', `${problem}.`);
}
