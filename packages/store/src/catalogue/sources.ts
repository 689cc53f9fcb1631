/** Where the reading views take their rows from: published files, or hot files for the dates the store has open. */
import { join } from 'node:path';
import type { TradingDate } from '@rtp/core';
import { dateLiteral, literal } from '@rtp/store-client';
import { dayAlias, REFERENCE } from '../days/names.ts';
import { dateFolder, SCHEMA_DATE, type SnapshotTable, sealedFileName, tableFolder } from '../publish/history-files.ts';
import { publishedRows } from '../publish/published-sql.ts';
import { schemaFile } from '../publish/schema-files.ts';

/** A sealed date and the number of its sealed files. */
export interface SealedDate {
  readonly date: TradingDate;
  readonly commitSeq: number;
}

/** A stretch of dates, first and last included, none of which is open. */
export type DateRange = readonly [TradingDate, TradingDate];

export interface ReadingSources {
  /** Rows of sealed dates: unique, final. */
  sealed(table: string): string;
  /** Rows of every other date: a row may be there more than once. */
  open(table: string): string;
  /** The newest state of a reference table. */
  snapshot(table: SnapshotTable): string;
}

/** By name, with the date taken from the folder. No `union_by_name`: it opens every file of every query's glob. */
const readDated = (files: string): string =>
  `read_parquet(${files}, hive_partitioning = true, hive_types = {'date': 'DATE'})`;

/**
 * Published files only. Sealed dates are read from files named one by one; all others by glob, so that a file
 * published after the view was made is seen. Ranges, not lists, keep sealed dates out of the glob: a list of a
 * thousand dates costs a second of every query.
 */
export function publishedSources(
  historyDir: string,
  sealed: readonly SealedDate[],
  sealedRanges: readonly DateRange[],
): ReadingSources {
  const isOpen = sealedRanges.map(([from, to]) => `date NOT BETWEEN ${dateLiteral(from)} AND ${dateLiteral(to)}`);
  return {
    sealed: (table) => sealedRows(historyDir, table, sealed),
    open: (table) =>
      `(SELECT * FROM ${readDated(literal(join(tableFolder(historyDir, table), 'date=*/*.parquet')))}
        ${isOpen.length === 0 ? '' : `WHERE ${isOpen.join(' AND ')}`})`,
    snapshot: (table) =>
      // One scan: a second one could see a newer snapshot than the first.
      `(SELECT * EXCLUDE (snapshot) FROM read_parquet(${literal(join(tableFolder(historyDir, table), '*.parquet'))})
        QUALIFY snapshot = max(snapshot) OVER ())`,
  };
}

/** Hot files for the open dates, sealed files for the others: the store's own view, to the last commit. */
export function liveSources(
  historyDir: string,
  sealed: readonly SealedDate[],
  openDates: readonly TradingDate[],
): ReadingSources {
  return {
    sealed: (table) => sealedRows(historyDir, table, sealed),
    open: (table) => {
      if (openDates.length === 0 || table === 'bars_superseded') return sealedRows(historyDir, table, []);
      const parts = openDates.map(
        (date) => `SELECT *, ${dateLiteral(date)} AS date FROM (${publishedRows(dayAlias(date), table, date, 'true')})`,
      );
      return `(${parts.join(' UNION ALL ')})`;
    },
    snapshot: (table) => `${REFERENCE}.${table}`,
  };
}

function sealedRows(historyDir: string, table: string, sealed: readonly SealedDate[]): string {
  const files = sealed.map(({ date, commitSeq }) =>
    join(dateFolder(historyDir, table, date), sealedFileName(commitSeq)),
  );
  const all = [schemaFile(historyDir, table), ...files].map(literal);
  return `(SELECT * FROM ${readDated(`[${all.join(', ')}]`)} WHERE date <> ${dateLiteral(SCHEMA_DATE)})`;
}
