/**
 * Builds one day's provisional bars from feed packets and polled quotes, by exchange time.
 *
 * Each slot (instrument) is *unresolved* or *resolved*. Slots belong to groups, which live sources deliver as one:
 *
 *   unresolved ──first packet or quote since something delivers it: the baseline──▶ resolved
 *       ▲──────nothing delivers its group any more, or quotes lack it: `lost`, `missed`──────┘
 *
 * While resolved, a packet's trade goes to the minute of its trade time, late ones too. While unresolved, nothing is
 * known to have been seen since the gap began: what it cost is settled by the baseline (`GapSettlement`).
 *
 * A minute sealed while unresolved is emitted as partial. A late packet, a gap that turns out to have cost nothing, or one
 * that is noticed only after its minute has left as whole, makes an emitted bar a revision, which leaves with the next seal.
 */
import { type Bar, type EpochMs, type Instrument, MINUTE_MS } from '@rtp/core';
import type { QuotePacket } from '@rtp/dhan';
import { BarPress } from './bar-press.ts';
import { CounterTrail } from './counter-trail.ts';
import type { DayGrid } from './day-grid.ts';
import { GapSettlement } from './gap-settlement.ts';
import { GapTrack } from './gap-track.ts';
import { MinuteCells, QUOTED, TOUCHED, UNSEEN } from './minute-cells.ts';
import { paiseOf } from './paise.ts';
import { SlotIndex } from './slot-index.ts';
import { VolumeTrack } from './volume-track.ts';

/** One trade in this many is measured for lag. */
const LAG_SAMPLE = 16;

export interface BarBuilderOptions {
  readonly grid: DayGrid;
  /** In slot order: priority symbols first. */
  readonly instruments: readonly Instrument[];
  /** Each slot's group, numbered from 0; one group for all where left out. */
  readonly groupOf?: Uint8Array;
  /** 00:00 IST of the date: an older trade is of another day. */
  readonly dayStartMs: EpochMs;
  /** Longest gap inside one minute that leaves its bar whole, market ms; none does where left out. */
  readonly gapToleranceMs?: number;
  /** Minutes of a slot, inclusive indexes, that no live source saw whole. */
  onUnseen?(slot: number, from: number, to: number): void;
  /** The trade time of a sampled trade that has just been received. */
  onTradeSample?(exchangeTimeMs: EpochMs): void;
}

export class BarBuilder {
  /** Trades outside the expected minutes of their instrument. */
  outOfSession = 0;
  /** Packets and quotes that could not be used: never traded, not tracked, or no price. */
  rejected = 0;
  /** Of the feed. */
  packets = 0;
  private readonly options: BarBuilderOptions;
  private readonly grid: DayGrid;
  private readonly index: SlotIndex;
  private readonly cells: MinuteCells;
  private readonly volume: VolumeTrack;
  private readonly trail: CounterTrail;
  private readonly gaps: GapTrack;
  private readonly settlement: GapSettlement;
  private readonly press: BarPress;
  private readonly ticks: Int32Array;
  private readonly isIndex: Uint8Array;
  private readonly masks: readonly Uint8Array[];
  private readonly groupOf: Uint8Array;
  private readonly packetsBy: Float64Array;
  private trades = 0;

  constructor(options: BarBuilderOptions) {
    const { grid, instruments } = options;
    const slots = instruments.length;
    this.options = options;
    this.grid = grid;
    this.index = new SlotIndex(instruments);
    this.cells = new MinuteCells(slots, grid.minutes);
    this.volume = new VolumeTrack(slots);
    this.trail = new CounterTrail(slots, grid.minutes);
    this.groupOf = options.groupOf ?? new Uint8Array(slots);
    const groups = this.groupOf.reduce((most, group) => Math.max(most, group + 1), 1);
    this.packetsBy = new Float64Array(groups);
    this.gaps = new GapTrack(this.groupOf, groups);
    this.press = new BarPress({
      grid,
      instruments,
      cells: this.cells,
      isPartial: (slot, index) => !this.isWatched(slot, index),
    });
    this.ticks = Int32Array.from(instruments, (instrument) => Math.max(1, Math.round(instrument.tickPaise)));
    this.isIndex = Uint8Array.from(instruments, (instrument) => (instrument.class === 'index' ? 1 : 0));
    this.masks = instruments.map((instrument) => grid.expectedMask(instrument.class));
    this.settlement = new GapSettlement({
      grid,
      dayStartMs: options.dayStartMs,
      toleranceMs: options.gapToleranceMs ?? 0,
      isIndex: this.isIndex,
      masks: this.masks,
      cells: this.cells,
      volume: this.volume,
      gaps: this.gaps,
      press: this.press,
      ...(options.onUnseen !== undefined && { onUnseen: options.onUnseen }),
    });
  }

  /** Something delivers the group from `at` on: the next packet of every unresolved slot of it is its baseline. */
  connected(at: EpochMs, group = 0): void {
    this.gaps.connect(group, at);
  }

  /** Nothing delivers the group any more; its trades from `seenUntil` on may have been missed. */
  lost(seenUntil: EpochMs, group = 0): void {
    this.settlement.lost(seenUntil, group);
  }

