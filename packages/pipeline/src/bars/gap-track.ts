import type { EpochMs } from '@rtp/core';

/**
 * Which slots are unresolved (nothing that delivers them has shown a packet yet), and since when they may have missed
 * trades. Before the first packet of a process that is since ever. Slots belong to groups, which are lost and found as one.
 */
export class GapTrack {
  private readonly groupOf: Uint8Array;
  /** By group: from when on something delivers it; infinite while nothing does. */
  private readonly connected: Float64Array;
  private readonly unresolved: Uint8Array;
  private readonly gapFrom: Float64Array;

  /** `groupOf`: each slot's group, numbered from 0. */
  constructor(groupOf: Uint8Array, groups: number) {
    this.groupOf = groupOf;
    this.connected = new Float64Array(groups).fill(Number.POSITIVE_INFINITY);
    this.unresolved = new Uint8Array(groupOf.length).fill(1);
    this.gapFrom = new Float64Array(groupOf.length).fill(Number.NEGATIVE_INFINITY);
  }

  /** From when on something delivers the slot's group; infinite while nothing does. */
  connectedAt(slot: number): EpochMs {
    return this.connected[this.groupOf[slot] as number] as number;
  }

  isOf(slot: number, group: number): boolean {
    return this.groupOf[slot] === group;
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

  /** Something delivers the group from `at` on. */
  connect(group: number, at: EpochMs): void {
    this.connected[group] = at;
  }

  /** Nothing worth anything delivers the group since `seenUntil`. Gaps that are open already stay as long as they are. */
  disconnect(group: number, seenUntil: EpochMs): void {
    this.connected[group] = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < this.unresolved.length; slot += 1) {
      if (this.groupOf[slot] === group) this.open(slot, seenUntil);
    }
  }

  /** Trades of one slot may have been missed from `seenUntil` on. */
  open(slot: number, seenUntil: EpochMs): void {
    if (this.unresolved[slot] === 1) return;
    this.unresolved[slot] = 1;
    this.gapFrom[slot] = seenUntil;
  }

  close(slot: number): void {
    this.unresolved[slot] = 0;
  }
}
