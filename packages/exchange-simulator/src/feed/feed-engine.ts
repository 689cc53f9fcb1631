import { type EpochMs, type MarketClock, MINUTE_MS } from '@rtp/core';
import type { FeedDistortion } from '../faults/feed-distortion.ts';
import { applyTrade, StateReader, tellRow } from '../market/instrument-state.ts';
import type { MarketDay, MarketInstrument } from '../market/market-day.ts';
import { MAX_TRADES, TradeSlots } from '../tape/trade-slots.ts';
import { type FeedSlot, phaseOf, type Subscriber } from './feed-slot.ts';
import type { FramePacing } from './frame-pacing.ts';
import type { FrameWriter } from './frame-writer.ts';
import { PacketOutlet } from './packet-outlet.ts';
import type { FeedMode } from './packets.ts';

/** Taken once: where modules run in a sandbox, as under Jest, each look-up of a global costs more than the arithmetic. */
const { floor, max, min } = Math;

/**
 * Plays the day's trades to the subscribers, conflated.
 *
 * Every instrument has a conflation window that ends once a second (by default) at a phase of its own, and at the end
 * of every minute. Why at the minute: exchanges take their snapshots on whole seconds, and recorded feeds show the last
 * trade of a minute within it; a window across the boundary would hide that trade behind the next minute's first.
 * Where anything traded in a window, one packet with the state at its end is sent; what happened inside (a high, a
 * low) is lost, as on the real feed.
 *
 *   idle ──first subscription──▶ following: `time` is how far the day has been played; everything up to it was
 *     ▲                          sent, nothing after it. Windows are played in the order of their ends and none is
 *     └──last unsubscription──── skipped: when the market is ahead (`lagMs`), the feed is late, not thinner.
 *
 * Trades of a minute are told when the minute is reached. Packets leave through the outlet, which knows the faults.
 */
export class FeedEngine {
  private readonly day: MarketDay;
  private readonly clock: MarketClock;
  private readonly conflationMs: number;
  private readonly outlet: PacketOutlet;
  private readonly reader: StateReader;
  private readonly trades = new TradeSlots(64);
  private readonly bySlot = new Map<number, FeedSlot>();
  private readonly freePlaces: number[] = [];
  /** By phase, so that windows end in list order within a second. */
  private slots: FeedSlot[] = [];
  private time: EpochMs = Number.NEGATIVE_INFINITY;
  /** Minute whose trades are loaded, or NaN. */
  private minute = Number.NaN;
  private minuteIndex = 0;
  /** Next window end: the slot's place in `slots` and the number of whole windows before it. */
  private cursor = 0;
  private turn = 0;

  constructor(options: {
    readonly day: MarketDay;
    readonly clock: MarketClock;
    readonly conflationMs: number;
    readonly pacing: FramePacing;
    readonly distortion?: FeedDistortion;
  }) {
    this.day = options.day;
    this.clock = options.clock;
    this.conflationMs = options.conflationMs;
    this.outlet = new PacketOutlet(options.pacing, options.distortion);
    this.reader = new StateReader(options.day);
  }

  /** Market milliseconds that the feed is behind the market: the age of the oldest window that is due. */
  get lagMs(): number {
    const due = this.nextWindow;
    return due === null ? 0 : max(0, this.clock.now() - due);
  }

  /** When there is next something to send; null when nobody listens or the day is over. */
  get nextDue(): EpochMs | null {
    const late = this.outlet.nextDue;
    const window = this.nextWindow;
    return window === null || late === null ? (window ?? late) : min(window, late);
  }

  /** When the next window ends that may have trades. */
  private get nextWindow(): EpochMs | null {
    if (this.slots.length === 0) return null;
    if (Number.isNaN(this.minute)) return this.day.minutes[this.minuteIndex] ?? null;
    return this.minute + this.windowEnd();
  }

  /** Subscribes a socket, or changes its mode, and sends it the instrument's state as a first packet. */
  subscribe(writer: FrameWriter, instrument: MarketInstrument, mode: FeedMode): void {
    if (this.slots.length === 0) this.jumpTo(this.clock.now());
    const slot = this.bySlot.get(instrument.index) ?? this.open(instrument);
    const existing = slot.subscribers.findIndex((subscriber) => subscriber.writer === writer);
    const subscriber: Subscriber = { writer, mode };
    if (existing === -1) slot.subscribers.push(subscriber);
    else slot.subscribers[existing] = subscriber;
    const now = this.clock.now();
    if (instrument.isIndex) this.outlet.sendPrevClose(writer, instrument, now);
    this.outlet.sendState(slot, subscriber, now);
  }

  /** Ends one subscription; without `mode` whatever its mode, else only of that mode. */
  unsubscribe(writer: FrameWriter, instrument: MarketInstrument, mode?: FeedMode): boolean {
    const slot = this.bySlot.get(instrument.index);
    const index = slot?.subscribers.findIndex((one) => one.writer === writer) ?? -1;
    if (slot === undefined || index === -1) return false;
    if (mode !== undefined && slot.subscribers[index]?.mode !== mode) return false;
    slot.subscribers.splice(index, 1);
    if (slot.subscribers.length === 0) this.close(slot);
    return true;
  }

  /** The socket is gone, with what is late for it. */
  forget(writer: FrameWriter): void {
    this.outlet.forget(writer);
  }

