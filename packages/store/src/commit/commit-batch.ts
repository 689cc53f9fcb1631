import type { EpochMs } from '@rtp/core';
import { type Ack, type DecodedBatch, literal } from '@rtp/store-client';
import type { HotDay } from '../days/hot-day.ts';
import type { Session } from '../engine/session.ts';
import type { CommitRows } from '../publish/publisher.ts';
import { appendAbsences, appendBars } from './append-fresh.ts';
import {
  absencesWrittenSql,
  currentBarsSql,
  insertAbsencesSql,
  insertBarsSql,
  insertConfirmationsSql,
  instant,
  verdictCountsSql,
  verdictSql,
} from './commit-sql.ts';
import { type SplitBatch, splitBatch } from './split-rows.ts';
import { type Staged, stageRows } from './stage.ts';

export interface CommitRequest {
  readonly batch: DecodedBatch;
  readonly day: HotDay;
  readonly commitSeq: number;
  readonly committedAt: EpochMs;
  /** `try` commits nothing and only says whether anything would change. */
  readonly mode: 'commit' | 'try';
}

export interface CommitOutcome {
  readonly ack: Ack;
  /** Rows written, by table. */
  readonly rows: CommitRows;
}

/** Rows of a commit by what became of them. */
export interface CommitCounts {
  inserted: number;
  revised: number;
  confirmed: number;
  ignored: number;
  absences: number;
}

/**
 * Commits one batch in one transaction of the day's file. With `try`, null says that no row would change anything.
 * Errors: RTP_STORE_DISK_FULL and others of the engine; nothing is committed then.
 */
export async function commitBatch(session: Session, request: CommitRequest): Promise<CommitOutcome | null> {
  const split = splitBatch(request.day, request.batch);
  const staged = await stageRows(session, split.otherBars, split.otherAbsences);
  await session.exec('BEGIN');
  try {
    const counts = await writeRows(session, request, split, staged);
    const changed = counts.inserted + counts.revised + counts.confirmed + counts.absences;
    const ack = { commitSeq: request.commitSeq, duplicate: false, ...counts };
    if (request.mode === 'try') {
      await session.exec('ROLLBACK');
      return changed === 0 ? null : { ack, rows: NO_ROWS };
    }
    await session.exec(commitRowSql(request, counts));
    await session.exec('COMMIT');
    request.day.newestBars.merge(split.newestBars);
    request.day.newestAbsences.merge(split.newestAbsences);
    return { ack, rows: rowsWritten(counts) };
  } catch (error) {
    // A refused commit has rolled back by itself; then there is nothing to roll back.
    await session.exec('ROLLBACK').catch(() => {});
    throw error;
  }
}

const NO_ROWS: CommitRows = { bars: 0, absences: 0, confirmations: 0, commits: 0 };

/** `confirmed` counts minutes; that there are any is all that matters of the ranges they became. */
function rowsWritten(counts: CommitCounts): CommitRows {
  const bars = counts.inserted + counts.revised;
  return { bars, absences: counts.absences, confirmations: counts.confirmed, commits: 1 };
}

async function writeRows(
  session: Session,
  request: CommitRequest,
  split: SplitBatch,
  staged: Staged,
): Promise<CommitCounts> {
  const { alias } = request.day;
  const { commitSeq } = request;
  const counts: CommitCounts = { inserted: split.freshBars.length, revised: 0, confirmed: 0, ignored: 0, absences: 0 };
  await appendBars(session, alias, split.freshBars, commitSeq);
  for (let round = 0; round < staged.rounds; round += 1) {
    await session.exec(currentBarsSql(alias, round, staged.barSpan));
    await session.exec(verdictSql(round, commitSeq));
    const [row] = await session.rows(verdictCountsSql);
    const [inserted, revised, confirmed, ignored] = row as [number, number, number, number];
    if (inserted + revised > 0) await session.exec(insertBarsSql(alias, commitSeq));
    if (confirmed > 0) await session.exec(insertConfirmationsSql(alias, commitSeq));
    counts.inserted += inserted;
    counts.revised += revised;
    counts.confirmed += confirmed;
    counts.ignored += ignored;
  }
  await appendAbsences(session, alias, split.freshAbsences, commitSeq);
  counts.absences = split.freshAbsences.length;
  if (staged.absences > 0) {
    await session.exec(insertAbsencesSql(alias, commitSeq, staged.absenceSpan));
    const [row] = await session.rows(absencesWrittenSql(alias, commitSeq));
    const written = (row?.[0] as number) - split.freshAbsences.length;
    counts.absences += written;
    counts.ignored += staged.absences - written;
  }
  return counts;
}

function commitRowSql({ batch, day, commitSeq, committedAt }: CommitRequest, counts: CommitCounts): string {
  const { producerId, epoch, seq } = batch.envelope;
  return `INSERT INTO ${day.alias}.commits VALUES (${commitSeq}, ${literal(producerId)}, ${epoch}, ${seq},
    ${instant(committedAt)}, ${counts.inserted}, ${counts.revised}, ${counts.confirmed}, ${counts.ignored},
    ${counts.absences})`;
}
