/** The reading views, over whatever sources. Every view a user sees is defined here once. */
import { BAR_STATES, SETTLED_REASONS } from '@rtp/core';
import { indicatorList } from '../indicators/sql-columns.ts';
import { differencesSql } from './differences-sql.ts';
import type { ReadingSources } from './sources.ts';

const STATES = `[${BAR_STATES.map((state) => `'${state}'`).join(', ')}]`;
const SETTLED = `(${SETTLED_REASONS.map((reason) => `'${reason}'`).join(', ')})`;
const rank = (column: string): string => `list_position(${STATES}, ${column})`;
const ist = (column: string): string => `timezone('Asia/Kolkata', ${column})`;

/** Columns of a bar in the order users see them. */
const barColumns = (
  state: string,
): string => `symbol, date, ts, ${ist('ts')} AS time_ist, open, high, low, close, volume,
  source, ${state} AS state, revision, partial, known_at, commit_seq, instrument_id`;

/** One row a key, the first by `order`; the keys let filters on them pass through. */
const first = (keys: string, order: string): string =>
  `QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${order}) = 1`;

/** One row a key, whichever of equal rows comes first. */
const once = (sources: ReadingSources, keys: string, order: string): string =>
  sources.repeats ? first(keys, order) : '';

export interface ViewDefinition {
  readonly name: string;
  readonly sql: string;
}

/** The views, in an order in which each needs only those before it. */
export function readingViews(sources: ReadingSources): ViewDefinition[] {
  return [
    { name: 'instruments', sql: `SELECT * FROM ${sources.snapshot('instruments')}` },
    { name: 'days', sql: `SELECT * FROM ${sources.snapshot('days')}` },
    { name: 'sessions', sql: sessionsSql(sources) },
    { name: 'tracked', sql: `SELECT * FROM ${sources.snapshot('tracked')}` },
    { name: 'seals', sql: `SELECT *, ${ist('sealed_at')} AS sealed_at_ist FROM ${sources.snapshot('seals')}` },
    { name: 'daily_official', sql: `SELECT * FROM ${sources.snapshot('daily_official')}` },
    { name: 'adjustments', sql: `SELECT * FROM ${sources.snapshot('adjustments')}` },
    { name: 'commits', sql: commitsSql(sources) },
    { name: 'confirmations', sql: confirmationsSql(sources) },
    { name: 'bars_revisions', sql: barsRevisionsSql(sources) },
    { name: 'bars', sql: barsSql(sources) },
    { name: 'indicators', sql: indicatorsSql(sources) },
    { name: 'absences', sql: absencesSql(sources) },
    { name: 'coverage', sql: COVERAGE_SQL },
    { name: 'differences', sql: differencesSql(sources) },
    { name: 'bars_adjusted', sql: BARS_ADJUSTED_SQL },
  ];
}

function sessionsSql(sources: ReadingSources): string {
  return `SELECT date, class, open_ts, close_ts, ${ist('open_ts')} AS open_ist, ${ist('close_ts')} AS close_ist
    FROM ${sources.snapshot('sessions')}`;
}

function commitsSql(sources: ReadingSources): string {
  const columns = `date, commit_seq, committed_at, ${ist('committed_at')} AS committed_at_ist, producer_id, epoch, seq,
    inserted, revised, confirmed, ignored, absences, indicators`;
  return `SELECT ${columns} FROM ${sources.sealed('commits')}
    UNION ALL SELECT ${columns} FROM ${sources.open('commits')} ${once(sources, 'date, commit_seq', 'seq')}`;
}

function confirmationsSql(sources: ReadingSources): string {
  const columns = `symbol, date, from_ts, to_ts, ${ist('from_ts')} AS from_ist, ${ist('to_ts')} AS to_ist, state, known_at,
    commit_seq, instrument_id`;
  return `SELECT ${columns} FROM ${sources.sealed('confirmations')}
    UNION ALL SELECT ${columns} FROM ${sources.open('confirmations')}
      ${once(sources, 'date, symbol, instrument_id, from_ts, state, commit_seq', 'to_ts')}`;
}

function barsRevisionsSql(sources: ReadingSources): string {
  const columns = barColumns('state');
  return `SELECT ${columns} FROM ${sources.sealed('bars')}
    UNION ALL SELECT ${columns} FROM ${sources.sealed('bars_superseded')}
    UNION ALL SELECT ${columns}
      FROM (SELECT * FROM ${sources.open('bars')} UNION ALL BY NAME SELECT * FROM ${sources.open('bars_superseded')})
      ${once(sources, 'date, symbol, instrument_id, ts, revision', 'commit_seq')}`;
}

/** Open dates: the highest revision, in the state it came with or was raised to by a later commit. */
function barsSql(sources: ReadingSources): string {
  const others = ['open', 'high', 'low', 'close', 'volume', 'source', 'revision', 'partial', 'known_at', 'commit_seq'];
  const raised = `${STATES}[greatest(any_value(${rank('b.state')}), coalesce(max(${rank('c.state')}), 0))]`;
  return `SELECT ${barColumns('final_state')} FROM ${sources.sealed('bars')}
    UNION ALL SELECT ${barColumns('state')} FROM (
      SELECT b.date, b.symbol, b.instrument_id, b.ts, ${raised} AS state,
        ${others.map((column) => `any_value(b.${column}) AS ${column}`).join(', ')}
      FROM (SELECT * FROM ${sources.open('bars')}
          ${first('date, symbol, instrument_id, ts', 'revision DESC, commit_seq DESC')}) b
        LEFT JOIN ${sources.open('confirmations')} c ON c.date = b.date AND c.instrument_id = b.instrument_id
          AND b.ts BETWEEN c.from_ts AND c.to_ts AND c.commit_seq > b.commit_seq
      GROUP BY b.date, b.symbol, b.instrument_id, b.ts)`;
}