  /**
   * Plays every window that ends up to `until`, or fewer: it returns once `isSpent` says so, between two window
   * ends. True when `until` was reached. Late packets that came due meanwhile are sent.
   */
  advance(until: EpochMs, isSpent: () => boolean): boolean {
    const isReached = this.play(until, isSpent);
    this.outlet.release(this.time);
    return isReached;
  }

  private play(until: EpochMs, isSpent: () => boolean): boolean {
    let played = 0;
    while (this.slots.length > 0 && this.time < until) {
      if (Number.isNaN(this.minute) && !this.enterMinute(until)) break;
      const end = this.windowEnd();
      const at = this.minute + end;
      if (at > until) {
        this.time = until;
        break;
      }
      if (at > this.time) {
        // Windows that end together are played together: `time` says that everything up to it was sent.
        played += 1;
        if (played % CHECK_EVERY === 0 && isSpent()) return false;
      }
      this.time = at;
      if (end >= MINUTE_MS) this.endMinute();
      else {
        this.playWindow(this.slots[this.cursor] as FeedSlot, end);
        this.moveCursor();
      }
    }
    this.time = max(this.time, until);
    return true;
  }

  private playWindow(slot: FeedSlot, endOffset: number): void {
    const { trades, minute } = this;
    const first = slot.place * MAX_TRADES;
    const before = slot.next;
    while (slot.next < slot.count && (trades.offsetMs[first + slot.next] as number) <= endOffset) {
      const index = first + slot.next;
      const offset = trades.offsetMs[index] as number;
      applyTrade(slot.state, minute + offset, trades.price[index] as number, trades.quantity[index] as number);
      slot.next += 1;
    }
    if (slot.next === before) return;
    for (const subscriber of slot.subscribers) this.outlet.sendState(slot, subscriber, minute + endOffset);
  }

  /** Offset in the minute at which the window at the cursor ends; the minute's length when none is left. */
  private windowEnd(): number {
    const slot = this.slots[this.cursor];
    if (slot === undefined) return MINUTE_MS;
    return min(MINUTE_MS, slot.phaseMs + this.turn * this.conflationMs);
  }

  private moveCursor(): void {
    this.cursor += 1;
    if (this.cursor < this.slots.length) return;
    this.cursor = 0;
    this.turn += 1;
  }

  private endMinute(): void {
    for (const slot of this.slots) this.playWindow(slot, MINUTE_MS);
    this.minute = Number.NaN;
    this.minuteIndex += 1;
  }

  /** Loads the next minute if it begins by `until`; otherwise the market waits. */
  private enterMinute(until: EpochMs): boolean {
    const minute = this.day.minutes[this.minuteIndex];
    if (minute === undefined || minute > until) return false;
    this.minute = minute;
    for (const slot of this.slots) this.load(slot);
    this.placeCursor();
    return true;
  }

  /** Tells the slot's trades of the minute and skips those that are in its state already. */
  private load(slot: FeedSlot): void {
    const { day, minute } = this;
    slot.count = 0;
    slot.next = 0;
    if (slot.row >= slot.instrument.endRow || (day.bars.ts[slot.row] as number) !== minute) return;
    const first = slot.place * MAX_TRADES;
    slot.count = tellRow(day, slot.instrument, slot.row, this.trades, first);
    slot.row += 1;
    const known = slot.openedAt - minute;
    while (slot.next < slot.count && (this.trades.offsetMs[first + slot.next] as number) <= known) slot.next += 1;
  }

  /** Puts the cursor on the first window end after `time`. */
  private placeCursor(): void {
    const passed = this.time - this.minute;
    this.turn = max(0, floor(passed / this.conflationMs));
    const phase = passed < 0 ? -1 : passed - this.turn * this.conflationMs;
    this.cursor = this.slots.findIndex((slot) => slot.phaseMs > phase);
    if (this.cursor !== -1) return;
    this.cursor = 0;
    this.turn += 1;
  }

  private jumpTo(instant: EpochMs): void {
    this.time = instant;
    const current = floor(instant / MINUTE_MS) * MINUTE_MS;
    const index = this.day.minutes.findIndex((minute) => minute >= current);
    this.minuteIndex = index === -1 ? this.day.minutes.length : index;
    this.minute = Number.NaN;
    if (this.day.minutes[this.minuteIndex] === current) this.minute = current;
  }

  private open(instrument: MarketInstrument): FeedSlot {
    const place = this.freePlaces.pop() ?? this.slots.length;
    this.trades.grow(place + 1);
    const slot: FeedSlot = {
      instrument,
      phaseMs: phaseOf(instrument, this.conflationMs),
      state: this.reader.at(instrument, this.time),
      openedAt: this.time,
      subscribers: [],
      place,
      count: 0,
      next: 0,
      row: this.day.rowFrom(instrument, this.day.minutes[this.minuteIndex] ?? Number.POSITIVE_INFINITY),
    };
    this.bySlot.set(instrument.index, slot);
    const after = this.slots.findIndex((other) => other.phaseMs > slot.phaseMs);
    this.slots.splice(after === -1 ? this.slots.length : after, 0, slot);
    if (!Number.isNaN(this.minute)) {
      this.load(slot);
      this.placeCursor();
    }
    return slot;
  }

  private close(slot: FeedSlot): void {
    this.bySlot.delete(slot.instrument.index);
    this.slots.splice(this.slots.indexOf(slot), 1);
    this.freePlaces.push(slot.place);
    if (!Number.isNaN(this.minute)) this.placeCursor();
  }
}

/** Window ends between two looks at the real clock. */
const CHECK_EVERY = 256;
