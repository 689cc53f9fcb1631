import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../engine/session.ts';
import {
  dateFolder,
  SCHEMA_DATE,
  SEALED_TABLES,
  SNAPSHOT_TABLES,
  type SnapshotTable,
  snapshotFileName,
  tableFolder,
} from './history-files.ts';
import { publishedRows, snapshotRows } from './published-sql.ts';
import { COMMIT_FORMAT, publishFile } from './write-parquet.ts';

/** The file that a dated table's columns are taken from: first of its folder by name. */
export const schemaFile = (historyDir: string, table: string): string =>
  join(dateFolder(historyDir, table, SCHEMA_DATE), 'schema.parquet');

/** The file of a reference table that is there before its first snapshot. */
const emptySnapshot = (historyDir: string, table: SnapshotTable): string =>
  join(tableFolder(historyDir, table), snapshotFileName(0));

/** Whether every table folder has its file without rows. */
export const hasSchemaFiles = (historyDir: string): boolean =>
  SEALED_TABLES.every((table) => existsSync(schemaFile(historyDir, table))) &&
  SNAPSHOT_TABLES.every((table) => existsSync(emptySnapshot(historyDir, table)));

/**
 * Gives every table folder a file without rows, so that no glob is ever empty and every table has its columns from
 * the first minute on. `alias` is any attached day with the newest schema.
 */
export async function writeSchemaFiles(session: Session, historyDir: string, alias: string): Promise<void> {
  for (const table of SEALED_TABLES) {
    const source = table === 'bars_superseded' ? 'bars' : table;
    const rows = publishedRows(alias, source, SCHEMA_DATE, 'false');
    await publishOnce(session, historyDir, rows, schemaFile(historyDir, table));
  }
  for (const table of SNAPSHOT_TABLES) {
    const rows = `SELECT * FROM (${snapshotRows(table, 0)}) WHERE false`;
    await publishOnce(session, historyDir, rows, emptySnapshot(historyDir, table));
  }
}

async function publishOnce(session: Session, historyDir: string, sql: string, file: string): Promise<void> {
  if (!existsSync(file)) await publishFile(session, historyDir, sql, file, COMMIT_FORMAT);
}
