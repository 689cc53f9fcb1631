/**
 * Settles what a gap of a slot has cost, by the first packet or quote after it: the baseline.
 *
 *   - its counter (for an index: its trade time) is the one known before the gap: nothing was traded, nothing was missed;
 *   - its trade is of an earlier day: nothing was traded today;
 *   - its trade is older than the open: the counter is the pre-open volume and belongs to no minute;
 *   - it is older than what is known, or its counter has just fallen: it is no baseline, and the gap stays open;
 *   - the gap was short and lies with the trade in one minute: all that was traded is of that minute, and little was missed;
 *   - otherwise every minute of the gap up to the trade's own is *unseen*: its bars are partial, volume traded in the gap
 *     is left out (charts bring it), unless the whole gap lies inside the minute.
 *
 * Where nothing was shown before the open, the minute of the first trade is unseen as well: how much of its counter is of
 * before the open cannot be told (wire §7.4).
 */
import type { EpochMs } from '@rtp/core';
import type { BarPress } from './bar-press.ts';
import type { DayGrid } from './day-grid.ts';
import type { GapTrack } from './gap-track.ts';
import { type MinuteCells, TOUCHED, UNSEEN } from './minute-cells.ts';
import type { VolumeTrack } from './volume-track.ts';

export interface GapSettlementOptions {
  readonly grid: DayGrid;
  /** 00:00 IST of the date: an older trade is of another day. */
  readonly dayStartMs: EpochMs;
  /** Longest gap that is short, market ms. */
  readonly toleranceMs: number;
  /** By slot: 1 for an index, and the minutes its class owes. */
  readonly isIndex: Uint8Array;
  readonly masks: readonly Uint8Array[];
  readonly cells: MinuteCells;
  readonly volume: VolumeTrack;
  readonly gaps: GapTrack;
  readonly press: BarPress;
  /** Minutes of a slot, inclusive indexes, that no live source saw whole. */
  onUnseen?(slot: number, from: number, to: number): void;
}

export class GapSettlement {
  private readonly options: GapSettlementOptions;

  constructor(options: GapSettlementOptions) {
    this.options = options;
  }

  /** Gaps open in a group. Bars of their minutes that have left are withdrawn unless they are settled by the next seal. */
  lost(seenUntil: EpochMs, group: number): void {
    const { cells, gaps, press } = this.options;
    gaps.disconnect(group, seenUntil);
    for (let slot = 0; slot < cells.slots; slot += 1) {
      if (gaps.isOf(slot, group)) press.doubt(slot, this.firstUnseen(slot));
    }
  }

  /** As `lost`, for one slot. */
  missed(slot: number, seenUntil: EpochMs): void {
    const { gaps, press } = this.options;
    gaps.open(slot, seenUntil);
    press.doubt(slot, this.firstUnseen(slot));
  }

  /** Takes a packet or quote of an open slot: a trade at `at` and the counter after it. */
  settle(slot: number, at: EpochMs, counter: number): void {
    const { dayStartMs, grid, isIndex, volume } = this.options;
    const known = volume.lastCounter(slot);
    const lastAt = volume.lastTradeAt(slot);
    if (counter < known && at <= lastAt) return;
    if (counter === 0 && isIndex[slot] === 0 && at >= grid.openMs) return;
    // An index has no volume to tell by: only the very same quote shows that nothing was missed.
    const isSame = counter === known && (isIndex[slot] === 0 || at === lastAt);
    if (isSame || (known >= 0 && this.isShort(slot, at))) this.settleUnharmed(slot);
    else if (at < dayStartMs && known < 0) this.settleFresh(slot);
    else if (at >= dayStartMs) this.settleHarmed(slot, at, counter, known);
  }

  /** Nothing has been traded today. */
  settleFresh(slot: number): void {
    this.options.gaps.close(slot);
    this.options.volume.rebase(slot, 0, 0);
  }

