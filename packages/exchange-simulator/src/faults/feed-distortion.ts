import type { EpochMs } from '@rtp/core';
import type { FrameWriter } from '../feed/frame-writer.ts';
import { StateReader } from '../market/instrument-state.ts';
import type { MarketDay, MarketInstrument } from '../market/market-day.ts';
import { DistortionMemory } from './distortion-memory.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import { badDayLag } from './feed-lag.ts';
import { invalidPrice } from './invalid-price.ts';
import { EditablePacket, unknownPacket } from './packet-edits.ts';
import { PacketQueue } from './packet-queue.ts';
import type { Scheduled, ScheduledFault } from './scheduled-fault.ts';

/** Faults of single packets, in the order in which they are applied. */
const PACKET_FAULTS = [
  'feed_silent',
  'feed_silent_class',
  'feed_volume_drop',
  'feed_volume_glitch',
  'feed_zero_ltt',
  'feed_invalid_prices',
  'feed_unknown_code',
  'feed_truncated_tail',
  'feed_duplicates',
  'feed_lag',
  'feed_out_of_order',
] as const;
type PacketFault = (typeof PACKET_FAULTS)[number];

/** One packet as the exchange would send it. */
export interface FeedPacket {
  readonly writer: FrameWriter;
  readonly instrument: MarketInstrument;
  /** Its own copy: it is changed in place. */
  readonly bytes: Uint8Array;
}

/**
 * What faults make of the feed's packets, between the engine and the sockets: each is lost, changed, doubled, cut or late.
 *
 *   idle ──a fault's time comes──▶ taking packets ──none holds and nothing is on its way──▶ idle
 *
 * While it is idle the engine writes straight into the frames. A late packet waits here until the market reaches its due
 * time. Lag keeps the order: what follows a late packet waits behind it, also when the fault is over.
 */
export class FeedDistortion {
  private readonly faults: FaultSchedule;
  private readonly capacity: () => number;
  private readonly reader: StateReader;
  private readonly queue = new PacketQueue();
  private memory = new DistortionMemory();
  /** Those of the schedule, by name. */
  private byName = new Map<PacketFault, readonly Scheduled<PacketFault>[]>();
  /** A stretch of time in which none holds. */
  private quietFromMs = 0;
  private quietToMs = 0;

  /** @param capacity draws how many packets the next frame takes */
  constructor(day: MarketDay, faults: FaultSchedule, capacity: () => number) {
    this.faults = faults;
    this.capacity = capacity;
    this.reader = new StateReader(day);
    this.learn();
    faults.onReplaced(() => this.learn());
  }

  /** Whether a packet sent at `instant` goes as it is. */
  isIdleAt(instant: EpochMs): boolean {
    if (!this.queue.isEmpty) return false;
    if (instant >= this.quietFromMs && instant < this.quietToMs) return true;
    return this.lookAround(instant);
  }

  /** Takes a packet sent at `instant`, and sends what becomes of it now, if anything. */
  take({ writer, instrument, bytes }: FeedPacket, instant: EpochMs): void {
    if (this.isLost(instrument, instant)) return;
    const packet = new EditablePacket(bytes);
    if (packet.isOfTrades) this.edit(packet, instrument, instant);
    const dueMs = this.dueOf(instrument, instant);
    const put = (piece: Uint8Array, endsFrame: boolean): void => {
      if (this.queue.isEmpty && dueMs <= instant) this.send(writer, piece, endsFrame);
      else this.queue.push({ writer, bytes: piece, endsFrame, dueMs });
    };
    if (this.strikes('feed_unknown_code', instrument, instant)) put(unknownPacket(bytes), false);
    const isDoubled = this.strikes('feed_duplicates', instrument, instant) !== undefined;
    if (this.strikes('feed_truncated_tail', instrument, instant)) put(bytes.subarray(0, bytes.length >> 1), true);
    else put(bytes, false);
    if (isDoubled) put(bytes, false);
  }

  /** When the next late packet is due; null without one. */
  get nextDue(): EpochMs | null {
    return this.queue.nextDue;
  }

  /** Sends the late packets that are due by `until`. */
  release(until: EpochMs): void {
    for (let due = this.queue.takeDue(until); due !== undefined; due = this.queue.takeDue(until)) {
      this.send(due.writer, due.bytes, due.endsFrame);
    }
  }

  /** The socket is gone, with all that was on its way to it. */
  forget(writer: FrameWriter): void {
    this.queue.forget(writer);
  }

  private send(writer: FrameWriter, bytes: Uint8Array, endsFrame: boolean): void {
    writer.put(bytes, this.capacity());
    if (endsFrame) writer.flush();
  }

