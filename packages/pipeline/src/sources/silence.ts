import { type EpochMs, hasPassed, type Moment, momentOf } from '@rtp/core';

/** Silence of this many mean gaps is ordinary. */
const ORDINARY_GAPS = 20;

/** Whether both clocks have gone on for long enough since `start`. */
export const isOver = (start: Moment, now: EpochMs, marketMs: number, realMs: number): boolean =>
  hasPassed(start, momentOf(now), marketMs, realMs);

/**
 * How long something that is counted has stood still. It is looked at from time to time: what grew between two looks was
 * heard at the second of them. Its own mean gap tells what silence is ordinary.
 */
export class Silence {
  /** When silence began to count: the newest growth, or the start of trading. */
  heard: Moment;
  /** The look before: up to here, surely, nothing was missed. */
  heardFrom: EpochMs;
  hasSpoken = false;
  private total = 0;
  private lookedAt: EpochMs;
  /** Time in which it could be expected to grow, and growth in it. */
  private loudMs = 0;
  private loudGrowth = 0;

  constructor(now: EpochMs) {
    this.heard = momentOf(now);
    this.heardFrom = now;
    this.lookedAt = now;
  }

  /** `total` only grows; `since` is when it may be expected to have begun to, null while it may not. */
  look(now: EpochMs, total: number, since: EpochMs | null): void {
    const growth = total - this.total;
    if (growth > 0) {
      this.hasSpoken = true;
      this.hear(now, this.lookedAt);
    }
    if (since === null) this.hear(now, now);
    else {
      if (since > this.heard.at) this.hear(since, since);
      this.loudMs += now - Math.max(this.lookedAt, since);
      this.loudGrowth += growth;
    }
    this.total = total;
    this.lookedAt = now;
  }

  /** The longest silence that is ordinary, `leastMs` at least: market ms. */
  limitMs(leastMs: number): number {
    const meanGapMs = this.loudGrowth === 0 ? 0 : this.loudMs / this.loudGrowth;
    return Math.max(leastMs, ORDINARY_GAPS * meanGapMs);
  }

  /** Whether it is silent for longer than is ordinary, and than `leastMs` of market and `floorMs` of real time. */
  isOver(now: EpochMs, leastMs: number, floorMs: number): boolean {
    return isOver(this.heard, now, this.limitMs(leastMs), floorMs);
  }

  private hear(at: EpochMs, from: EpochMs): void {
    this.heard = momentOf(at);
    this.heardFrom = from;
  }
}
