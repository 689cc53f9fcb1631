import type { EpochMs } from '@rtp/core';
import type { FeedDistortion } from '../faults/feed-distortion.ts';
import type { MarketInstrument } from '../market/market-day.ts';
import { type FeedSlot, type Subscriber, writeState } from './feed-slot.ts';
import type { FramePacing } from './frame-pacing.ts';
import { type FrameWriter, LARGEST_PACKET_BYTES } from './frame-writer.ts';
import { writePrevClose } from './packets.ts';

/** Where packets leave the engine: straight into the frames, or through the faults while any holds. */
export class PacketOutlet {
  private readonly pacing: FramePacing;
  private readonly distortion: FeedDistortion | undefined;
  /** Where a packet is encoded that faults may change. */
  private readonly scratch = new DataView(new ArrayBuffer(LARGEST_PACKET_BYTES));

  constructor(pacing: FramePacing, distortion: FeedDistortion | undefined) {
    this.pacing = pacing;
    this.distortion = distortion;
  }

  /** Sends the instrument's state as of `instant`. */
  sendState(slot: FeedSlot, { writer, mode }: Subscriber, instant: EpochMs): void {
    if (this.isClear(instant)) {
      const at = writer.reserve(this.pacing.capacity());
      writer.commit(writeState(writer.view, at, slot, mode));
    } else this.distort(writer, slot.instrument, instant, writeState(this.scratch, 0, slot, mode));
  }

  sendPrevClose(writer: FrameWriter, instrument: MarketInstrument, instant: EpochMs): void {
    if (this.isClear(instant)) {
      const at = writer.reserve(this.pacing.capacity());
      writer.commit(writePrevClose(writer.view, at, instrument));
    } else this.distort(writer, instrument, instant, writePrevClose(this.scratch, 0, instrument));
  }

  /** When the next late packet is due; null without one. */
  get nextDue(): EpochMs | null {
    return this.distortion?.nextDue ?? null;
  }

  /** Sends the late packets that are due by `until`. */
  release(until: EpochMs): void {
    this.distortion?.release(until);
  }

  /** The socket is gone, with what is late for it. */
  forget(writer: FrameWriter): void {
    this.distortion?.forget(writer);
  }

  private isClear(instant: EpochMs): boolean {
    return this.distortion === undefined || this.distortion.isIdleAt(instant);
  }

  /** Hands over the packet in `scratch`. */
  private distort(writer: FrameWriter, instrument: MarketInstrument, instant: EpochMs, length: number): void {
    const bytes = new Uint8Array(this.scratch.buffer).slice(0, length);
    this.distortion?.take({ writer, instrument, bytes }, instant);
  }
}
