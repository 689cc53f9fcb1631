/**
 * Builds one day's provisional bars from feed packets, by exchange time.
 *
 * Each slot (instrument) is *unresolved* or *resolved*:
 *
 *   unresolved ──first packet of a connection: the baseline──▶ resolved ──connection lost or mute──▶ unresolved
 *
 * While resolved, a packet's trade goes to the minute of its trade time, late ones too. While unresolved, nothing is
 * known to have been seen since `gapFrom`. The baseline packet tells what the gap cost:
 *
 *   - its counter (for an index: its trade time) is the one known before the gap: nothing was traded, nothing was missed;
 *   - its trade is of an earlier day: nothing was traded today;
 *   - its trade is older than the open: the counter is the pre-open volume and belongs to no minute;
 *   - otherwise every minute of the gap up to the trade's own is *unseen*: its bars are partial, volume traded in the gap
 *     is left out (charts bring it), unless the whole gap lies inside one minute.
 *
 * A minute sealed while unresolved is emitted as partial. A late packet, or a gap that turns out to have cost nothing,
 * makes an emitted bar a revision, which leaves with the next seal.
 */
import { type Bar, type EpochMs, type Instrument, MINUTE_MS } from '@rtp/core';
import type { QuotePacket } from '@rtp/dhan';
import { BarPress } from './bar-press.ts';
import type { DayGrid } from './day-grid.ts';
import { GapTrack } from './gap-track.ts';
import { MinuteCells, TOUCHED, UNSEEN } from './minute-cells.ts';
import { SlotIndex } from './slot-index.ts';
import { VolumeTrack } from './volume-track.ts';

/** Above this price a 32-bit float no longer resolves a paisa (wire §7.4). */
const PAISE_LIMIT_RUPEES = 131_072;
/** One trade in this many is measured for lag. */
const LAG_SAMPLE = 16;

export interface BarBuilderOptions {
  readonly grid: DayGrid;
  /** In slot order: priority symbols first. */
  readonly instruments: readonly Instrument[];
  /** 00:00 IST of the date: an older trade is of another day. */
  readonly dayStartMs: EpochMs;
  /** Minutes of a slot, inclusive indexes, that the feed did not see whole. */
  onUnseen?(slot: number, from: number, to: number): void;
  /** The trade time of a sampled trade that has just been received. */
  onTradeSample?(exchangeTimeMs: EpochMs): void;
}

export class BarBuilder {
  /** Trades outside the expected minutes of their instrument. */
  outOfSession = 0;
  /** Packets that could not be used: never traded, or not tracked. */
  rejected = 0;
  packets = 0;
  private readonly options: BarBuilderOptions;
  private readonly grid: DayGrid;
  private readonly index: SlotIndex;
  private readonly cells: MinuteCells;
  private readonly volume: VolumeTrack;
  private readonly gaps: GapTrack;
  private readonly press: BarPress;
  private readonly ticks: Int32Array;
  private readonly isIndex: Uint8Array;
  private readonly masks: readonly Uint8Array[];
  private trades = 0;

  constructor(options: BarBuilderOptions) {
    const { grid, instruments } = options;
    const slots = instruments.length;
    this.options = options;
    this.grid = grid;
    this.index = new SlotIndex(instruments);
    this.cells = new MinuteCells(slots, grid.minutes);
    this.volume = new VolumeTrack(slots);
    this.gaps = new GapTrack(slots);
    this.press = new BarPress({
      grid,
      instruments,
      cells: this.cells,
      isPartial: (slot, index) => !this.isWatched(slot, index),
    });
    this.ticks = Int32Array.from(instruments, (instrument) => Math.max(1, Math.round(instrument.tickPaise)));
    this.isIndex = Uint8Array.from(instruments, (instrument) => (instrument.class === 'index' ? 1 : 0));
    this.masks = instruments.map((instrument) => grid.expectedMask(instrument.class));
  }

  /** A connection carries all subscriptions from `at` on: the next packet of every unresolved slot is its baseline. */
  connected(at: EpochMs): void {
    this.gaps.connectedAt = at;
  }

  /** Packets stopped; trades from `seenUntil` on may have been missed. */
  lost(seenUntil: EpochMs): void {
    this.gaps.open(seenUntil);
  }

  /** Reports the gaps of slots that have had no packet since the connection came back. */
  reportUnresolved(): void {
    const to = Math.min(this.grid.indexOf(this.gaps.connectedAt), this.grid.minutes - 1);
    for (let slot = 0; slot < this.cells.slots && Number.isFinite(this.gaps.connectedAt); slot += 1) {
      if (this.gaps.isOpen(slot)) this.tellUnseen(slot, this.gapIndex(slot), to);
    }
  }

