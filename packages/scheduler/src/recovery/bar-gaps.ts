import { type EpochMs, MINUTE_MS } from '@rtp/core';

/** Gaps that are kept, the newest; fewer than the least say nothing. */
const MOST_GAPS = 31;
const LEAST_GAPS = 5;
/** A universe that has no bar in some minutes is given this many times what is usual beyond a minute. */
const ORDINARY_EXCESSES = 12;

/** How far apart the newest bars have been: what of their age is ordinary for a thin universe. */
export interface BarGaps {
  readonly newest: EpochMs;
  readonly lookedAt: EpochMs;
  /** Market ms by which each newest bar came later than a minute, or a look, after the one before; oldest first. */
  readonly excessesMs: readonly number[];
}

/** After one more look at the newest bar; null where there is none, or none is owed: the next window begins anew. */
export function rememberBarGaps(
  gaps: BarGaps | null,
  newest: EpochMs | null,
  isOwed: boolean,
  now: EpochMs,
): BarGaps | null {
  if (newest === null || !isOwed) return null;
  if (gaps === null) return { newest, lookedAt: now, excessesMs: [] };
  if (newest <= gaps.newest) return { ...gaps, lookedAt: now };
  const excessMs = newest - gaps.newest - Math.max(MINUTE_MS, now - gaps.lookedAt);
  return { newest, lookedAt: now, excessesMs: [...gaps.excessesMs, Math.max(0, excessMs)].slice(-MOST_GAPS) };
}

/**
 * The age of the newest bar, market ms, up to which it is ordinary: 0 for a universe with a bar in every minute. It follows
 * from the median, so that an outage does not make the next one ordinary.
 */
export function ordinaryAgeMs(gaps: BarGaps | null): number {
  if (gaps === null || gaps.excessesMs.length < LEAST_GAPS) return 0;
  const sorted = gaps.excessesMs.toSorted((a, b) => a - b);
  return ORDINARY_EXCESSES * (sorted[Math.floor(sorted.length / 2)] ?? 0);
}
