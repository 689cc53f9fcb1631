/** Names and places of the published files. All are immutable: written aside, synced, renamed, later removed. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TradingDate } from '@rtp/core';

/** Tables published by commit, in publication order: the row in `commits` says that the others are there. */
export const COMMIT_TABLES = ['bars', 'indicators', 'absences', 'confirmations', 'commits'] as const;
export type CommitTable = (typeof COMMIT_TABLES)[number];

/** Tables that a seal writes. */
export const SEALED_TABLES = ['bars', 'bars_superseded', 'indicators', 'absences', 'confirmations', 'commits'] as const;
export type SealedTable = (typeof SEALED_TABLES)[number];

/** Tables published whole, as numbered snapshots. */
export const SNAPSHOT_TABLES = [
  'instruments',
  'days',
  'sessions',
  'tracked',
  'seals',
  'daily_official',
  'adjustments',
] as const;
export type SnapshotTable = (typeof SNAPSHOT_TABLES)[number];

/** A date that holds no data, only the file that gives an otherwise empty folder its columns. */
export const SCHEMA_DATE = '0001-01-01';
const SEQ_DIGITS = 12;

const digits = (seq: number): string => String(seq).padStart(SEQ_DIGITS, '0');

export const commitFileName = (seq: number): string => `c${digits(seq)}.parquet`;
export const slabFileName = (from: number, to: number): string => `slab-${digits(from)}-${digits(to)}.parquet`;
export const sealedFileName = (seq: number): string => `sealed-${digits(seq)}.parquet`;
export const snapshotFileName = (version: number): string => `v${digits(version)}.parquet`;

export const tableFolder = (historyDir: string, table: string): string => join(historyDir, table);
export const dateFolder = (historyDir: string, table: string, date: TradingDate): string =>
  join(historyDir, table, `date=${date}`);

/** What a published file of a date holds. */
export interface HistoryFile {
  readonly name: string;
  readonly kind: 'commit' | 'slab' | 'sealed';
  /** First and last commit in it; a sealed file's own number twice. */
  readonly from: number;
  readonly to: number;
}

const PATTERNS = [
  ['commit', /^c(\d{12})\.parquet$/],
  ['slab', /^slab-(\d{12})-(\d{12})\.parquet$/],
  ['sealed', /^sealed-(\d{12})\.parquet$/],
] as const;

/** The published files of a table and date, in commit order. */
export function listFiles(historyDir: string, table: string, date: TradingDate): HistoryFile[] {
  return namesIn(dateFolder(historyDir, table, date))
    .flatMap((name) =>
      PATTERNS.flatMap(([kind, pattern]) => {
        const match = pattern.exec(name);
        return match === null ? [] : [{ name, kind, from: Number(match[1]), to: Number(match[2] ?? match[1]) }];
      }),
    )
    .sort((a, b) => a.from - b.from);
}

/** The last commit that a slab of the table holds, 0 when there is none: every commit file up to it is in a slab. */
export function compactedTo(historyDir: string, table: string, date: TradingDate): number {
  const slabs = listFiles(historyDir, table, date).filter(({ kind }) => kind === 'slab');
  return Math.max(0, ...slabs.map(({ to }) => to));
}

/** Dates that have a folder in a table, ascending. */
export function listDates(historyDir: string, table: string): TradingDate[] {
  return namesIn(tableFolder(historyDir, table))
    .flatMap((name) => /^date=(\d{4}-\d{2}-\d{2})$/.exec(name)?.[1] ?? [])
    .filter((date) => date !== SCHEMA_DATE)
    .sort();
}

/** The newest snapshot's version of a table, 0 when there is none. */
export function newestSnapshot(historyDir: string, table: SnapshotTable): number {
  return listSnapshots(historyDir, table).at(-1) ?? 0;
}

/** Versions of a table's snapshots, ascending. */
export function listSnapshots(historyDir: string, table: SnapshotTable): number[] {
  return namesIn(tableFolder(historyDir, table))
    .flatMap((name) => /^v(\d{12})\.parquet$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** The highest commit number in any published file name. */
export function highestPublished(historyDir: string): number {
  let highest = 0;
  for (const table of ['commits', 'bars']) {
    for (const date of listDates(historyDir, table)) {
      for (const { to } of listFiles(historyDir, table, date)) highest = Math.max(highest, to);
    }
  }
  return highest;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
