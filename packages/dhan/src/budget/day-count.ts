import { type MarketClock, type TradingDate, tradingDateOf } from '@rtp/core';
import { z } from 'zod';
import { readPrivateJson, writePrivateJson } from '../wire/private-file.ts';

/** Calls written ahead: a crash forgets none of those made and over-counts by fewer than this. */
const WRITE_AHEAD = 20;

const stored = z.object({ date: z.string(), calls: z.int().min(0) });

/** Counts calls per IST date, in a file that outlives the process. */
export class DayCount {
  private readonly file: string;
  private readonly clock: MarketClock;
  private date: TradingDate;
  private count: number;
  private written: number;

  constructor(file: string, clock: MarketClock) {
    this.file = file;
    this.clock = clock;
    this.date = tradingDateOf(clock.now());
    const parsed = stored.safeParse(readPrivateJson(file));
    this.count = parsed.success && parsed.data.date === this.date ? parsed.data.calls : 0;
    this.written = this.count;
  }

  /** Calls made on today's date. */
  get today(): number {
    this.turnDate();
    return this.count;
  }

  add(): void {
    this.turnDate();
    this.count += 1;
    if (this.count > this.written) this.write(this.count + WRITE_AHEAD - 1);
  }

  /** Writes the exact count. */
  flush(): void {
    if (this.written !== this.count) this.write(this.count);
  }

  private turnDate(): void {
    const today = tradingDateOf(this.clock.now());
    if (today === this.date) return;
    this.date = today;
    this.count = 0;
    this.written = 0;
  }

  private write(calls: number): void {
    this.written = calls;
    writePrivateJson(this.file, { date: this.date, calls });
  }
}
