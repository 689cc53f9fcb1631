import { readdirSync, rmSync } from 'node:fs';
import type { DataPaths, TradingDate } from '@rtp/core';
import type { Session } from '../engine/session.ts';
import { attachRecovering, type RepairListener } from './attach-recovering.ts';
import { DAY_TABLES, HotDay } from './hot-day.ts';
import { dateOfDayFile, dayAlias, dayFile } from './names.ts';
import { loadPublished } from './rebuild.ts';

/** The hot files of open days, attached; those of sealed days wait on disk, detached, until they are dropped. */
export class HotDays {
  private readonly session: Session;
  private readonly paths: DataPaths;
  private readonly listener: RepairListener;
  private readonly days = new Map<TradingDate, HotDay>();

  constructor(session: Session, paths: DataPaths, listener: RepairListener) {
    this.session = session;
    this.paths = paths;
    this.listener = listener;
  }

  get(date: TradingDate): HotDay | undefined {
    return this.days.get(date);
  }

  /** Attached dates, ascending. */
  dates(): TradingDate[] {
    return [...this.days.keys()].sort();
  }

  all(): HotDay[] {
    return [...this.days.values()];
  }

  /** Dates that have a file, attached or not. */
  filed(): TradingDate[] {
    return readdirSync(this.paths.hotDir).flatMap((name) => dateOfDayFile(name) ?? []);
  }

  /** Attaches a date's file, repairing or creating it. */
  async open(date: TradingDate): Promise<HotDay> {
    const attached = this.days.get(date);
    if (attached !== undefined) return attached;
    let restored = 0;
    const outcome = await attachRecovering(
      this.session,
      {
        file: dayFile(this.paths, date),
        alias: dayAlias(date),
        kind: 'day',
        tables: DAY_TABLES,
        restore: async () => {
          restored = await loadPublished(this.session, this.paths.historyDir, date);
        },
      },
      this.listener,
    );
    const day = await HotDay.load(this.session, date);
    this.days.set(date, day);
    this.listener.logger.info('day opened', { date, outcome, lastCommit: day.lastSeq, restoredCommits: restored });
    if (outcome === 'rebuilt' && day.lastSeq === 0) {
      this.listener.logger.error('nothing of the day was published: it must be fetched again', { date });
    }
    return day;
  }

  /** Detaches a date's file after a checkpoint; no query may still read it. */
  async close(date: TradingDate): Promise<void> {
    if (!this.days.delete(date)) return;
    await this.session.exec(`CHECKPOINT ${dayAlias(date)}`);
    await this.session.exec(`DETACH ${dayAlias(date)}`);
  }

  /** Removes the file of a date that is not attached. */
  drop(date: TradingDate): void {
    rmSync(dayFile(this.paths, date), { force: true });
    rmSync(`${dayFile(this.paths, date)}.wal`, { force: true });
  }
}
