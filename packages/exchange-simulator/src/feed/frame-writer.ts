import type { Counters } from '../counters.ts';

/** Sends one WebSocket frame. */
export type SendFrame = (frame: Buffer) => void;

export const LARGEST_PACKET_BYTES = 162;

/**
 * Packs packets into frames: a frame may carry several. A frame is sent when it holds as many packets as drawn for
 * it, and by `flush` at the end of a turn, so that no packet waits for others.
 */
export class FrameWriter {
  private readonly send: SendFrame;
  private readonly counters: Counters;
  private frame: Buffer = EMPTY;
  private frameView: DataView = new DataView(new ArrayBuffer(0));
  private bytes = 0;
  private packets = 0;
  private capacity = 0;

  constructor(send: SendFrame, counters: Counters) {
    this.send = send;
    this.counters = counters;
  }

  /** Where the next packet is to be written in `view`. `capacity`: packets of the frame, if it begins one. */
  reserve(capacity: number): number {
    if (this.packets === 0) this.begin(capacity);
    return this.bytes;
  }

  /** The frame being filled; valid after `reserve`. */
  get view(): DataView {
    return this.frameView;
  }

  /** Takes over the packet just written. */
  commit(bytes: number): void {
    this.bytes += bytes;
    this.packets += 1;
    if (this.packets >= this.capacity) this.flush();
  }

  /** Takes a packet that was encoded elsewhere. */
  put(packet: Uint8Array, capacity: number): void {
    const at = this.reserve(capacity);
    this.frame.set(packet, at);
    this.commit(packet.length);
  }

  /** Sends what is there. */
  flush(): void {
    if (this.packets === 0) return;
    this.counters.packetsSent += this.packets;
    this.counters.framesSent += 1;
    const frame = this.frame.subarray(0, this.bytes);
    this.packets = 0;
    this.bytes = 0;
    this.frame = EMPTY;
    this.send(frame);
  }

  /** The socket keeps a frame until it is on the wire, so each has memory of its own. */
  private begin(capacity: number): void {
    this.capacity = capacity;
    this.frame = Buffer.allocUnsafeSlow(capacity * LARGEST_PACKET_BYTES);
    this.frameView = new DataView(this.frame.buffer);
  }
}

const EMPTY = Buffer.alloc(0);
