import type { EpochMs } from '@rtp/core';

/** A slot whose calls fail for ever is asked again after so many doublings of the first wait at the latest. */
const MAX_DOUBLINGS = 5;

/**
 * Instruments with minutes that their live source did not see whole, and when their official candles are worth asking for.
 * One chart call repairs a whole day of one instrument, so a slot holds one range however many gaps it has.
 */
export class Suspects {
  private readonly first: Int32Array;
  private readonly last: Int32Array;
  private readonly dueAt: Float64Array;
  /** New gaps put a repair off until here, so that one call serves them all, and no further. */
  private readonly latestDue: Float64Array;
  private readonly attempts: Uint8Array;
  private readonly failures: Uint8Array;
  private readonly lastRepair: Float64Array;
  private readonly spacingMs: number;

  constructor(slots: number, spacingMs: number) {
    this.first = new Int32Array(slots).fill(-1);
    this.last = new Int32Array(slots).fill(-1);
    this.dueAt = new Float64Array(slots).fill(Number.POSITIVE_INFINITY);
    this.latestDue = new Float64Array(slots);
    this.attempts = new Uint8Array(slots);
    this.failures = new Uint8Array(slots);
    this.lastRepair = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY);
    this.spacingMs = spacingMs;
  }

  /** Minutes `from` to `to` of a slot are suspect; their candles are expected from `dueAt` on. */
  add(slot: number, from: number, to: number, dueAt: EpochMs): void {
    const known = this.first[slot] as number;
    this.first[slot] = known < 0 ? from : Math.min(known, from);
    this.last[slot] = Math.max(this.last[slot] as number, to);
    const earliest = Math.max(dueAt, (this.lastRepair[slot] as number) + this.spacingMs);
    if (known < 0) this.latestDue[slot] = earliest + this.spacingMs;
    const due = known < 0 ? earliest : Math.max(this.dueAt[slot] as number, earliest);
    this.dueAt[slot] = Math.min(due, this.latestDue[slot] as number);
    this.attempts[slot] = 0;
  }

  /** The first slot, in slot order, that is due at `now` and not refused by `isBusy`; -1 when none is. */
  nextDue(now: EpochMs, isBusy: (slot: number) => boolean): number {
    for (let slot = 0; slot < this.dueAt.length; slot += 1) {
      if ((this.dueAt[slot] as number) <= now && !isBusy(slot)) return slot;
    }
    return -1;
  }

  /** First suspect minute of a slot, or -1. */
  firstOf(slot: number): number {
    return this.first[slot] as number;
  }

  /**
   * Official candles up to minute `through` have arrived. The slot is clear when they reach past its suspect minutes, or
   * have failed to `retries` times; until then it is due again at `retryAt`.
   */
  answered(slot: number, through: number, now: EpochMs, retryAt: EpochMs, retries: number): void {
    if ((this.first[slot] as number) < 0) return;
    this.lastRepair[slot] = now;
    this.failures[slot] = 0;
    if (through >= (this.last[slot] as number) || (this.attempts[slot] as number) >= retries) {
      this.first[slot] = this.last[slot] = -1;
      this.dueAt[slot] = Number.POSITIVE_INFINITY;
      return;
    }
    this.attempts[slot] = (this.attempts[slot] as number) + 1;
    this.dueAt[slot] = retryAt;
  }

  /**
   * A call for the slot has failed: others come before it for `retryMs`, and for twice as long each time that the failure
   * may be its own, no other call failing meanwhile. It is never given up.
   */
  failed(slot: number, now: EpochMs, retryMs: number, isItsOwn: boolean): void {
    if ((this.first[slot] as number) < 0) return;
    const failures = this.failures[slot] as number;
    this.dueAt[slot] = now + retryMs * 2 ** failures;
    if (isItsOwn) this.failures[slot] = Math.min(failures + 1, MAX_DOUBLINGS);
  }

  get count(): number {
    return this.first.reduce((total, first) => total + (first < 0 ? 0 : 1), 0);
  }
}
