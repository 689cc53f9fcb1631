import {
  BAR_SOURCES,
  BAR_STATES,
  type BarState,
  MINUTE_MS,
  TIMEFRAME_MINUTES,
  type Timeframe,
  type TradingDate,
} from '@rtp/core';
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
  /**
   * Leaves out bars that are less final. A longer bar is as final as its least final minute, and a minute that is still
   * to come, or owed, is not final at all.
   */
  readonly finality?: BarState;
}

/** What a minute's bar says, and how it came to say it. */
export const BAR_VALUES = [
  'open',
  'high',
  'low',
  'close',
  'volume',
  'source',
  'state',
  'revision',
  'partial',
  'known_at',
] as const;
const MINUTE_COLUMNS = ['time', ...BAR_VALUES] as const;

/** Columns of `barsSql`, in order; `time` is the bucket's start, `known_at` the newest of its minutes, both epoch ms. */
export const barColumns = (timeframe: Timeframe): readonly string[] =>
  timeframe === '1T' ? MINUTE_COLUMNS : [...MINUTE_COLUMNS, 'partial_minutes'];

/** Where buckets start on a day whose session is not recorded: 09:15 IST, in ms after midnight UTC. */
const USUAL_OPEN_MS = 13_500_000;

/**
 * SQL for bars of one instrument, ascending; columns as `barColumns`. Buckets start at each window's open, so none
 * crosses a window; `1D` starts at the day's first open.
 */
export function barsSql(query: BarsQuery): string {
  const all = query.timeframe === '1T' ? minutesSql(query) : bucketsSql(query, query.timeframe);
  if (query.limit === undefined) return `${all} ORDER BY time`;
  return `SELECT * FROM (${all} ORDER BY time DESC LIMIT ${query.limit}) ORDER BY time`;
}

/** What is stored of the instrument in the range. */
const stored = ({ instrumentId, from, to }: BarsQuery): string =>
  `instrument_id = ${instrumentId} AND date BETWEEN ${dateLiteral(from)} AND ${dateLiteral(to)}`;

const whole = ({ wholeOnly }: BarsQuery): string => (wholeOnly === true ? ' AND NOT partial' : '');

const isFinal = (finality: BarState): string =>
  `state IN (${BAR_STATES.slice(BAR_STATES.indexOf(finality))
    .map((state) => `'${state}'`)
    .join(', ')})`;

function minutesSql(query: BarsQuery): string {
  const final = query.finality === undefined ? '' : ` AND ${isFinal(query.finality)}`;
  return `SELECT epoch_ms(ts)::DOUBLE AS time, open, high, low, close, volume::DOUBLE AS volume, source, state,
    revision::DOUBLE AS revision, partial, epoch_ms(known_at)::DOUBLE AS known_at
    FROM bars WHERE ${stored(query)}${whole(query)}${final}`;
}

function bucketsSql(query: BarsQuery, timeframe: Exclude<Timeframe, '1T'>): string {
  const { opens, join, bucket } = bucketing(timeframe);
  const { finality } = query;
  const buckets = `SELECT (${bucket})::DOUBLE AS time, arg_min(open, b.ms) AS open, max(high) AS high, min(low) AS low,
      arg_max(close, b.ms) AS close, sum(volume)::DOUBLE AS volume,
      ${weakest('source', BAR_SOURCES)} AS source, ${weakest('state', BAR_STATES)} AS state,
      max(revision)::DOUBLE AS revision, bool_or(partial) AS partial, max(epoch_ms(known_at))::DOUBLE AS known_at,
      count(*) FILTER (partial)::DOUBLE AS partial_minutes
    FROM b ${join} GROUP BY ${bucket}`;
  const parts = [
    `opens AS (${opens})`,
    `b AS (SELECT *, epoch_ms(ts) AS ms FROM bars WHERE ${stored(query)}${whole(query)})`,
  ];
  if (finality === undefined) return `WITH ${parts.join(', ')} ${buckets}`;
  parts.push(
    `buckets AS (${buckets})`,
    `unfinal AS (SELECT DISTINCT (${bucket})::DOUBLE AS time FROM (${unfinalSql(query, finality)}) b ${join})`,
  );
  return `WITH ${parts.join(', ')}
    SELECT * FROM buckets ANTI JOIN unfinal USING (time) WHERE ${isFinal(finality)}`;
}

/** Expected minutes that are neither bars of that finality nor settled by a reason. */
function unfinalSql(query: BarsQuery, finality: BarState): string {
  const within = stored(query);
  return `SELECT e.date, e.ms
    FROM (SELECT t.date, unnest(range(epoch_ms(s.open_ts), epoch_ms(s.close_ts), ${MINUTE_MS})) AS ms
        FROM (SELECT date, class FROM tracked WHERE ${within}) t JOIN sessions s USING (date, class)) e
      ANTI JOIN (SELECT epoch_ms(ts) AS ms FROM bars WHERE ${within} AND ${isFinal(finality)}) USING (ms)
      ANTI JOIN (SELECT epoch_ms(ts) AS ms FROM absences WHERE ${within} AND settled) USING (ms)`;
}

/** SQL of the buckets' openings, of how minutes `b` are joined to them, and of the bucket a minute falls into. */
function bucketing(timeframe: Exclude<Timeframe, '1T'>): {
  readonly opens: string;
  readonly join: string;
  readonly bucket: string;
} {
  const base = `coalesce(o.open_ms, epoch_ms(b.date::TIMESTAMP) + ${USUAL_OPEN_MS})`;
  if (timeframe === '1D') {
    return {
      opens: 'SELECT date, min(epoch_ms(open_ts)) AS open_ms FROM sessions GROUP BY date',
      join: 'LEFT JOIN opens o USING (date)',
      bucket: base,
    };
  }
  const step = TIMEFRAME_MINUTES[timeframe] * MINUTE_MS;
  return {
    opens: 'SELECT DISTINCT date, epoch_ms(open_ts) AS open_ms FROM sessions',
    // A window's opening belongs to the bars from there on; a bar before the first opening is measured from it.
    join: 'ASOF LEFT JOIN opens o ON b.date = o.date AND b.ms >= o.open_ms',
    bucket: `${base} + floor((b.ms - ${base}) / ${step})::BIGINT * ${step}`,
  };
}

function weakest(column: string, names: readonly string[]): string {
  const list = `[${names.map((name) => `'${name}'`).join(', ')}]`;
  return `${list}[min(list_position(${list}, ${column}))]`;
}

/** A row of `barsSql` as a bar. */
export function toMarketBar(symbol: string, row: readonly QueryValue[]): MarketBar {
  const [time, open, high, low, close, volume, source, state, revision, partial, knownAt] = row;
  return { symbol, time, open, high, low, close, volume, source, state, revision, partial, knownAt } as MarketBar;
}
