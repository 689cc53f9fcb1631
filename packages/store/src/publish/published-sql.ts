/** How rows leave the hot files: enumerations as words, the symbol of the date beside the instrument's number. */
import { ABSENCE_REASONS, BAR_SOURCES, BAR_STATES, type TradingDate } from '@rtp/core';
import { REFERENCE } from '../days/names.ts';
import { indicatorList } from '../indicators/sql-columns.ts';
import type { SnapshotTable } from './history-files.ts';

const list = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;

/** The word of a stored index. */
export const word = (names: readonly string[], column: string): string => `${list(names)}[${column} + 1]`;

/** The index of a published word. */
export const indexOf = (names: readonly string[], column: string): string =>
  `(list_position(${list(names)}, ${column}) - 1)::UTINYINT`;

/** Each instrument's symbol on `date`: that of the listing valid then, else of the one nearest after. */
export function symbolsOn(date: TradingDate): string {
  return `(SELECT instrument_id, arg_max(symbol, CASE
      WHEN valid_from <= DATE '${date}' AND coalesce(valid_to, DATE '9999-12-31') >= DATE '${date}' THEN DATE '9999-12-31'
      ELSE valid_from END) AS symbol
    FROM ${REFERENCE}.instruments GROUP BY instrument_id)`;
}

/** Columns of published bars, from an alias `b` of hot bars and `i` of symbols. */
export const publishedBars = (finalState: string): string => `b.instrument_id, i.symbol, b.ts, b.open, b.high, b.low,
  b.close, b.volume, ${word(BAR_SOURCES, 'b.source')} AS source, ${word(BAR_STATES, 'b.state')} AS state, b.partial,
  b.revision, b.known_at, b.commit_seq, ${finalState} AS final_state`;

/** Columns of published indicators, from an alias `b` of hot rows and `i` of symbols. */
export const PUBLISHED_INDICATORS = `b.instrument_id, i.symbol, b.ts, ${indicatorList('b.')}, b.known_at, b.commit_seq`;

/** Rows of a hot table as published; `where` may name `b` (the table) and `i` (the symbols). */
export function publishedRows(alias: string, table: string, date: TradingDate, where: string): string {
  const from = `FROM ${alias}.${table} b`;
  const named = `${from} JOIN ${symbolsOn(date)} i ON i.instrument_id = b.instrument_id WHERE ${where}`;
  switch (table) {
    case 'bars':
      return `SELECT ${publishedBars('NULL::VARCHAR')} ${named}`;
    case 'indicators':
      return `SELECT ${PUBLISHED_INDICATORS} ${named}`;
    case 'absences':
      return `SELECT b.instrument_id, i.symbol, b.ts, ${word(ABSENCE_REASONS, 'b.reason')} AS reason, b.known_at,
        b.commit_seq ${named}`;
    case 'confirmations':
      return `SELECT b.instrument_id, i.symbol, b.from_ts, b.to_ts, ${word(BAR_STATES, 'b.state')} AS state,
        b.known_at, b.commit_seq ${named}`;
    default:
      return `SELECT b.* ${from} WHERE ${where}`;
  }
}

/** A reference table as published. */
export function snapshotRows(table: SnapshotTable, version: number): string {
  return `SELECT *, ${version}::UBIGINT AS snapshot FROM ${REFERENCE}.${table}`;
}
