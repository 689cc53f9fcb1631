import { describeError, monotonicMs, type TradingDate } from '@rtp/core';
import type { DayCoverage, StoreClient } from './contract.ts';

/** A sealed date is asked for again this many times more rarely: only late data changes it. */
const SEALED_INTERVAL_FACTOR = 20;

/** A day's coverage without its instruments. */
export type CoverageSummary = Omit<DayCoverage, 'instruments'>;

/** Whether no minute of the day is still to come: a closing auction leaves a session open in which nothing is owed. */
export function isNothingPending(coverage: CoverageSummary | null): boolean {
  return coverage !== null && coverage.expected > 0 && coverage.pending === 0;
}

/**
 * The newest known coverage of a date, for readers that want it often and cheaply. The store is asked at most once
 * per interval and by one question at a time. A failed question keeps the last answer.
 */
export class CoverageWatch {
  private readonly store: Pick<StoreClient, 'coverage'>;
  private readonly intervalMs: number;
  private readonly nowMs: () => number;
  private summary: CoverageSummary | null = null;
  private asking: Promise<void> | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;
  private askedDate: TradingDate = '';
  private failure = '';

  /** @param intervalMs least real time between two questions about one date, on the clock `nowMs` */
  constructor(store: Pick<StoreClient, 'coverage'>, intervalMs: number, nowMs: () => number = monotonicMs) {
    this.store = store;
    this.intervalMs = intervalMs;
    this.nowMs = nowMs;
  }

  /** The newest answer about `date`, or null before the first. */
  latest(date: TradingDate): CoverageSummary | null {
    return this.summary?.date === date ? this.summary : null;
  }

  /** Why the last question failed; empty when it did not. */
  get error(): string {
    return this.failure;
  }

  /** Asks, unless the answer at hand is young enough. Resolves when no question is in flight; never rejects. */
  refresh(date: TradingDate): Promise<void> {
    if (this.asking !== null) return this.asking;
    const factor = this.latest(date)?.state === 'sealed' ? SEALED_INTERVAL_FACTOR : 1;
    const isYoung = this.nowMs() - this.askedAt < this.intervalMs * factor;
    if (this.askedDate === date && isYoung) return Promise.resolve();
    this.askedDate = date;
    this.askedAt = this.nowMs();
    this.asking = this.ask(date).finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  private async ask(date: TradingDate): Promise<void> {
    try {
      const { instruments: _, ...summary } = await this.store.coverage(date);
      this.summary = Object.freeze(summary);
      this.failure = '';
    } catch (error) {
      this.failure = describeError(error);
    }
  }
}
