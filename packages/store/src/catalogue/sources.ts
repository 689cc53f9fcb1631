/** Where the reading views take their rows from: published files, or hot files for the dates the store has open. */
import { join } from 'node:path';
import type { TradingDate } from '@rtp/core';
import { dateLiteral, literal } from '@rtp/store-client';
import { dayAlias, REFERENCE } from '../days/names.ts';
import type { DayRegister } from '../instruments/day-register.ts';
import {
  commitFileName,
  dateFolder,
  SCHEMA_DATE,
  type SnapshotTable,
  sealedFileName,
  snapshotFileName,
  tableFolder,
} from '../publish/history-files.ts';
import { publishedRows } from '../publish/published-sql.ts';
import { readDated, readFiles } from '../publish/read-published.ts';
import { schemaFile } from '../publish/schema-files.ts';

/** A sealed date and the number of its sealed files. */
export interface SealedDate {
  readonly date: TradingDate;
  readonly commitSeq: number;
  /** Rows of its file of indicators; without any there is no such file. */
  readonly indicators: number;
}

/** A stretch of dates, first and last included, none of which is open. */
export type DateRange = readonly [TradingDate, TradingDate];

export interface ReadingSources {
  /** Rows of sealed dates: unique, final. */
  sealed(table: string): string;
  /** Rows of every other date. */
  open(table: string): string;
  /** Whether a row of `open` may be there more than once. */
  readonly repeats: boolean;
  /** The newest state of a reference table. */
  snapshot(table: SnapshotTable): string;
}

/** What published files a catalogue names or passes over. */
export interface PublishedState {
  readonly sealed: readonly SealedDate[];
  readonly sealedRanges: readonly DateRange[];
  /** By table and open date: commit files up to this commit are in slabs. */
  readonly compacted: readonly { readonly table: string; readonly date: TradingDate; readonly to: number }[];
  /** By table, the newest snapshot. */
  readonly snapshots: Readonly<Record<SnapshotTable, number>>;
}

/**
 * Published files only. Sealed dates are read from files named one by one; all others by glob, so that a file
 * published after the view was made is seen. Ranges, not lists, keep sealed dates out of the glob: a list of a
 * thousand dates costs a second of every query. Commit files that a slab replaces, and older snapshots, are passed
 * over by name, before they are opened: so they can be removed, which no file can that a query may have listed.
 */
export function publishedSources(historyDir: string, state: PublishedState): ReadingSources {
  const isOpen = state.sealedRanges.map(([from, to]) => `date NOT BETWEEN ${dateLiteral(from)} AND ${dateLiteral(to)}`);
  return {
    repeats: true,
    sealed: (table) => sealedRows(historyDir, table, state.sealed),
    open: (table) => {
      const isLoose = state.compacted
        .filter((of) => of.table === table)
        .map(({ date, to }) => {
          const folder = dateFolder(historyDir, table, date);
          const [first, last] = [commitFileName(0), commitFileName(to)].map((name) => literal(join(folder, name)));
          return `filename NOT BETWEEN ${first} AND ${last}`;
        });
      const conditions = [...isOpen, ...isLoose];
      const files = literal(join(tableFolder(historyDir, table), 'date=*/*.parquet'));
      return `(SELECT * EXCLUDE (filename) FROM ${readDated(table, files)}
        ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`})`;
    },
    snapshot: (table) => {
      const folder = tableFolder(historyDir, table);
      const newest = literal(join(folder, snapshotFileName(state.snapshots[table])));
      // One scan: a second one could see a newer snapshot than the first.
      return `(SELECT * EXCLUDE (snapshot, filename)
        FROM ${readFiles(table, literal(join(folder, '*.parquet')))}
        WHERE filename >= ${newest} QUALIFY snapshot = max(snapshot) OVER ())`;
    },
  };
}

/** Hot files for the open dates, sealed files for the others: the store's own view, to the last commit. */
export function liveSources(
  historyDir: string,
  sealed: readonly SealedDate[],
  openDates: readonly TradingDate[],
): ReadingSources {
  return {
    repeats: false,
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
  const having = table === 'indicators' ? sealed.filter(({ indicators }) => indicators > 0) : sealed;
  const files = having.map(({ date, commitSeq }) =>
    join(dateFolder(historyDir, table, date), sealedFileName(commitSeq)),
  );
  const all = [schemaFile(historyDir, table), ...files].map(literal);
  return `(SELECT * EXCLUDE (filename) FROM ${readDated(table, `[${all.join(', ')}]`)} WHERE date <> ${dateLiteral(SCHEMA_DATE)})`;
}

/** Sealed dates with the number of their newest sealed files. */
export function sealedDates(register: DayRegister): SealedDate[] {
  return register.dates().flatMap(({ date, state }) => {
    const receipt = register.receipt(date);
    return state === 'sealed' && receipt !== null
      ? [{ date, commitSeq: receipt.commitSeq, indicators: receipt.indicators }]
      : [];
  });
}
