import { BAR_SOURCES, BAR_STATES, MINUTE_MS, TIMEFRAME_MINUTES, type Timeframe, type TradingDate } from '@rtp/core';
import type { MarketBar } from '../market-data.ts';
import { dateLiteral, type QueryValue } from './query-runner.ts';

export interface BarsQuery {
  readonly instrumentId: number;
  readonly timeframe: Timeframe;
  /** First and last date, inclusive. */
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Newest bars kept at most. */
  readonly limit?: number;
  /** Leaves out minutes that their source did not see whole, also within longer bars. */
  readonly wholeOnly?: boolean;
}

/** Columns of `barsSql`, in order; `time` is the bucket's start in epoch ms. */
export const BAR_COLUMNS = ['time', 'open', 'high', 'low', 'close', 'volume', 'source', 'state', 'revision'] as const;

/** Where buckets start on a day whose session is not recorded: 09:15 IST, in ms after midnight UTC. */
const USUAL_OPEN_MS = 13_500_000;

/**
 * SQL for bars of one instrument, ascending; columns as `BAR_COLUMNS`. Buckets start at each window's open, so none
 * crosses a window; `1D` starts at the day's first open.
 */
export function barsSql(query: BarsQuery): string {
  const whole = query.wholeOnly === true ? ' AND NOT partial' : '';
  const where = `instrument_id = ${query.instrumentId} AND date BETWEEN ${dateLiteral(query.from)} AND ${dateLiteral(query.to)}${whole}`;
  const all = query.timeframe === '1T' ? minutesSql(where) : bucketsSql(where, query.timeframe);
  if (query.limit === undefined) return `${all} ORDER BY time`;
  return `SELECT * FROM (${all} ORDER BY time DESC LIMIT ${query.limit}) ORDER BY time`;
}

function minutesSql(where: string): string {
  return `SELECT epoch_ms(ts)::DOUBLE AS time, open, high, low, close, volume::DOUBLE AS volume, source, state,
    revision::DOUBLE AS revision FROM bars WHERE ${where}`;
}

function bucketsSql(where: string, timeframe: Exclude<Timeframe, '1T'>): string {
  const isDay = timeframe === '1D';
  const step = isDay ? 0 : TIMEFRAME_MINUTES[timeframe] * MINUTE_MS;
  const opens = isDay
    ? 'SELECT date, min(epoch_ms(open_ts)) AS open_ms FROM sessions GROUP BY date'
    : 'SELECT DISTINCT date, epoch_ms(open_ts) AS open_ms FROM sessions';
  // A window's opening belongs to the bars from there on; a bar before the first opening is measured from it.
  const join = isDay
    ? 'LEFT JOIN opens o USING (date)'
    : 'ASOF LEFT JOIN opens o ON b.date = o.date AND b.ms >= o.open_ms';
  const base = `coalesce(o.open_ms, epoch_ms(b.date::TIMESTAMP) + ${USUAL_OPEN_MS})`;
  const bucket = isDay ? base : `${base} + floor((b.ms - ${base}) / ${step})::BIGINT * ${step}`;
  return `WITH opens AS (${opens}), b AS (SELECT *, epoch_ms(ts) AS ms FROM bars WHERE ${where})
    SELECT (${bucket})::DOUBLE AS time, arg_min(open, b.ms) AS open, max(high) AS high, min(low) AS low,
      arg_max(close, b.ms) AS close, sum(volume)::DOUBLE AS volume,
      ${weakest('source', BAR_SOURCES)} AS source, ${weakest('state', BAR_STATES)} AS state,
      max(revision)::DOUBLE AS revision
    FROM b ${join} GROUP BY ALL`;
}

function weakest(column: string, names: readonly string[]): string {
  const list = `[${names.map((name) => `'${name}'`).join(', ')}]`;
  return `${list}[min(list_position(${list}, ${column}))]`;
}

/** A row of `barsSql` as a bar. */
export function toMarketBar(symbol: string, row: readonly QueryValue[]): MarketBar {
  const [time, open, high, low, close, volume, source, state, revision] = row;
  return { symbol, time, open, high, low, close, volume, source, state, revision } as MarketBar;
}
