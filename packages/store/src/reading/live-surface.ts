import type { TradingDate } from '@rtp/core';
import type { QueryRunner } from '@rtp/store-client';
import { liveSources, type SealedDate } from '../catalogue/sources.ts';
import { readingViews } from '../catalogue/view-sql.ts';
import type { Session } from '../engine/session.ts';
import type { ReadPool } from './read-pool.ts';

/** A connection that reads. */
export type Reader = QueryRunner & Pick<Session, 'chunks' | 'numbers' | 'expectingDamage'>;

/** Views the store itself reads through; the same names and columns as in the catalogue. */
const OWN_VIEWS = new Set([
  'instruments',
  'days',
  'sessions',
  'tracked',
  'seals',
  'commits',
  'confirmations',
  'bars_revisions',
  'bars',
  'indicators',
  'absences',
  'differences',
]);

/**
 * The store's own reading surface: the catalogue's views, with hot files in place of published ones for the dates
 * that are open, so that an answer holds everything committed before the question.
 */
export class LiveSurface {
  private readonly pool: ReadPool;
  private readonly historyDir: string;

  constructor(pool: ReadPool, historyDir: string) {
    this.pool = pool;
    this.historyDir = historyDir;
  }

  /** Points the views at what is open and sealed now. */
  async refresh(session: Session, sealed: readonly SealedDate[], openDates: readonly TradingDate[]): Promise<void> {
    const views = readingViews(liveSources(this.historyDir, sealed, openDates)).filter(({ name }) =>
      OWN_VIEWS.has(name),
    );
    const statements = views.map(({ name, sql }) => `CREATE OR REPLACE VIEW memory.main.${name} AS ${sql}`);
    await session.transaction(() => session.exec(statements.join('; ')));
  }

  /** Runs queries of one question on one connection. */
  ask<T>(question: (run: QueryRunner & Pick<Session, 'chunks' | 'numbers'>) => Promise<T>): Promise<T> {
    return this.pool.use(question);
  }

  /** As `ask`, however long it takes: for the store's own work. */
  askAtLength<T>(question: (run: Reader) => Promise<T>): Promise<T> {
    return this.pool.useAtLength(question);
  }

  /** Resolves when no query made on earlier views runs any more. */
  settled(): Promise<void> {
    return this.pool.settled();
  }
}
