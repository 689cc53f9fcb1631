import { dataAgeMs, type EpochMs, type MarketClock, type SessionCalendar } from '@rtp/core';
import { type CoverageWatch, isNothingPending } from '@rtp/store-client';

/** The part of the limit from which the store is asked: more than the age that every minute reaches. */
const ASKED_FROM = 0.75;

export interface FreshnessOptions {
  readonly calendar: SessionCalendar;
  readonly clock: MarketClock;
  readonly coverage: Pick<CoverageWatch, 'latest' | 'refresh'>;
  /** Start of the newest bar's minute; null when there is none. */
  readonly newestBar: () => EpochMs | null;
  /** The least age that counts against anyone, market ms. */
  readonly limitMs: () => number;
}

/** Returns how old the newest bar is now, in market ms; null out of session and where no bar is owed any more. */
export function freshness({ calendar, clock, coverage, newestBar, limitMs }: FreshnessOptions): () => number | null {
  return () => {
    const now = clock.now();
    const session = calendar.sessionAt(now);
    if (isNothingPending(coverage.latest(session.date))) return null;
    const ageMs = dataAgeMs(session, newestBar(), now);
    // Before old data counts, the store says whether any is still owed.
    if (ageMs !== null && ageMs > limitMs() * ASKED_FROM) void coverage.refresh(session.date);
    return ageMs;
  };
}
