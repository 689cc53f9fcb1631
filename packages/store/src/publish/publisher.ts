import { join } from 'node:path';
import { describeError, type Logger, monotonicMs, realDelay, type TradingDate } from '@rtp/core';
import type { HotDay } from '../days/hot-day.ts';
import { SerialQueue } from '../engine/serial-queue.ts';
import type { Session } from '../engine/session.ts';
import {
  COMMIT_TABLES,
  type CommitTable,
  commitFileName,
  compactedTo,
  dateFolder,
  listFiles,
  slabFileName,
} from './history-files.ts';
import { publishedRows } from './published-sql.ts';
import { COMMIT_FORMAT, publishFile, SLAB_FORMAT } from './write-parquet.ts';

/** Wait before a failed publication (a full disk, say) is tried again, real ms. */
const RETRY_MS = 1_000;

export interface PublisherOptions {
  readonly session: Session;
  readonly historyDir: string;
  readonly compactEveryCommits: number;
  readonly logger: Logger;
  /** Told when files were put together. */
  readonly onCompacted: () => void;
  /** Told of every publication: the commit and real ms since it was given. */
  readonly onPublished: (commitSeq: number, ms: number) => void;
  /** Told when publishing starts and stops failing. */
  readonly onTrouble: (error: unknown | null) => void;
  /** Aborted when the store stops. */
  readonly signal: AbortSignal;
}

/** How many rows a commit wrote, by table. */
export type CommitRows = Readonly<Record<CommitTable, number>>;

/**
 * Copies every commit out of its hot file, in order, as one immutable Parquet file a table; `commits` comes last, so
 * a commit's row there says that all of it is published. After every so many commits their files are put together
 * into one (a slab) that holds the same rows, and the next catalogue passes over the parts. The parts stay: a query
 * under way has their names, and there is no moment at which none has. Rows found twice are what the views allow for.
 *
 * A commit that cannot be published is tried again until it can, and holds back those after it; a slab that cannot be
 * written holds up nothing and is tried again after the next commit.
 */
export class Publisher {
  private readonly options: PublisherOptions;
  private readonly queue = new SerialQueue();
  private readonly loose = new Map<string, number[]>();
  private isFinishing = false;
  private hasGivenUp = false;

  constructor(options: PublisherOptions) {
    this.options = options;
  }

  /** Publishes a commit when its turn comes. */
  publish(day: HotDay, commitSeq: number, rows: CommitRows): void {
    const given = monotonicMs();
    void this.queue.run(async () => {
      if (!(await this.untilDone(() => this.publishCommit(day, commitSeq, rows)))) return;
      this.options.onPublished(commitSeq, monotonicMs() - given);
      await this.compact(day).catch((error: unknown) => {
        this.options.logger.warn('commits could not be put together', { date: day.date, error: describeError(error) });
      });
    });
  }

  /** Resolves when everything given so far is published, or the store stops. */
  idle(): Promise<void> {
    return this.queue.idle();
  }

  /** As `idle`, but the first failure ends it: what is not published then is found by the next start. */
  finish(): Promise<void> {
    this.isFinishing = true;
    return this.queue.idle();
  }

  /** Publishes what a crash kept from being published: commits without their `commits` file. */
  async catchUp(day: HotDay): Promise<number> {
    const { session, historyDir } = this.options;
    const files = listFiles(historyDir, 'commits', day.date);
    const covered = (seq: number): boolean => files.some(({ kind, from, to }) => covers(kind, from, to, seq));
    const counts = COMMIT_TABLES.map(
      (table) => `(SELECT count(*) FROM ${day.alias}.${table} b WHERE b.commit_seq = c.commit_seq)::DOUBLE`,
    );
    const seqs = await session.rows(`SELECT commit_seq::DOUBLE FROM ${day.alias}.commits ORDER BY commit_seq`);
    const missing = seqs.map(([seq]) => seq as number).filter((seq) => !covered(seq));
    for (const seq of missing) {
      const [row] = await session.rows(
        `SELECT ${counts.join(', ')} FROM ${day.alias}.commits c WHERE commit_seq = ${seq}`,
      );
      const rows = Object.fromEntries(COMMIT_TABLES.map((table, index) => [table, row?.[index]])) as CommitRows;
      this.publish(day, seq, rows);
    }
    return missing.length;
  }

  private async publishCommit(day: HotDay, commitSeq: number, rows: CommitRows): Promise<void> {
    const { session, historyDir } = this.options;
    for (const table of COMMIT_TABLES) {
      if (rows[table] === 0) continue;
      const file = join(dateFolder(historyDir, table, day.date), commitFileName(commitSeq));
      const sql = publishedRows(day.alias, table, day.date, `b.commit_seq = ${commitSeq}`);
      const loose = this.looseOf(table, day.date);
      await publishFile(session, historyDir, sql, file, COMMIT_FORMAT);
      if (loose.at(-1) !== commitSeq) loose.push(commitSeq);
    }
  }

  private async compact(day: HotDay): Promise<void> {
    const { session, historyDir, compactEveryCommits, onCompacted } = this.options;
    for (const table of COMMIT_TABLES) {
      const loose = this.looseOf(table, day.date);
      if (loose.length < compactEveryCommits) continue;
      const from = loose[0] as number;
      const to = loose.at(-1) as number;
      const file = join(dateFolder(historyDir, table, day.date), slabFileName(from, to));
      const rows = publishedRows(day.alias, table, day.date, `b.commit_seq BETWEEN ${from} AND ${to}`);
      await publishFile(session, historyDir, rows, file, SLAB_FORMAT);
      loose.length = 0;
      onCompacted();
    }
  }

  /** Commits of a table and date that have a file and are in no slab, ascending; looked up on disk once. */
  private looseOf(table: CommitTable, date: TradingDate): number[] {
    const key = `${table}/${date}`;
    let loose = this.loose.get(key);
    if (loose === undefined) {
      const { historyDir } = this.options;
      const compacted = compactedTo(historyDir, table, date);
      const files = listFiles(historyDir, table, date);
      loose = files.filter(({ kind, from }) => kind === 'commit' && from > compacted).map(({ from }) => from);
      this.loose.set(key, loose);
    }
    return loose;
  }

  /** Whether `work` was done before the store stopped. */
  private async untilDone(work: () => Promise<void>): Promise<boolean> {
    const { logger, onTrouble, signal } = this.options;
    for (let failures = 0; !signal.aborted && !this.hasGivenUp; failures += 1) {
      try {
        await work();
        if (failures > 0) onTrouble(null);
        return true;
      } catch (error) {
        if (failures === 0) logger.error('a commit could not be published; trying again', { error: String(error) });
        onTrouble(error);
        this.hasGivenUp = this.isFinishing;
        if (!this.hasGivenUp) await realDelay(RETRY_MS, signal).catch(() => {});
      }
    }
    return false;
  }
}

/** A sealed file holds every commit before it. */
function covers(kind: string, from: number, to: number, seq: number): boolean {
  return kind === 'sealed' ? seq <= to : from <= seq && seq <= to;
}
