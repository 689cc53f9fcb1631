/**
 * Decides when minutes are sealed.
 *
 *   waiting for a cycle's end ──market clock──▶ grace (never shorter than its real floor) ──▶ sealed
 *
 * Graces of successive cycles overlap: each floor counts from its own cycle's end, so that a fast market delays seals
 * but never piles them up. When several cycles are due at once they are sealed in order, each by itself.
 */
import type { EpochMs, MarketClock, MarketTimer } from '@rtp/core';

export interface SealerOptions {
  readonly clock: MarketClock;
  /** Ascending. */
  readonly cycleEnds: readonly EpochMs[];
  /** Grace in force, market ms. */
  graceMs(): number;
  readonly graceFloorMs: number;
  /** Seals every minute that ends at or before `cycleEnd`. */
  seal(cycleEnd: EpochMs): void;
}

export class MinuteSealer {
  private readonly options: SealerOptions;
  private readonly graces = new Set<MarketTimer>();
  private boundary: MarketTimer | undefined;
  /** Position of the next cycle whose end has not been reached, and of the next to be sealed. */
  private ending: number;
  private sealing: number;

  constructor(options: SealerOptions) {
    this.options = options;
    const now = options.clock.now();
    const next = options.cycleEnds.findIndex((end) => end > now);
    this.ending = next < 0 ? options.cycleEnds.length : next;
    this.sealing = this.ending;
  }

  start(): void {
    const { clock, cycleEnds, graceFloorMs } = this.options;
    const end = cycleEnds[this.ending];
    if (end === undefined) return;
    this.boundary = clock.setTimer(end, () => {
      this.ending += 1;
      this.start();
      const grace = clock.setTimer(
        end + this.options.graceMs(),
        () => {
          this.graces.delete(grace);
          this.sealThrough(end);
        },
        { floorMs: graceFloorMs },
      );
      this.graces.add(grace);
    });
  }

  /** Seals what has ended without waiting for its grace, and stops. */
  stop(): void {
    this.boundary?.cancel();
    for (const grace of this.graces) grace.cancel();
    this.graces.clear();
    const ended = this.options.cycleEnds[this.ending - 1];
    if (ended !== undefined) this.sealThrough(ended);
  }

  private sealThrough(end: EpochMs): void {
    for (;;) {
      const next = this.options.cycleEnds[this.sealing];
      if (next === undefined || next > end) return;
      this.sealing += 1;
      this.options.seal(next);
    }
  }
}
