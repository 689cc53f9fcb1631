import type { EpochMs } from '@rtp/core';
import type { Random } from '../random.ts';

/** Lag of a bad day's packets by quantile, milliseconds; logarithmic in between (wire §7.6). */
const BAD_DAY_LAG: readonly (readonly [quantile: number, lagMs: number])[] = [
  [0, 300],
  [0.5, 1_000],
  [0.9, 4_000],
  [0.99, 46_000],
  [1, 198_000],
];

/** A lag of a bad day, drawn for one packet alone. */
export function badDayLag(random: Random): number {
  const quantile = random.next();
  const above = BAD_DAY_LAG.findIndex(([end]) => quantile < end);
  const [high, most] = BAD_DAY_LAG[above] as (typeof BAD_DAY_LAG)[number];
  const [low, least] = BAD_DAY_LAG[above - 1] as (typeof BAD_DAY_LAG)[number];
  return least * (most / least) ** ((quantile - low) / (high - low));
}

/** Market time between two stalls on average, and for how long a usual lag stays the same. */
const STALL_EVERY_MS = 760_000;
const USUAL_FOR_MS = 5_000;
const USUAL_LAG_MS = 1_000;
/** One stall in ten is long. With these lengths a packet in a hundred is 46 s late or more. */
const LONG_STALL = 0.1;
const SHORT_STALL_MS = [5_000, 46_000] as const;
const LONG_STALL_MS = [46_000, 198_000] as const;

/**
 * The lag of a bad day's stream in which packets keep their order: late ones hold those behind them, so the lag cannot be
 * drawn for each. Usually it is about a second. Now and then the stream stalls, and then delivers what has piled up.
 */
export class StalledStream {
  private readonly random: Random;
  private nextStallMs: EpochMs;
  private stallEndMs = Number.NEGATIVE_INFINITY;
  private usualUntilMs = Number.NEGATIVE_INFINITY;
  private usualLagMs = USUAL_LAG_MS;

  constructor(random: Random, from: EpochMs) {
    this.random = random;
    this.nextStallMs = from + random.next() * STALL_EVERY_MS;
  }

  /** Lag of a packet sent at `instant`; instants do not fall. */
  lagAt(instant: EpochMs): number {
    while (instant >= this.nextStallMs) {
      this.stallEndMs = Math.max(this.stallEndMs, this.nextStallMs + this.stallLengthMs());
      this.nextStallMs += (0.5 + this.random.next()) * STALL_EVERY_MS;
    }
    if (instant >= this.usualUntilMs) {
      this.usualUntilMs = instant + USUAL_FOR_MS;
      this.usualLagMs = (0.5 + this.random.next()) * USUAL_LAG_MS;
    }
    return Math.max(this.usualLagMs, this.stallEndMs - instant);
  }

  private stallLengthMs(): number {
    const [least, most] = this.random.next() < LONG_STALL ? LONG_STALL_MS : SHORT_STALL_MS;
    return least + this.random.next() * (most - least);
  }
}
