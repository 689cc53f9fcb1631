/**
 * Which chart is asked for next while no minute is suspect.
 *
 * Where charts are the live source of any slot, those slots take turns: the one that has waited longest, a priority symbol's
 * wait counting more, spaced so that the calls they may use last until the close. Else the priority symbols are confirmed:
 * each once in `confirmIntervalMs`, evenly through it. All other bars are confirmed by the sweep.
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
  private nextLiveAt: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(options: RollingCallsOptions) {
    this.options = options;
    this.askedAt = new Float64Array(options.slots).fill(Number.NEGATIVE_INFINITY);
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
    return this.nextToConfirm(now);
  }

  private nextLive(now: EpochMs, spare: number): number {
    const { grid, slots, priorityCount, isLiveSourceOf, isOwing } = this.options;
    let best = -1;
    let longest = 0;
    for (let slot = 0; slot < slots; slot += 1) {
      const waited = now - (this.askedAt[slot] as number);
      if (waited < MINUTE_MS || !isLiveSourceOf(slot) || !isOwing(slot, now)) continue;
      const weighted = slot < priorityCount ? waited * PRIORITY_WEIGHT : waited;
      if (weighted > longest) {
        longest = weighted;
        best = slot;
      }
    }
    if (best < 0) return -1;
    const isFirst = longest === Number.POSITIVE_INFINITY;
    if (!isFirst && now < this.nextLiveAt) return -1;
    this.nextLiveAt = Math.max(this.nextLiveAt, now) + Math.max(0, grid.closeMs - now) / spare;
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
