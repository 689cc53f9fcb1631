import { parseTradingDate } from '@rtp/core';
import {
  findSymbol,
  type IndicatorUpdate,
  type IndicatorUpdateProgress,
  type IndicatorUpdateRequest,
  querySymbols,
} from '@rtp/store-client';
import { storeErrors } from '../errors.ts';
import type { StoreParts } from '../store-parts.ts';
import { type SeriesDate, seriesDates } from './series-dates.ts';
import type { Settlement } from './settlement.ts';

export interface UpdateOptions {
  readonly onProgress: (progress: IndicatorUpdateProgress) => void;
  /** Ends the update at its next turn; what is written stays. */
  readonly signal: AbortSignal;
}

/** Computes stored indicators again on request; one update at a time. */
export class IndicatorUpdates {
  private readonly parts: StoreParts;
  private readonly settlement: Settlement;
  private isRunning = false;

  constructor(parts: StoreParts, settlement: Settlement) {
    this.parts = parts;
    this.settlement = settlement;
  }

  /**
   * Settles dates one by one, earliest first. Nothing is remembered of an update that was cut off: the next one finds
   * its dates right. Errors: RTP_STORE_UPDATE_RUNNING, RTP_SYMBOL_UNKNOWN, RTP_DATE_INVALID, the engine's, the signal's
   * reason.
   */
  async run(request: IndicatorUpdateRequest, options: UpdateOptions): Promise<IndicatorUpdate> {
    if (this.isRunning) {
      throw storeErrors.create('RTP_STORE_UPDATE_RUNNING', 'An update of the indicators is under way already.');
    }
    this.isRunning = true;
    try {
      const { from = '' } = request;
      if (from !== '') parseTradingDate(from);
      const instrumentIds = await this.instrumentIds(request.symbols);
      return await this.settlement.exclusively((stopping) => {
        const signal = AbortSignal.any([stopping, options.signal]);
        const dates = seriesDates(this.parts).filter(({ date }) => date >= from);
        return this.settleDates(dates, instrumentIds, request.force, { ...options, signal });
      });
    } finally {
      this.isRunning = false;
    }
  }

  private async settleDates(
    dates: readonly SeriesDate[],
    instrumentIds: readonly number[] | undefined,
    force: boolean,
    { onProgress, signal }: UpdateOptions,
  ): Promise<IndicatorUpdate> {
    const counts = dates.map((of) => instrumentIds?.length ?? this.instrumentsOn(of));
    const total = counts.reduce((sum, count) => sum + count, 0);
    let [done, changed, resealed] = [0, 0, 0];
    onProgress({ date: null, done, total, changed });
    for (const [index, { date }] of dates.entries()) {
      let part = 0;
      const { changed: rows, receipt } = await this.settlement.settle(date, {
        instrumentIds,
        force,
        signal,
        onGroup: (instruments) => {
          part = Math.min(counts[index]!, part + instruments);
          onProgress({ date, done: done + part, total, changed });
        },
      });
      done += counts[index]!;
      changed += rows;
      if (receipt !== null) resealed += 1;
      onProgress({ date, done, total, changed });
    }
    this.parts.logger.info('indicators updated', { dates: dates.length, total, changed, resealed });
    return { dates: dates.length, total, changed, resealed };
  }

  private instrumentsOn({ date, isSealed }: SeriesDate): number {
    const { register } = this.parts;
    return isSealed ? (register.receipt(date)?.instruments ?? 0) : register.trackedIds(date).length;
  }

  private async instrumentIds(symbols: readonly string[] | undefined): Promise<readonly number[] | undefined> {
    if (symbols === undefined) return undefined;
    const known = await this.parts.surface.ask(querySymbols);
    return [...new Set(symbols.map((symbol) => findSymbol(known, symbol).instrumentId))];
  }
}
