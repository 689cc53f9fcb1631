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
import type { Bar, EpochMs, Instrument, InstrumentClass } from '@rtp/core';
import { INSTRUMENT_CLASSES, MINUTE_MS } from '@rtp/core';
import type { QuotePacket } from '@rtp/dhan';
import type { DayGrid } from './day-grid.ts';
import { DIRTY, EMITTED, LATE, MinuteCells, TOUCHED, UNSEEN } from './minute-cells.ts';
import { SlotIndex } from './slot-index.ts';
import { VolumeTrack } from './volume-track.ts';

/** Above this price a 32-bit float no longer resolves a paisa (dhan-api §7.4). */
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
  private readonly ticks: Int32Array;
  private readonly masks: readonly Uint8Array[];
  private readonly unresolved: Uint8Array;
  private readonly gapFrom: Float64Array;
  /** Running volume at the last sealed minute. */
  private readonly sealedVolume: Float64Array;
  private readonly late: number[] = [];
  private connectedAt: EpochMs = Number.POSITIVE_INFINITY;
  private sealedThrough = -1;
  private trades = 0;

  constructor(options: BarBuilderOptions) {
    const { grid, instruments } = options;
    this.options = options;
    this.grid = grid;
    this.index = new SlotIndex(instruments);
    this.cells = new MinuteCells(instruments.length, grid.minutes);
    this.volume = new VolumeTrack(instruments.length);
    this.ticks = Int32Array.from(instruments, (instrument) => Math.max(1, Math.round(instrument.tickPaise)));
    this.masks = instruments.map((instrument) => grid.expectedMask(instrument.class));
    this.unresolved = new Uint8Array(instruments.length).fill(1);
    this.gapFrom = new Float64Array(instruments.length).fill(Number.NEGATIVE_INFINITY);
    this.sealedVolume = new Float64Array(instruments.length);
  }

  /** A connection carries all subscriptions from `at` on: the next packet of every unresolved slot is its baseline. */
  connected(at: EpochMs): void {
    this.connectedAt = at;
  }

  /** Packets stopped; trades from `seenUntil` on may have been missed. */
  lost(seenUntil: EpochMs): void {
    this.connectedAt = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < this.unresolved.length; slot += 1) {
      if (this.unresolved[slot] === 1) continue;
      this.unresolved[slot] = 1;
      this.gapFrom[slot] = seenUntil;
    }
  }

  /** Reports the gaps of slots that have had no packet since the connection came back. */
  reportUnresolved(): void {
    const to = Math.min(this.grid.indexOf(this.connectedAt), this.grid.minutes - 1);
    if (!Number.isFinite(to)) return;
    for (let slot = 0; slot < this.unresolved.length; slot += 1) {
      if (this.unresolved[slot] === 1) this.tellUnseen(slot, this.gapIndex(slot), to);
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
      if (counter === 0 && this.unresolved[slot] === 1 && this.volume.lastCounter(slot) < 0) this.resolveFresh(slot);
      return;
    }
    if (this.unresolved[slot] === 1) this.resolve(slot, at, counter);
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
    if (!this.cells.add(cell, second, this.toPaise(packet.ltp, slot), running)) return;
    if (index <= this.sealedThrough) this.markLate(slot, index, running);
  }

  /**
   * Closes every minute up to and including index `through` for all slots at once: the bars that have not left yet, older
   * corrections first, then minute by minute in slot order.
   */
  seal(through: number, knownAt: EpochMs): Bar[] {
    const bars: Bar[] = [];
    for (const cell of this.late.splice(0)) {
      this.cells.flags[cell] = (this.cells.flags[cell] as number) & ~LATE;
      const slot = Math.floor(cell / this.grid.minutes);
      const index = cell % this.grid.minutes;
      this.emit(bars, slot, index, this.cells.cumulativeBefore(slot, index), knownAt);
    }
    const last = Math.min(through, this.grid.minutes - 1);
    for (let index = this.sealedThrough + 1; index <= last; index += 1) {
      for (let slot = 0; slot < this.cells.slots; slot += 1) {
        const cell = slot * this.grid.minutes + index;
        if (((this.cells.flags[cell] as number) & TOUCHED) === 0) continue;
        const before = this.sealedVolume[slot] as number;
        this.sealedVolume[slot] = Math.max(before, this.cells.cumulative[cell] as number);
        this.emit(bars, slot, index, before, knownAt);
      }
    }
    this.sealedThrough = Math.max(this.sealedThrough, last);
    return bars;
  }

  /** Whether the feed saw the whole of that minute for that slot. */
  isWatched(slot: number, index: number): boolean {
    return !this.isPartial(slot, index, this.cells.flags[slot * this.grid.minutes + index] as number);
  }

  /** Whether volume moved in that minute (for an index: whether it was quoted). */
  hasMoved(slot: number, index: number): boolean {
    const cell = slot * this.grid.minutes + index;
    if (((this.cells.flags[cell] as number) & TOUCHED) === 0) return false;
    if (this.classOf(slot) === 'index') return true;
    return (this.cells.cumulative[cell] as number) > this.cells.cumulativeBefore(slot, index);
  }

  private classOf(slot: number): InstrumentClass {
    return this.options.instruments[slot]?.class ?? (INSTRUMENT_CLASSES[0] as InstrumentClass);
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

  private isPartial(slot: number, index: number, flags: number): boolean {
    if ((flags & UNSEEN) !== 0) return true;
    return this.unresolved[slot] === 1 && this.grid.minuteAt(index + 1) > (this.gapFrom[slot] as number);
  }

  private emit(bars: Bar[], slot: number, index: number, volumeBefore: number, knownAt: EpochMs): void {
    const { cells } = this;
    const cell = slot * cells.minutes + index;
    const flags = cells.flags[cell] as number;
    if ((flags & DIRTY) === 0) return;
    const volume = Math.max(0, (cells.cumulative[cell] as number) - volumeBefore);
    const instrument = this.options.instruments[slot] as Instrument;
    const isBar = volume > 0 || instrument.class === 'index' || (flags & EMITTED) !== 0;
    cells.flags[cell] = (flags & ~DIRTY) | (isBar ? EMITTED : 0);
    if (!isBar) return;
    bars.push({
      instrumentId: instrument.instrumentId,
      ts: this.grid.minuteAt(index),
      open: (cells.open[cell] as number) / 100,
      high: (cells.high[cell] as number) / 100,
      low: (cells.low[cell] as number) / 100,
      close: (cells.close[cell] as number) / 100,
      volume,
      source: 'feed',
      state: 'provisional',
      partial: this.isPartial(slot, index, flags),
      knownAt,
    });
  }

  /** A sealed minute changed: it leaves again, and so does the next traded minute, whose volume is its difference to it. */
  private markLate(slot: number, index: number, running: number): void {
    this.pushLate(slot * this.grid.minutes + index);
    if (running > (this.sealedVolume[slot] as number)) this.sealedVolume[slot] = running;
    for (let next = index + 1; next <= this.sealedThrough; next += 1) {
      const cell = slot * this.grid.minutes + next;
      if (((this.cells.flags[cell] as number) & TOUCHED) === 0) continue;
      this.pushLate(cell);
      return;
    }
  }

  private pushLate(cell: number): void {
    const flags = this.cells.flags[cell] as number;
    this.cells.flags[cell] = flags | DIRTY | LATE;
    if ((flags & LATE) === 0) this.late.push(cell);
  }

  private gapIndex(slot: number): number {
    const from = this.gapFrom[slot] as number;
    return from === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, this.grid.indexOf(from));
  }

  private resolve(slot: number, at: EpochMs, counter: number): void {
    const known = this.volume.lastCounter(slot);
    // An index has no volume to tell by: only the very same quote shows that nothing was missed.
    const isSame = counter === known && (this.classOf(slot) !== 'index' || at === this.volume.lastTradeAt(slot));
    if (isSame) this.resolveUnharmed(slot);
    else if (at < this.options.dayStartMs && known < 0) this.resolveFresh(slot);
    else if (at >= this.options.dayStartMs) this.resolveHarmed(slot, at, counter, known);
  }

  /** Nothing has been traded today. */
  private resolveFresh(slot: number): void {
    this.unresolved[slot] = 0;
    this.volume.rebase(slot, 0, 0);
  }

  /** Nothing was traded in the gap: bars that left as partial were whole. */
  private resolveUnharmed(slot: number): void {
    const from = this.gapIndex(slot);
    this.unresolved[slot] = 0;
    for (let index = from; index <= this.sealedThrough; index += 1) {
      const cell = slot * this.grid.minutes + index;
      const flags = this.cells.flags[cell] as number;
      if ((flags & TOUCHED) !== 0 && (flags & UNSEEN) === 0) this.pushLate(cell);
    }
  }

  private resolveHarmed(slot: number, at: EpochMs, counter: number, known: number): void {
    const last = this.grid.minutes - 1;
    const minute = this.grid.indexOf(at);
    const from = this.gapIndex(slot);
    this.unresolved[slot] = 0;
    if (known < 0 && this.connectedAt <= this.grid.openMs) {
      // Watched since before the open: all of the counter is this trade, or pre-open volume that was never shown.
      this.volume.rebase(slot, 0, 0);
      this.markUnseen(slot, Math.max(0, minute), Math.min(minute, last));
      return;
    }
    const sameMinute = known >= 0 && counter > known && this.grid.indexOf(this.volume.lastTradeAt(slot)) === minute;
    if (!sameMinute) this.volume.rebase(slot, Math.max(at, this.volume.lastTradeAt(slot)), counter);
    const reconnected = this.grid.indexOf(Math.min(this.connectedAt, at));
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