  /** Takes one packet. The object is not kept. */
  quote(packet: QuotePacket): void {
    this.packets += 1;
    const slot = this.index.find(packet.segmentCode, packet.securityId);
    if (slot < 0) {
      this.rejected += 1;
      return;
    }
    const at = packet.exchangeTimeMs;
    const counter = packet.volume;
    if (packet.ltt === 0 || !(packet.ltp > 0)) {
      this.rejected += 1;
      if (counter === 0 && this.gaps.isOpen(slot) && this.volume.lastCounter(slot) < 0) this.resolveFresh(slot);
      return;
    }
    if (this.gaps.isOpen(slot)) this.resolve(slot, at, counter);
    const index = Math.floor((at - this.grid.openMs) / MINUTE_MS);
    if (this.masks[slot]?.[index] !== 1) {
      if (at !== this.volume.lastTradeAt(slot)) this.outOfSession += 1;
      if (at >= this.options.dayStartMs) this.volume.rebase(slot, at, counter);
      return;
    }
    if (counter > this.volume.lastCounter(slot) && at > this.volume.lastTradeAt(slot)) this.sampleLag(at);
    const running = this.volume.advance(slot, at, counter);
    const cell = slot * this.grid.minutes + index;
    const second = Math.floor((at % MINUTE_MS) / 1_000);
    const hasChanged = this.cells.add(cell, second, this.toPaise(packet.ltp, slot), running);
    if (hasChanged && index <= this.press.sealedThrough) this.press.changed(slot, index, running);
  }

  /**
   * Closes every minute up to and including index `through` for all slots at once: the bars that have not left yet, older
   * corrections first, then minute by minute in slot order.
   */
  seal(through: number, knownAt: EpochMs): Bar[] {
    return this.press.seal(through, knownAt);
  }

  /** Whether the feed saw the whole of that minute for that slot. */
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

  private toPaise(price: number, slot: number): number {
    if (price <= PAISE_LIMIT_RUPEES) return Math.round(price * 100);
    const tick = this.ticks[slot] as number;
    return Math.round((price * 100) / tick) * tick;
  }

  private sampleLag(at: EpochMs): void {
    this.trades += 1;
    if (this.trades % LAG_SAMPLE === 0) this.options.onTradeSample?.(at);
  }

  private gapIndex(slot: number): number {
    const since = this.gaps.openSince(slot);
    return since === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, this.grid.indexOf(since));
  }

  private resolve(slot: number, at: EpochMs, counter: number): void {
    const known = this.volume.lastCounter(slot);
    // An index has no volume to tell by: only the very same quote shows that nothing was missed.
    const isSame = counter === known && (this.isIndex[slot] === 0 || at === this.volume.lastTradeAt(slot));
    if (isSame) this.resolveUnharmed(slot);
    else if (at < this.options.dayStartMs && known < 0) this.resolveFresh(slot);
    else if (at >= this.options.dayStartMs) this.resolveHarmed(slot, at, counter, known);
  }

  /** Nothing has been traded today. */
  private resolveFresh(slot: number): void {
    this.gaps.close(slot);
    this.volume.rebase(slot, 0, 0);
  }

  /** Nothing was traded in the gap: bars that left as partial were whole. */
  private resolveUnharmed(slot: number): void {
    const from = this.gapIndex(slot);
    this.gaps.close(slot);
    for (let index = from; index <= this.press.sealedThrough; index += 1) {
      const cell = slot * this.grid.minutes + index;
      const flags = this.cells.flags[cell] as number;
      if ((flags & TOUCHED) !== 0 && (flags & UNSEEN) === 0) this.press.leaveAgain(cell);
    }
  }

  private resolveHarmed(slot: number, at: EpochMs, counter: number, known: number): void {
    const last = this.grid.minutes - 1;
    const minute = this.grid.indexOf(at);
    const from = this.gapIndex(slot);
    this.gaps.close(slot);
    if (known < 0 && this.gaps.connectedAt <= this.grid.openMs) {
      // Watched since before the open: all of the counter is this trade, or pre-open volume that was never shown.
      this.volume.rebase(slot, 0, 0);
      this.markUnseen(slot, Math.max(0, minute), Math.min(minute, last));
      return;
    }
    const sameMinute = known >= 0 && counter > known && this.grid.indexOf(this.volume.lastTradeAt(slot)) === minute;
    if (!sameMinute) this.volume.rebase(slot, Math.max(at, this.volume.lastTradeAt(slot)), counter);
    const reconnected = this.grid.indexOf(Math.min(this.gaps.connectedAt, at));
    this.markUnseen(slot, from, Math.min(reconnected, last));
    this.markUnseen(slot, Math.max(0, minute), Math.min(minute, last));
  }

  private markUnseen(slot: number, from: number, to: number): void {
    for (let index = from; index <= to; index += 1) {
      const cell = slot * this.grid.minutes + index;
      this.cells.flags[cell] = (this.cells.flags[cell] as number) | UNSEEN;
    }
    this.tellUnseen(slot, from, to);
  }

  private tellUnseen(slot: number, from: number, to: number): void {
    const mask = this.masks[slot];
    let first = from;
    let last = to;
    while (first <= last && mask?.[first] !== 1) first += 1;
    while (last >= first && mask?.[last] !== 1) last -= 1;
    if (first <= last) this.options.onUnseen?.(slot, first, last);
  }
}
