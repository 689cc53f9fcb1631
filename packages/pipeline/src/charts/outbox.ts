import type { Absence, Bar } from '@rtp/core';
import type { Ack } from '@rtp/store-client';
import { MAX_BATCH_ROWS } from './chart-desk.ts';

export interface OutboxOptions {
  /** Symbols of one batch. */
  readonly batchSize: number;
  deliver(bars: readonly Bar[], absences: readonly Absence[]): Promise<Ack>;
}

/** Collects finished instruments and delivers them in batches of `batchSize` symbols, one delivery at a time. */
export class Outbox {
  private readonly options: OutboxOptions;
  private bars: Bar[] = [];
  private absences: Absence[] = [];
  private symbols = 0;
  private delivery: Promise<unknown> = Promise.resolve();

  constructor(options: OutboxOptions) {
    this.options = options;
  }

  async add(result: { readonly bars: readonly Bar[]; readonly absences: readonly Absence[] }): Promise<void> {
    this.bars.push(...result.bars);
    this.absences.push(...result.absences);
    this.symbols += 1;
    const rows = this.bars.length + this.absences.length;
    if (this.symbols >= this.options.batchSize || rows >= MAX_BATCH_ROWS) await this.hand();
  }

  /** Delivers the rest and waits for the acknowledgement. */
  async flush(): Promise<void> {
    await this.hand();
    await this.delivery;
  }

  /** Waits for the delivery before this one only, so that calls go on meanwhile. */
  private async hand(): Promise<void> {
    const { bars, absences } = this;
    this.bars = [];
    this.absences = [];
    this.symbols = 0;
    const previous = this.delivery;
    if (bars.length + absences.length > 0) {
      this.delivery = previous.then(() => this.options.deliver(bars, absences));
      this.delivery.catch(() => {});
    }
    await previous;
  }
}
