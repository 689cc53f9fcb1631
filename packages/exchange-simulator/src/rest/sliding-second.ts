import type { EpochMs, MarketClock } from '@rtp/core';

const SECOND_MS = 1_000;

/** A rate limit over any sliding second of market time. Calls that are exactly a second apart are within one. */
export class SlidingSecond {
  private readonly clock: MarketClock;
  private readonly limit: number;
  private readonly admitted: EpochMs[] = [];
  private readonly arrived: EpochMs[] = [];
  private highest = 0;

  constructor(clock: MarketClock, limit: number) {
    this.clock = clock;
    this.limit = limit;
  }

  /** Counts a call; false when it is over the limit. Refused calls do not use up the limit. */
  admit(): boolean {
    const now = this.clock.now();
    forgetBefore(this.admitted, now - SECOND_MS);
    forgetBefore(this.arrived, now - SECOND_MS);
    this.arrived.push(now);
    this.highest = Math.max(this.highest, this.arrived.length);
    if (this.admitted.length >= this.limit) return false;
    this.admitted.push(now);
    return true;
  }

  /** Most calls that arrived within any second, refused ones included. */
  get peak(): number {
    return this.highest;
  }
}

function forgetBefore(instants: EpochMs[], oldest: EpochMs): void {
  while (instants.length > 0 && (instants[0] as number) < oldest) instants.shift();
}
