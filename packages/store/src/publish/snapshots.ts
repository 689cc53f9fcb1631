import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, wallClockMs } from '@rtp/core';
import { literal } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import { fingerprint } from '../seal/verify-sealed.ts';
import {
  listSnapshots,
  newestSnapshot,
  SNAPSHOT_TABLES,
  type SnapshotTable,
  snapshotFileName,
  tableFolder,
} from './history-files.ts';
import { snapshotRows } from './published-sql.ts';
import { COMMIT_FORMAT, publishFile } from './write-parquet.ts';

const fileOf = (historyDir: string, table: SnapshotTable, version: number): string =>
  join(tableFolder(historyDir, table), snapshotFileName(version));

/** Publishes reference tables whole, each as its next snapshot. The ones before stay for queries that name them. */
export async function publishSnapshots(
  session: Session,
  historyDir: string,
  tables: readonly SnapshotTable[],
): Promise<void> {
  for (const table of tables) {
    const version = newestSnapshot(historyDir, table) + 1;
    const file = fileOf(historyDir, table, version);
    await publishFile(session, historyDir, snapshotRows(table, version), file, COMMIT_FORMAT);
  }
}

/** Tables whose newest snapshot is not what they hold: a crash came between a change and its publication. */
export async function staleSnapshots(session: Session, historyDir: string): Promise<SnapshotTable[]> {
  const stale: SnapshotTable[] = [];
  for (const table of SNAPSHOT_TABLES) {
    const version = newestSnapshot(historyDir, table);
    const file = literal(fileOf(historyDir, table, version));
    const stored = await fingerprint(session, snapshotRows(table, version));
    const published = await fingerprint(session, `SELECT * FROM read_parquet(${file})`);
    if (stored.rows !== published.rows || stored.hash !== published.hash) stale.push(table);
  }
  return stale;
}

/** Removes snapshots that were replaced a day or longer ago, by the host's clock. */
export function removeOldSnapshots(historyDir: string): void {
  for (const table of SNAPSHOT_TABLES) {
    const versions = listSnapshots(historyDir, table).filter((version) => version > 0);
    for (const [index, version] of versions.entries()) {
      const next = versions[index + 1];
      if (next === undefined) break;
      const replacedMs = wallClockMs() - statSync(fileOf(historyDir, table, next)).mtimeMs;
      if (replacedMs > DAY_MS) rmSync(fileOf(historyDir, table, version), { force: true });
    }
  }
}
