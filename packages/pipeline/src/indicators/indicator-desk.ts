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
import { type Ack, type IndicatorRows, NO_INDICATORS, type StoreClient } from '@rtp/store-client';
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
    const { store, clock, logger, backoff, batchSize, sender, onTrouble } = this.options;
    const { day, date } = this;
    if (day === null) return;
    onTrouble('no indicators yet: their state has not come from the store');
    try {
      const start = await untilAnswered(() => store.indicatorStart(date), { backoff, logger, signal });
      const owing = day.begin(start);
      onTrouble('');
      logger.info('indicators follow', { date, owing: owing.length });
      for (let from = 0; from < owing.length; from += batchSize) {
        const rows = day.rowsOf(owing.slice(from, from + batchSize), clock.now());
        await sender.send(date, [], [], rows);
      }
    } catch (error) {
      signal.throwIfAborted();
      this.fail(error);
    }
  }

  /** Queues one batch, with the indicators that follow from its bars. Errors: those of the batch sender. */
  send(date: TradingDate, bars: readonly Bar[], absences: readonly Absence[]): Promise<Ack> {
    return this.options.sender.send(date, bars, absences, this.rowsFor(date, bars));
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
