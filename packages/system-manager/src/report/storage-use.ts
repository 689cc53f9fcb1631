import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DataPaths, metricsFile, type TradingDate } from '@rtp/core';
import type { DayReport } from './day-report.ts';

/** What a date takes of the disk, and everything in the data directory. Files that go meanwhile are passed over. */
export function storageUse(paths: DataPaths, date: TradingDate): DayReport['storage'] {
  const folders = namesIn(paths.historyDir).map((table) => ({
    table,
    folder: join(paths.historyDir, table, `date=${date}`),
  }));
  const tables = folders
    .map(({ table, folder }) => ({ table, bytes: bytesBelow(folder) }))
    .filter(({ bytes }) => bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes);
  const sealed = folders.flatMap(({ folder }) =>
    namesIn(folder).flatMap((name) => (name.startsWith('sealed-') ? [join(folder, name)] : [])),
  );
  return {
    tables,
    date_bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
    sealed_bytes: sealed.reduce((sum, file) => sum + bytesBelow(file), 0),
    hot_bytes: bytesBelow(join(paths.hotDir, `${date}.duckdb`)) + bytesBelow(join(paths.hotDir, `${date}.duckdb.wal`)),
    metrics_bytes: bytesBelow(metricsFile(paths.metricsDir, date)),
    total_bytes: bytesBelow(paths.dataDir),
  };
}

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

function bytesBelow(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.isFile() ? stat.size : 0;
  return namesIn(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}
