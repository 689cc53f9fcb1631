import type { TradingDate } from '@rtp/core';
import type { Ack, BatchEnvelope } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import { type HotColumn, hotColumns } from '../indicators/hot-table.ts';
import { dayAlias } from './names.ts';
import { DayMinutes } from './day-minutes.ts';
import { loadMinutes } from './load-minutes.ts';

/** Tables of a day's file. */
export const DAY_TABLES = ['bars', 'indicators', 'absences', 'confirmations', 'commits'] as const;

const keyOf = ({ producerId, epoch, seq }: Pick<BatchEnvelope, 'producerId' | 'epoch' | 'seq'>): string =>
  `${producerId}/${epoch}/${seq}`;

/** A trading date whose hot file is attached, with what its commits were. */
export class HotDay {
  readonly date: TradingDate;
  readonly alias: string;
  readonly minutes: DayMinutes;
  /** Columns of the file's table of indicators, in its order. */
  readonly indicatorColumns: readonly HotColumn[];
  private readonly acks = new Map<string, Ack>();
  private last = 0;
  private lastBars: { readonly commitSeq: number; readonly key: string } | null = null;

  private constructor(date: TradingDate, indicatorColumns: readonly HotColumn[]) {
    this.date = date;
    this.indicatorColumns = indicatorColumns;
    this.alias = dayAlias(date);
    this.minutes = new DayMinutes(date);
  }

  /** Reads the commits of an attached file. */
  static async load(session: Session, date: TradingDate): Promise<HotDay> {
    const day = new HotDay(date, (await hotColumns(session, dayAlias(date))) ?? []);
    const rows = await session.rows(`SELECT commit_seq::DOUBLE, producer_id, epoch::DOUBLE, seq::DOUBLE,
      inserted::DOUBLE, revised::DOUBLE, confirmed::DOUBLE, ignored::DOUBLE, absences::DOUBLE,
      indicators::DOUBLE FROM ${day.alias}.commits`);
    for (const row of rows) {
      const [commitSeq, producerId, epoch, seq, inserted, revised, confirmed, ignored, absences, indicators] = row as [
        number,
        string,
        ...number[],
      ];
      day.remember(
        { producerId, epoch: epoch as number, seq: seq as number },
        { commitSeq, inserted, revised, confirmed, ignored, absences, indicators, duplicate: false } as Ack,
      );
    }
    await loadMinutes(session, day.alias, day.minutes);
    return day;
  }

  /** The newest commit of the date, 0 before the first. */
  get lastSeq(): number {
    return this.last;
  }

  /** Which commit was the newest to bring or change bars; null before the first. */
  get newestBars(): string | null {
    return this.lastBars === null ? null : `${this.lastBars.commitSeq} ${this.lastBars.key}`;
  }

  /** The answer a batch got when it was committed, or null. */
  answered(envelope: Pick<BatchEnvelope, 'producerId' | 'epoch' | 'seq'>): Ack | null {
    return this.acks.get(keyOf(envelope)) ?? null;
  }

  remember(envelope: Pick<BatchEnvelope, 'producerId' | 'epoch' | 'seq'>, ack: Ack): void {
    this.acks.set(keyOf(envelope), ack);
    this.last = Math.max(this.last, ack.commitSeq);
    if (ack.inserted + ack.revised > 0 && ack.commitSeq > (this.lastBars?.commitSeq ?? 0)) {
      this.lastBars = { commitSeq: ack.commitSeq, key: keyOf(envelope) };
    }
  }
}
