import type { EpochMs } from '@rtp/core';

/**
 * Which slots are unresolved (their connection has shown no packet yet), and since when they may have missed trades.
 * Before the first packet of a process that is since ever.
 */
export class GapTrack {
  /** From when on the present connection carries all subscriptions; infinite while there is none. */
  connectedAt: EpochMs = Number.POSITIVE_INFINITY;
  private readonly unresolved: Uint8Array;
  private readonly gapFrom: Float64Array;

  constructor(slots: number) {
    this.unresolved = new Uint8Array(slots).fill(1);
    this.gapFrom = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY);
  }

  isOpen(slot: number): boolean {
    return this.unresolved[slot] === 1;
  }

  /** Whether the slot may have missed trades of the minute that ends at `minuteEnd`. */
  isHidden(slot: number, minuteEnd: EpochMs): boolean {
    return this.unresolved[slot] === 1 && minuteEnd > (this.gapFrom[slot] as number);
  }

  /** Since when; minus infinity before the first packet. */
  openSince(slot: number): EpochMs {
    return this.gapFrom[slot] as number;
  }

  /** The connection is gone, or worth nothing, since `seenUntil`. Gaps that are open already stay as long as they are. */
  open(seenUntil: EpochMs): void {
    this.connectedAt = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < this.unresolved.length; slot += 1) {
      if (this.unresolved[slot] === 1) continue;
      this.unresolved[slot] = 1;
      this.gapFrom[slot] = seenUntil;
    }
  }

  close(slot: number): void {
    this.unresolved[slot] = 0;
  }
}