/** Open dates: the newest row of every minute, unless its bar has been withdrawn since: no other bar is revised as partial. */
function indicatorsSql(sources: ReadingSources): string {
  const columns = `instrument_id, symbol, ts, ${ist('ts')} AS time_ist, date, ${indicatorList()}, known_at, commit_seq`;
  return `SELECT ${columns} FROM ${sources.sealed('indicators')}
    UNION ALL SELECT ${columns} FROM (SELECT * FROM ${sources.open('indicators')}
        ${first('date, symbol, instrument_id, ts', 'commit_seq DESC')}) i
      ANTI JOIN (SELECT * FROM ${sources.open('bars')} WHERE partial AND revision > 1) b
        ON b.date = i.date AND b.instrument_id = i.instrument_id AND b.ts = i.ts AND b.commit_seq > i.commit_seq`;
}

/** Open dates: the newest reason of every minute that has no bar. */
function absencesSql(sources: ReadingSources): string {
  const columns = `symbol, date, ts, ${ist('ts')} AS time_ist, reason, reason IN ${SETTLED} AS settled, known_at,
    commit_seq, instrument_id`;
  return `SELECT ${columns} FROM ${sources.sealed('absences')}
    UNION ALL SELECT ${columns} FROM (SELECT * FROM ${sources.open('absences')}
        ${first('date, symbol, instrument_id, ts', 'commit_seq DESC')}) a
      ANTI JOIN ${sources.open('bars')} b ON b.date = a.date AND b.instrument_id = a.instrument_id AND b.ts = a.ts`;
}

const COVERAGE_SQL = `
  WITH spans AS (
    SELECT date, class, sum(date_diff('minute', open_ts, close_ts))::BIGINT AS expected FROM sessions GROUP BY date, class),
  b AS (SELECT date, instrument_id, count(*) AS bars, count(*) FILTER (state = 'provisional') AS provisional,
      count(*) FILTER (partial) AS partial FROM bars GROUP BY date, instrument_id),
  a AS (SELECT date, instrument_id, count(*) FILTER (settled) AS absences, count(*) FILTER (NOT settled) AS owed
    FROM absences GROUP BY date, instrument_id)
  SELECT t.date, t.symbol, s.expected, coalesce(b.bars, 0) AS bars, coalesce(a.absences, 0) AS absences,
    s.expected - coalesce(b.bars, 0) - coalesce(a.absences, 0) AS missing,
    coalesce(a.owed, 0) AS owed, coalesce(b.provisional, 0) AS provisional, coalesce(b.partial, 0) AS partial, t.instrument_id
  FROM tracked t JOIN spans s USING (date, class) LEFT JOIN b USING (date, instrument_id)
    LEFT JOIN a USING (date, instrument_id)`;

const BARS_ADJUSTED_SQL = `
  WITH factors AS (
    SELECT b.date, b.instrument_id, product(a.price_factor) AS price_factor, product(a.volume_factor) AS volume_factor
    FROM (SELECT DISTINCT date, instrument_id FROM tracked) b
      JOIN adjustments a ON a.instrument_id = b.instrument_id AND a.ex_date > b.date
    GROUP BY b.date, b.instrument_id)
  SELECT b.* REPLACE (
      b.open * coalesce(f.price_factor, 1) AS open, b.high * coalesce(f.price_factor, 1) AS high,
      b.low * coalesce(f.price_factor, 1) AS low, b.close * coalesce(f.price_factor, 1) AS close,
      (b.volume * coalesce(f.volume_factor, 1))::BIGINT AS volume),
    coalesce(f.price_factor, 1) AS price_factor, coalesce(f.volume_factor, 1) AS volume_factor
  FROM bars b LEFT JOIN factors f USING (date, instrument_id)`;

/**
 * What was known at `t`: the highest revision known then, in the state it had then. The text names no other view, so
 * that it works under whatever name the catalogue is attached.
 */
export function barsAsOfSql(sources: ReadingSources): string {
  const raised = `${STATES}[greatest(any_value(${rank('b.state')}), coalesce(max(${rank('c.state')}), 0))]`;
  const others = ['open', 'high', 'low', 'close', 'volume', 'source', 'revision', 'partial', 'known_at', 'commit_seq'];
  return `SELECT ${barColumns('state')} FROM (
      SELECT b.date, b.symbol, b.instrument_id, b.ts, ${raised} AS state,
        ${others.map((column) => `any_value(b.${column}) AS ${column}`).join(', ')}
      FROM (SELECT * FROM (${barsRevisionsSql(sources)}) WHERE known_at <= t
          ${first('date, symbol, instrument_id, ts', 'revision DESC')}) b
        LEFT JOIN (${confirmationsSql(sources)}) c ON c.date = b.date AND c.instrument_id = b.instrument_id
          AND b.ts BETWEEN c.from_ts AND c.to_ts AND c.commit_seq > b.commit_seq AND c.known_at <= t
      GROUP BY b.date, b.symbol, b.instrument_id, b.ts)`;
}