  /**
   * From `from` to `to` nothing delivered the group, which was not noticed at the time: counters tell what was traded, but
   * not in which of the minutes, where they are more than one.
   */
  overlooked(from: EpochMs, to: EpochMs, group: number): void {
    const { cells, gaps, grid, volume } = this.options;
    const first = Math.max(0, grid.indexOf(from));
    const last = Math.min(grid.indexOf(to), grid.minutes - 1);
    if (first >= last) return;
    for (let slot = 0; slot < cells.slots; slot += 1) {
      if (!gaps.isOf(slot, group) || gaps.isOpen(slot)) continue;
      if (volume.lastTradeAt(slot) > from) this.markUnseen(slot, first, last);
    }
  }

  /** Tells the gaps of the group that are open though something delivers it. */
  reportOpen(group: number): void {
    const { cells, gaps, grid } = this.options;
    for (let slot = 0; slot < cells.slots; slot += 1) {
      if (!gaps.isOf(slot, group) || !gaps.isOpen(slot)) continue;
      const since = gaps.connectedAt(slot);
      if (!Number.isFinite(since)) return;
      this.tellUnseen(slot, this.firstUnseen(slot), Math.min(grid.indexOf(since), grid.minutes - 1));
    }
  }

  private isShort(slot: number, at: EpochMs): boolean {
    const { gaps, grid, toleranceMs } = this.options;
    const since = gaps.openSince(slot);
    const until = gaps.connectedAt(slot);
    if (until < since || until - since > toleranceMs) return false;
    const minute = grid.indexOf(since);
    return grid.indexOf(until) === minute && grid.indexOf(at) === minute;
  }

  /** Nothing was missed in the gap: bars that left as partial were whole. */
  private settleUnharmed(slot: number): void {
    const { cells, gaps, grid, press } = this.options;
    const from = this.firstUnseen(slot);
    gaps.close(slot);
    for (let index = from; index <= press.sealedThrough; index += 1) {
      const cell = slot * grid.minutes + index;
      const flags = cells.flags[cell] as number;
      if ((flags & TOUCHED) !== 0 && (flags & UNSEEN) === 0) press.leaveAgain(cell);
    }
  }

  private settleHarmed(slot: number, at: EpochMs, counter: number, known: number): void {
    const { gaps, grid, volume } = this.options;
    const last = grid.minutes - 1;
    const minute = grid.indexOf(at);
    const from = this.firstUnseen(slot);
    gaps.close(slot);
    const connectedAt = gaps.connectedAt(slot);
    if (known < 0 && connectedAt <= grid.openMs) {
      // Watched since before the open: all of the counter is this trade, or pre-open volume that was never shown.
      volume.rebase(slot, 0, 0);
      this.markUnseen(slot, Math.max(0, minute), Math.min(minute, last));
      return;
    }
    const lastAt = volume.lastTradeAt(slot);
    const isSameMinute = known >= 0 && counter > known && Math.max(from, grid.indexOf(lastAt)) === minute;
    if (!isSameMinute) volume.rebase(slot, Math.max(at, lastAt), counter);
    this.markUnseen(slot, from, Math.min(grid.indexOf(Math.min(connectedAt, at)), last));
    this.markUnseen(slot, Math.max(0, minute), Math.min(minute, last));
  }

  /** First minute of an open gap. */
  private firstUnseen(slot: number): number {
    const since = this.options.gaps.openSince(slot);
    return since === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, this.options.grid.indexOf(since));
  }

  private markUnseen(slot: number, from: number, to: number): void {
    const { cells, grid, press } = this.options;
    for (let index = from; index <= to; index += 1) {
      const cell = slot * grid.minutes + index;
      cells.flags[cell] = (cells.flags[cell] as number) | UNSEEN;
    }
    press.doubt(slot, from, to);
    this.tellUnseen(slot, from, to);
  }

  private tellUnseen(slot: number, from: number, to: number): void {
    const mask = this.options.masks[slot];
    let first = from;
    let last = to;
    while (first <= last && mask?.[first] !== 1) first += 1;
    while (last >= first && mask?.[last] !== 1) last -= 1;
    if (first <= last) this.options.onUnseen?.(slot, first, last);
  }
}
