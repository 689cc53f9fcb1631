import { type EpochMs, MINUTE_MS, tradingDateOf } from '@rtp/core';

/** Market minutes over which the pace is taken. */
const WINDOW_MINUTES = 15;

/** How fast the day's calls are used up. */
export class PaceMeter {
  private readonly startedAt: EpochMs;
  /** Calls of each market minute, by minute since 1970. */
  private readonly minutes = new Map<number, number>();

  constructor(now: EpochMs) {
    this.startedAt = now;
  }

  add(now: EpochMs): void {
    const minute = Math.floor(now / MINUTE_MS);
    this.minutes.set(minute, (this.minutes.get(minute) ?? 0) + 1);
    for (const known of this.minutes.keys()) if (known <= minute - WINDOW_MINUTES) this.minutes.delete(known);
  }

  /** When `left` calls are used up at the pace of the last quarter of an hour; null when not on today's IST date. */
  runsOutAt(left: number, now: EpochMs): EpochMs | null {
    const minute = Math.floor(now / MINUTE_MS);
    let calls = 0;
    for (const [known, count] of this.minutes) if (known > minute - WINDOW_MINUTES) calls += count;
    if (calls === 0) return null;
    const watchedMs = Math.min(now - this.startedAt, WINDOW_MINUTES * MINUTE_MS);
    const at = Math.round(now + (left * Math.max(watchedMs, MINUTE_MS)) / calls);
    return tradingDateOf(at) === tradingDateOf(now) ? at : null;
  }
}