  private isLost(instrument: MarketInstrument, instant: EpochMs): boolean {
    if (this.strikes('feed_silent', instrument, instant) !== undefined) return true;
    const kind = instrument.isIndex ? 'index' : instrument.isClosingAuctionShare ? 'cas_share' : 'share';
    return this.find('feed_silent_class', instant, ({ fault }) => fault.classes.includes(kind)) !== undefined;
  }

  private edit(packet: EditablePacket, instrument: MarketInstrument, instant: EpochMs): void {
    if (packet.volume !== undefined) this.editVolume(packet, packet.volume, instrument, instant);
    if (this.strikes('feed_zero_ltt', instrument, instant)) packet.tradeTime = 0;
    const invalid = this.strikes('feed_invalid_prices', instrument, instant);
    if (invalid !== undefined) {
      const { kinds } = invalid.fault;
      packet.lastPrice = invalidPrice(kinds[invalid.random.below(kinds.length)] as (typeof kinds)[number]);
    }
  }

  private editVolume(packet: EditablePacket, volume: number, instrument: MarketInstrument, instant: EpochMs): void {
    let shares = volume;
    for (const drop of this.of('feed_volume_drop')) {
      // What fell stays fallen: its end ends the falling only.
      if (instant < drop.beginsMs || !drop.concerns(instrument.symbol)) continue;
      const base = this.memory.volumeAtDrop(drop, instrument, () => {
        if (!drop.holdsAt(instant) || !drop.draw()) return 0;
        const { volume: before } = this.reader.at(instrument, drop.beginsMs);
        if (before > 0) drop.strike();
        return before;
      });
      shares = Math.min(shares, Math.max(0, volume - base));
    }
    const isNew = (fault: ScheduledFault): boolean =>
      fault.concerns(instrument.symbol) && this.memory.isUnmarked(fault, instrument);
    const glitch = shares > 0 ? this.find('feed_volume_glitch', instant, isNew) : undefined;
    if (glitch !== undefined) {
      this.memory.mark(glitch, instrument);
      shares = 0;
    }
    if (shares !== volume) packet.volume = shares;
  }

  private dueOf(instrument: MarketInstrument, instant: EpochMs): EpochMs {
    const { memory } = this;
    let dueMs = Math.max(instant, memory.heldUntil(instrument));
    const late = this.strikes('feed_lag', instrument, instant);
    if (late !== undefined) {
      const { distribution, lagMs, reorder } = late.fault;
      if (distribution === 'constant') dueMs = Math.max(dueMs, instant + lagMs);
      else if (reorder) dueMs = Math.max(dueMs, instant + badDayLag(late.random));
      else dueMs = Math.max(dueMs, instant + memory.streamOf(late).lagAt(instant));
      if (!reorder) memory.hold(late.isSelective ? instrument : null, dueMs);
    }
    const displaced = this.strikes('feed_out_of_order', instrument, instant);
    return displaced === undefined ? dueMs : dueMs + displaced.random.next() * displaced.fault.withinMs;
  }

  private strikes<Name extends PacketFault>(
    name: Name,
    { symbol }: MarketInstrument,
    instant: EpochMs,
  ): Scheduled<Name> | undefined {
    return this.find(name, instant, (fault) => fault.concerns(symbol));
  }

  /** The first fault of that name that is about the packet and strikes it, counted. */
  private find<Name extends PacketFault>(
    name: Name,
    instant: EpochMs,
    isAbout: (fault: Scheduled<Name>) => boolean,
  ): Scheduled<Name> | undefined {
    for (const fault of this.of(name)) {
      if (!fault.holdsAt(instant) || !isAbout(fault) || !fault.draw()) continue;
      fault.strike();
      return fault;
    }
    return undefined;
  }

  private of<Name extends PacketFault>(name: Name): readonly Scheduled<Name>[] {
    return (this.byName.get(name) ?? []) as unknown as readonly Scheduled<Name>[];
  }

  /** Another schedule: what fell before it is up again; what is on its way stays so. */
  private learn(): void {
    this.memory = new DistortionMemory(this.memory);
    this.byName = new Map(PACKET_FAULTS.map((name) => [name, this.faults.all(name)]));
    this.quietFromMs = 0;
    this.quietToMs = 0;
  }

  /** Finds the quiet stretch around `instant`; false when there is none. */
  private lookAround(instant: EpochMs): boolean {
    let fromMs = Number.NEGATIVE_INFINITY;
    let toMs = Number.POSITIVE_INFINITY;
    for (const fault of [...this.byName.values()].flat()) {
      const endMs = fault.name === 'feed_volume_drop' ? Number.POSITIVE_INFINITY : fault.toMs;
      if (fault.fromMs <= instant && instant < endMs) return false;
      if (endMs <= instant) fromMs = Math.max(fromMs, endMs);
      else toMs = Math.min(toMs, fault.fromMs);
    }
    this.quietFromMs = fromMs;
    this.quietToMs = toMs;
    return true;
  }
}
