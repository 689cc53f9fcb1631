import type { EpochMs } from '@rtp/core';
import { type Ack, type DecodedBatch, literal } from '@rtp/store-client';
import type { DayMinutes } from '../days/day-minutes.ts';
import type { HotDay } from '../days/hot-day.ts';
import type { Session } from '../engine/session.ts';
import type { CommitRows } from '../publish/publisher.ts';
import { appendAbsences, appendBars } from './append-fresh.ts';
import { appendIndicators, differingIndicatorsSql } from './append-indicators.ts';
import {
  absencesWrittenSql,
  changesSql,
  currentBarsSql,
  insertAbsencesSql,
  insertBarsSql,
  insertConfirmationsSql,
  instant,
  VERDICT,
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
  indicators: number;
}

/** A change of one minute, to be remembered once the commit holds. */
type Change = (minutes: DayMinutes) => void;

/**
 * Commits one batch in one transaction of the day's file. With `try`, null says that no row would change anything.
 * Errors: RTP_STORE_DISK_FULL and others of the engine; nothing is committed then.
 */
export async function commitBatch(session: Session, request: CommitRequest): Promise<CommitOutcome | null> {
  const split = splitBatch(request.day.minutes, request.batch);
  const staged = await stageRows(session, split.otherBars, split.otherAbsences);
  const changes: Change[] = [];
  await session.exec('BEGIN');
  try {
    const counts = await writeRows(session, request, split, staged, changes);
    const ack = { commitSeq: request.commitSeq, duplicate: false, ...counts };
    if (request.mode === 'try') {
      await session.exec('ROLLBACK');
      const changed = counts.inserted + counts.revised + counts.confirmed + counts.absences + counts.indicators;
      return changed === 0 ? null : { ack, rows: NO_ROWS };
    }
    await session.exec(commitRowSql(request, counts));
    await session.exec('COMMIT');
    for (const change of changes) change(request.day.minutes);
    return { ack, rows: rowsWritten(counts) };
  } catch (error) {
    // A refused commit has rolled back by itself; then there is nothing to roll back.
    await session.exec('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    if (staged.bars > 0) await dropStage(session);
  }
}

const NO_ROWS: CommitRows = { bars: 0, indicators: 0, absences: 0, confirmations: 0, commits: 0 };

/** `confirmed` counts minutes; that there are any is all that matters of the ranges they became. */
function rowsWritten(counts: CommitCounts): CommitRows {
  const bars = counts.inserted + counts.revised;
  const { indicators, absences, confirmed: confirmations } = counts;
  return { bars, indicators, absences, confirmations, commits: 1 };
}

async function writeRows(
  session: Session,
  { batch, day, commitSeq, mode }: CommitRequest,
  split: SplitBatch,
  staged: Staged,
  changes: Change[],
): Promise<CommitCounts> {
  const { alias } = day;
  const counts: CommitCounts = { ...NO_COUNTS, inserted: split.freshBars.length };
  await appendBars(session, alias, split.freshBars, commitSeq);
  changes.push((minutes) => rememberBars(minutes, split.freshBars));
  for (let round = 0; round < staged.rounds; round += 1) {
    await session.exec(currentBarsSql(alias, round, staged.barSpan));
    await session.exec(verdictSql(round, commitSeq));
    const found = await readVerdicts(session, changes);
    if (found.inserted + found.revised > 0) await session.exec(insertBarsSql(alias, commitSeq));
    if (found.confirmed > 0) await session.exec(insertConfirmationsSql(alias, commitSeq));
    counts.inserted += found.inserted;
    counts.revised += found.revised;
    counts.confirmed += found.confirmed;
  }
  counts.ignored = staged.bars - (counts.inserted - split.freshBars.length) - counts.revised - counts.confirmed;
  await appendAbsences(session, alias, split.freshAbsences, commitSeq);
  counts.absences = split.freshAbsences.length;
  if (staged.absences > 0) {
    await session.exec(insertAbsencesSql(alias, commitSeq, staged.absenceSpan));
    counts.absences = await readAbsences(session, absencesWrittenSql(alias, commitSeq), changes);
    counts.ignored += staged.absences + split.freshAbsences.length - counts.absences;
  } else {
    changes.push((minutes) => rememberAbsences(minutes, split.freshAbsences));
  }
  counts.indicators = await appendIndicators(session, day, batch.indicators, commitSeq);
  if (mode === 'try' && counts.indicators > 0) {
    const [row] = await session.rows(differingIndicatorsSql(alias, commitSeq));
    counts.indicators = row?.[0] as number;
  }
  return counts;
}

const NO_COUNTS: CommitCounts = { inserted: 0, revised: 0, confirmed: 0, ignored: 0, absences: 0, indicators: 0 };

function rememberBars(minutes: DayMinutes, { length, columns: of }: SplitBatch['freshBars']): void {
  for (let row = 0; row < length; row += 1) {
    const [source, state] = [of.source[row] as number, of.state[row] as number];
    minutes.setBar(of.instrument_id[row] as number, of.ts[row] as number, source, state, of.partial[row] === 1);
  }
}

function rememberAbsences(minutes: DayMinutes, { length, columns: of }: SplitBatch['freshAbsences']): void {
  for (let row = 0; row < length; row += 1) {
    minutes.setAbsence(of.instrument_id[row] as number, of.ts[row] as number, of.reason[row] as number);
  }
}

async function readVerdicts(
  session: Session,
  changes: Change[],
): Promise<Pick<CommitCounts, 'inserted' | 'revised' | 'confirmed'>> {
  const counts = { inserted: 0, revised: 0, confirmed: 0 };
  for await (const columns of session.numbers(changesSql)) {
    const [ids, times, verdicts, sources, states, partial] = columns.map((column) => Array.from(column)) as number[][] &
      [number[], number[], number[], number[], number[], number[]];
    for (const verdict of verdicts) {
      if (verdict === VERDICT.insert) counts.inserted += 1;
      else if (verdict === VERDICT.revise) counts.revised += 1;
      else counts.confirmed += 1;
    }
    changes.push((minutes) => {
      for (const [row, id] of ids.entries()) {
        const [ts, source, state] = [times[row] as number, sources[row] as number, states[row] as number];
        if (verdicts[row] === VERDICT.confirm) minutes.raiseState(id, ts, state);
        else minutes.setBar(id, ts, source, state, partial[row] === 1);
      }
    });
  }
  return counts;
}

async function readAbsences(session: Session, sql: string, changes: Change[]): Promise<number> {
  let count = 0;
  for await (const columns of session.numbers(sql)) {
    const [ids, times, reasons] = columns.map((column) => Array.from(column)) as [number[], number[], number[]];
    count += ids.length;
    changes.push((minutes) => {
      for (const [row, id] of ids.entries()) minutes.setAbsence(id, times[row] as number, reasons[row] as number);
    });
  }
  return count;
}

/** Empties what a batch was looked up with: a sweep's tables would stay in memory until the next. */
async function dropStage(session: Session): Promise<void> {
  await session.exec(
    'DROP TABLE IF EXISTS stage_bars; DROP TABLE IF EXISTS current_bars; DROP TABLE IF EXISTS verdict',
  );
}

function commitRowSql({ batch, day, commitSeq, committedAt }: CommitRequest, counts: CommitCounts): string {
  const { producerId, epoch, seq } = batch.envelope;
  return `INSERT INTO ${day.alias}.commits VALUES (${commitSeq}, ${literal(producerId)}, ${epoch}, ${seq},
    ${instant(committedAt)}, ${counts.inserted}, ${counts.revised}, ${counts.confirmed}, ${counts.ignored},
    ${counts.absences}, ${counts.indicators})`;
}
