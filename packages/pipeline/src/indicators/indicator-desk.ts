/**
 * Puts the indicators that follow from a batch's bars into that batch: the store commits both together.
 *
 *   idle ──open──▶ noting ──follow: the store's state has come──▶ following
 *
 * Bars never wait for indicators. While the state is not there, or should indicators fail, batches carry bars alone; the
 * rows that are owed are sent as soon as the series follow, and the store settles at the seal whatever is missing then.
 * Bars of other dates carry none: the store settles those dates.
 */
import {
  type Absence,
  type Bar,
  describeError,
  type Instrument,
  type Logger,
  type MarketClock,
  type SessionCalendar,
  type TradingDate,
} from '@rtp/core';
import { sessionFields } from '@rtp/indicators';
import { type Ack, type IndicatorRows, type IndicatorStart, NO_INDICATORS, type StoreClient } from '@rtp/store-client';
import type { DayGrid } from '../bars/day-grid.ts';
import type { BatchSender } from '../delivery/batch-sender.ts';
import { type Backoff, untilAnswered } from '../delivery/until-answered.ts';
import { DayIndicators } from './day-indicators.ts';

export interface IndicatorDeskOptions {
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly store: Pick<StoreClient, 'indicatorStart'>;
  readonly sender: Pick<BatchSender, 'send'>;
  /** Symbols of a batch of owed rows. */
  readonly batchSize: number;
  /** Rows of indicators after which a batch is divided. */
  readonly batchRows: number;
  readonly backoff: Backoff;
  /** Tells why there are no indicators; empty when there are. */
  onTrouble(text: string): void;
}

export class IndicatorDesk {
  private readonly options: IndicatorDeskOptions;
  private date: TradingDate = '';
  private day: DayIndicators | null = null;

  constructor(options: IndicatorDeskOptions) {
    this.options = options;
  }

  /** Begins to note the bars of a date. */
  open(grid: DayGrid, instruments: readonly Instrument[]): void {
    const minutes = Float64Array.from({ length: grid.minutes }, (_, index) => grid.minuteAt(index));
    this.date = grid.date;
    this.day = new DayIndicators({ grid, instruments, sessionFields: sessionFields(minutes, this.options.calendar) });
  }

  /**
   * Takes the store's state at the start of the opened date and sends the rows that the store lacks. Returns when
   * they are acknowledged; asks again while the store does not answer. Errors: the signal's reason.
   */
  async follow(signal: AbortSignal): Promise<void> {
    const { store, clock, logger, backoff, sender, onTrouble } = this.options;
    const { day, date } = this;
    if (day === null) return;
    const ask = async (): Promise<IndicatorStart> => {
      try {
        return await store.indicatorStart(date);
      } catch (error) {
        onTrouble('no indicators yet: their state has not come from the store');
        throw error;
      }
    };
    try {
      const start = await untilAnswered(ask, { backoff, logger, signal });
      const owing = day.begin(start);
      onTrouble('');
      logger.info('indicators follow', { date, owing: owing.length });
      const batch = this.instrumentsOfBatch(day);
      for (let from = 0; from < owing.length; from += batch) {
        const rows = day.rowsOf(owing.slice(from, from + batch), clock.now());
        await sender.send(date, [], [], rows);
      }
    } catch (error) {
      signal.throwIfAborted();
      this.fail(error);
    }
  }

  /**
   * Sends bars with the indicators that follow from them, the first batch before it returns: in one batch, or, where a
   * revision early in the day makes very many rows follow, in several, one after the other. Errors: those of the batch sender.
   */
  async send(date: TradingDate, bars: readonly Bar[], absences: readonly Absence[]): Promise<Ack> {
    const { sender, batchRows } = this.options;
    const isFollowed = this.day !== null && date === this.date;
    const [first, ...more] = isFollowed ? this.day!.partsOf(bars, batchRows) : [bars];
    let ack = await sender.send(date, first, absences, this.rowsFor(date, first));
    for (const part of more) ack = sumOf(ack, await sender.send(date, part, [], this.rowsFor(date, part)));
    return ack;
  }

  /** Instruments whose days make one batch. */
  private instrumentsOfBatch({ minutes }: DayIndicators): number {
    const { batchSize, batchRows } = this.options;
    return Math.max(1, Math.min(batchSize, Math.floor(batchRows / minutes)));
  }

  private rowsFor(date: TradingDate, bars: readonly Bar[]): IndicatorRows {
    if (this.day === null || date !== this.date || bars.length === 0) return NO_INDICATORS;
    try {
      return this.day.take(bars, this.options.clock.now());
    } catch (error) {
      this.fail(error);
      return NO_INDICATORS;
    }
  }

  /** Goes on without indicators. */
  private fail(error: unknown): void {
    this.day = null;
    this.options.logger.error('indicators failed, bars go on without them', { error: describeError(error) });
    this.options.onTrouble(`no indicators: ${describeError(error)}`);
  }
}

/** What two batches came to. */
function sumOf(one: Ack, other: Ack): Ack {
  return {
    commitSeq: other.commitSeq,
    duplicate: one.duplicate && other.duplicate,
    inserted: one.inserted + other.inserted,
    revised: one.revised + other.revised,
    confirmed: one.confirmed + other.confirmed,
    ignored: one.ignored + other.ignored,
    absences: one.absences + other.absences,
    indicators: one.indicators + other.indicators,
  };
}
