/** Brings rows back from what was published: the third rung of recovery, and the way back of a dropped day. */
import { ABSENCE_REASONS, BAR_SOURCES, BAR_STATES, type TradingDate } from '@rtp/core';
import { literal } from '@rtp/store-client';
import { join } from 'node:path';
import type { Session } from '../engine/session.ts';
import { indicatorList } from '../indicators/sql-columns.ts';
import {
  compactedTo,
  dateFolder,
  type HistoryFile,
  listFiles,
  newestSnapshot,
  SNAPSHOT_TABLES,
  snapshotFileName,
  tableFolder,
} from '../publish/history-files.ts';
import { indexOf } from '../publish/published-sql.ts';
import { readFiles } from '../publish/read-published.ts';
import { dayAlias, REFERENCE } from './names.ts';

/**
 * Loads the published commits that the day's file lacks: all of them into an empty file, those behind a cut WAL into
 * a repaired one. Rows found twice (in a commit's file and in a slab or the sealed file) are loaded once. Returns
 * how many commits came back.
 */
export async function loadPublished(session: Session, historyDir: string, date: TradingDate): Promise<number> {
  const alias = dayAlias(date);
  const commits = filesOf(historyDir, 'commits', date);
  if (commits.length === 0) return 0;
  await session.exec(`CREATE OR REPLACE TEMP TABLE missing_commits AS SELECT DISTINCT commit_seq
    FROM ${readFiles('commits', list(commits))} WHERE commit_seq NOT IN (SELECT commit_seq FROM ${alias}.commits)`);
  const [row] = await session.rows('SELECT count(*)::DOUBLE FROM missing_commits');
  const missing = row?.[0] as number;
  if (missing === 0) return 0;
  await session.transaction(async () => {
    for (const { table, from, select, key } of LOADS) {
      const files = from.flatMap((source) => filesOf(historyDir, source, date));
      if (files.length === 0) continue;
      await session.exec(`INSERT INTO ${alias}.${table} SELECT ${select} FROM ${readFiles(table, list(files))}
        WHERE commit_seq IN (SELECT commit_seq FROM missing_commits)
        QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY commit_seq) = 1 ORDER BY commit_seq`);
    }
    await loadIndicators(session, historyDir, date);
  });
  await session.exec(`CHECKPOINT ${alias}`);
  return missing;
}

/** How each table of a day's file is read back; `key` is what makes a row one row. */
const LOADS = [
  {
    table: 'bars',
    from: ['bars', 'bars_superseded'],
    select: `instrument_id, ts, open, high, low, close, volume, ${indexOf(BAR_SOURCES, 'source')},
      ${indexOf(BAR_STATES, 'state')}, partial, revision, known_at, commit_seq`,
    key: 'instrument_id, ts, revision',
  },
  {
    table: 'absences',
    from: ['absences'],
    select: `instrument_id, ts, ${indexOf(ABSENCE_REASONS, 'reason')}, known_at, commit_seq`,
    key: 'instrument_id, ts, commit_seq',
  },
  {
    table: 'confirmations',
    from: ['confirmations'],
    select: `instrument_id, from_ts, to_ts, ${indexOf(BAR_STATES, 'state')}, known_at, commit_seq`,
    key: 'instrument_id, from_ts, state, commit_seq',
  },
  {
    table: 'commits',
    from: ['commits'],
    select: `commit_seq, producer_id, epoch, seq, committed_at, inserted, revised, confirmed, ignored, absences,
      indicators`,
    key: 'commit_seq',
  },
] as const;

/**
 * Rows of indicators are wide, so that files which a slab replaces are passed over, and which of equal rows to take is
 * found from their keys alone. Rows come in the order of the files, which is that of the commits.
 */
async function loadIndicators(session: Session, historyDir: string, date: TradingDate): Promise<void> {
  const compacted = compactedTo(historyDir, 'indicators', date);
  const files = filesOf(historyDir, 'indicators', date, ({ kind, to }) => kind !== 'commit' || to > compacted);
  if (files.length === 0) return;
  const rows = `(SELECT *, file_row_number FROM ${readFiles('indicators', list(files))})`;
  await session.exec(`INSERT INTO ${dayAlias(date)}.indicators BY NAME
    SELECT instrument_id, ts, known_at, commit_seq, ${indicatorList()} FROM ${rows}
    WHERE (filename, file_row_number) IN (SELECT min((filename, file_row_number)) FROM ${rows}
      WHERE commit_seq IN (SELECT commit_seq FROM missing_commits) GROUP BY instrument_id, ts, commit_seq)`);
}

const list = (files: readonly string[]): string => `[${files.join(', ')}]`;

/** Loads the reference tables from their newest snapshots. */
export async function rebuildReference(session: Session, historyDir: string): Promise<void> {
  for (const table of SNAPSHOT_TABLES) {
    const version = newestSnapshot(historyDir, table);
    if (version === 0) continue;
    const file = literal(join(tableFolder(historyDir, table), snapshotFileName(version)));
    await session.exec(`INSERT INTO ${REFERENCE}.${table} BY NAME SELECT * EXCLUDE (snapshot) FROM read_parquet(${file})`);
  }
  await session.exec(`CHECKPOINT ${REFERENCE}`);
}

function filesOf(
  historyDir: string,
  table: string,
  date: TradingDate,
  isWanted: (file: HistoryFile) => boolean = () => true,
): string[] {
  const files = listFiles(historyDir, table, date).filter(isWanted);
  return files.map(({ name }) => literal(join(dateFolder(historyDir, table, date), name)));
}
