/**
 * Which chart is asked for next while no minute is suspect.
 *
 * Where charts are the live source of any slot, those slots take turns: the one that has waited longest since charts took
 * over, a priority symbol's wait counting more. Each is asked once as fast as the broker takes calls; from then on calls are
 * spaced so that those they may use last until the close. A source that fails again and again has no such round each time.
 * Else the priority symbols are confirmed: each once in `confirmIntervalMs`, evenly through it. All other bars are confirmed
 * by the sweep.
 */
import { type EpochMs, MINUTE_MS } from '@rtp/core';
import type { DayGrid } from '../bars/day-grid.ts';

/** How much more a priority symbol's wait counts. */
const PRIORITY_WEIGHT = 4;

export interface RollingCallsOptions {
  readonly grid: DayGrid;
  readonly slots: number;
  /** The first so many slots are priority symbols. */
  readonly priorityCount: number;
  /** Market time. */
  readonly confirmIntervalMs: number;
  /** Whether charts carry the live minutes of a slot now. */
  isLiveSourceOf(slot: number): boolean;
  /** Whether a call for the slot would bring anything now: a minute has ended whose candle is not there, and none is under way. */
  isOwing(slot: number, now: EpochMs): boolean;
}

export class RollingCalls {
  private readonly options: RollingCallsOptions;
  private readonly askedAt: Float64Array;
  /** Since when charts are the live source of each slot; infinite while they are not. */
  private readonly liveSince: Float64Array;
  private nextLiveAt: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(options: RollingCallsOptions) {
    this.options = options;
    this.askedAt = new Float64Array(options.slots).fill(Number.NEGATIVE_INFINITY);
    this.liveSince = new Float64Array(options.slots).fill(Number.POSITIVE_INFINITY);
  }

  /** A slot's chart is being asked for, for whatever reason. */
  asked(slot: number, now: EpochMs): void {
    this.askedAt[slot] = now;
  }

  /** The slot that is due, or -1; `spare` calls may be used until the close. */
  next(now: EpochMs, spare: number): number {
    if (spare <= 0) return -1;
    const { slots, isLiveSourceOf } = this.options;
    for (let slot = 0; slot < slots; slot += 1) if (isLiveSourceOf(slot)) return this.nextLive(now, spare);
    this.liveSince.fill(Number.POSITIVE_INFINITY);
    return this.nextToConfirm(now);
  }

  private nextLive(now: EpochMs, spare: number): number {
    const { grid, slots, priorityCount, isLiveSourceOf, isOwing } = this.options;
    const live: number[] = [];
    for (let slot = 0; slot < slots; slot += 1) {
      if (!isLiveSourceOf(slot)) this.liveSince[slot] = Number.POSITIVE_INFINITY;
      else {
        live.push(slot);
        this.liveSince[slot] = Math.min(this.liveSince[slot] as number, now);
      }
    }
    const gapMs = Math.max(0, grid.closeMs - now) / spare;
    const roundMs = gapMs * live.length;
    const isPaced = now < this.nextLiveAt;
    let best = -1;
    let isBestFree = false;
    let longest = 0;
    for (const slot of live) {
      const askedAt = this.askedAt[slot] as number;
      const liveSince = this.liveSince[slot] as number;
      const waited = now - Math.max(askedAt, liveSince - MINUTE_MS);
      const isFree = askedAt < liveSince && now - askedAt >= roundMs;
      if (waited < MINUTE_MS || (isPaced && !isFree) || !isOwing(slot, now)) continue;
      const weighted = slot < priorityCount ? waited * PRIORITY_WEIGHT : waited;
      if (weighted > longest) {
        longest = weighted;
        best = slot;
        isBestFree = isFree;
      }
    }
    if (best >= 0 && !isBestFree) this.nextLiveAt = Math.max(this.nextLiveAt, now) + gapMs;
    return best;
  }

  private nextToConfirm(now: EpochMs): number {
    const { grid, priorityCount, confirmIntervalMs, isOwing } = this.options;
    if (now >= grid.closeMs) return -1;
    for (let slot = 0; slot < priorityCount; slot += 1) {
      const turn = grid.openMs + (slot / priorityCount) * confirmIntervalMs;
      const dueAt = Math.max(turn, this.askedAt[slot] as number) + confirmIntervalMs;
      if (now >= dueAt && isOwing(slot, now)) return slot;
    }
    return -1;
  }
}