  /** As `GapSettlement.overlooked`. */
  overlooked(from: EpochMs, to: EpochMs, group = 0): void {
    this.settlement.overlooked(from, to, group);
  }

  /** One slot is not delivered though its group is; its trades from `seenUntil` on may have been missed. */
  missed(slot: number, seenUntil: EpochMs): void {
    this.settlement.missed(slot, seenUntil);
  }

  /** Reports the gaps of slots that have had no packet since something delivers their group again. */
  reportUnresolved(group = 0): void {
    this.settlement.reportOpen(group);
  }

  /** Packets of the feed for one group. */
  packetsOf(group: number): number {
    return this.packetsBy[group] as number;
  }

  /** Until when nothing of the slot was missed: infinite while it is delivered, minus infinity before its first packet. */
  seenUntil(slot: number): EpochMs {
    return this.gaps.isOpen(slot) ? this.gaps.openSince(slot) : Number.POSITIVE_INFINITY;
  }

  /** Takes one packet of the feed. The object is not kept. */
  quote(packet: QuotePacket): void {
    this.packets += 1;
    const slot = this.index.find(packet.segmentCode, packet.securityId);
    if (slot < 0) {
      this.rejected += 1;
      return;
    }
    const group = this.groupOf[slot] as number;
    this.packetsBy[group] = (this.packetsBy[group] as number) + 1;
    this.take(slot, packet.exchangeTimeMs, packet.ltp, packet.volume, 0);
  }

  /**
   * Takes one row of a quote answer: price in rupees and counter after the last trade, whose time is 0 where it never
   * traded.
   */
  polled(slot: number, at: EpochMs, price: number, counter: number): void {
    this.take(slot, at, price, counter, QUOTED);
  }

  /** Whether a trade at `at`, or the counter after it, is newer than what is known. */
  isNews(slot: number, at: EpochMs, counter: number): boolean {
    return at > this.volume.lastTradeAt(slot) || counter > this.volume.lastCounter(slot);
  }

  private take(slot: number, at: EpochMs, price: number, counter: number, mark: number): void {
    const paise = paiseOf(price, this.ticks[slot] as number);
    if (at === 0 || paise === 0) {
      this.rejected += 1;
      const isFresh = at === 0 && counter === 0 && this.volume.lastCounter(slot) < 0;
      if (isFresh && this.gaps.isOpen(slot)) this.settlement.settleFresh(slot);
      return;
    }
    if (this.gaps.isOpen(slot)) this.settlement.settle(slot, at, counter);
    const index = Math.floor((at - this.grid.openMs) / MINUTE_MS);
    if (at >= this.options.dayStartMs && this.isIndex[slot] === 0) this.trail.saw(slot, index, at, counter);
    if (this.masks[slot]?.[index] !== 1) {
      if (at !== this.volume.lastTradeAt(slot)) this.outOfSession += 1;
      if (at >= this.options.dayStartMs) this.volume.rebase(slot, at, counter);
      return;
    }
    if (mark === 0 && counter > this.volume.lastCounter(slot) && at > this.volume.lastTradeAt(slot)) this.sampleLag(at);
    const running = this.volume.advance(slot, at, counter);
    const cell = slot * this.grid.minutes + index;
    const second = Math.floor((at % MINUTE_MS) / 1_000);
    const hasChanged = this.cells.add(cell, second, paise, running, mark);
    if (hasChanged && index <= this.press.sealedThrough) this.press.changed(slot, index, running);
  }

  /**
   * Closes every minute up to and including index `through` for all slots at once: the bars that have not left yet, older
   * corrections first, then minute by minute in slot order.
   */
  seal(through: number, knownAt: EpochMs): Bar[] {
    return this.press.seal(through, knownAt);
  }

  /** Whether live sources saw the whole of that minute for that slot. */
  isWatched(slot: number, index: number): boolean {
    const flags = this.cells.flags[slot * this.grid.minutes + index] as number;
    return (flags & UNSEEN) === 0 && !this.gaps.isHidden(slot, this.grid.minuteAt(index + 1));
  }

  /** Whether volume moved in that minute (for an index: whether it was quoted). */
  hasMoved(slot: number, index: number): boolean {
    const cell = slot * this.grid.minutes + index;
    if (((this.cells.flags[cell] as number) & TOUCHED) === 0) return false;
    if (this.isIndex[slot] === 1) return true;
    return (this.cells.cumulative[cell] as number) > this.cells.cumulativeBefore(slot, index);
  }

  /** The broker's counter at the newest packet of a minute, as `CounterTrail.at`. */
  counterAt(slot: number, index: number): number | null {
    return this.trail.at(slot, index);
  }

  /** Whether the broker's counter broke between two minutes, as `CounterTrail.isBroken`. */
  isCounterBroken(slot: number, from: number, to: number): boolean {
    return this.trail.isBroken(slot, from, to);
  }

  private sampleLag(at: EpochMs): void {
    this.trades += 1;
    if (this.trades % LAG_SAMPLE === 0) this.options.onTradeSample?.(at);
  }
}
