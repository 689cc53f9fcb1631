import { join } from 'node:path';
import type { Session } from '../engine/session.ts';
import { listSnapshots, newestSnapshot, type SnapshotTable, snapshotFileName, tableFolder } from './history-files.ts';
import { snapshotRows } from './published-sql.ts';
import type { Retirement } from './retirement.ts';
import { COMMIT_FORMAT, publishFile } from './write-parquet.ts';

/** Publishes reference tables whole, as the next snapshot of each; the one before goes after a grace. */
export async function publishSnapshots(
  session: Session,
  historyDir: string,
  retirement: Retirement,
  tables: readonly SnapshotTable[],
): Promise<void> {
  for (const table of tables) {
    const folder = tableFolder(historyDir, table);
    const older = listSnapshots(historyDir, table).filter((old) => old > 0);
    const version = newestSnapshot(historyDir, table) + 1;
    const file = join(folder, snapshotFileName(version));
    await publishFile(session, historyDir, snapshotRows(table, version), file, COMMIT_FORMAT);
    retirement.retire(older.map((old) => join(folder, snapshotFileName(old))));
  }
}
