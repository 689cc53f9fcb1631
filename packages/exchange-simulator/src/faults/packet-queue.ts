import type { EpochMs } from '@rtp/core';
import type { FrameWriter } from '../feed/frame-writer.ts';

/** Bytes on their way to one socket. */
export interface QueuedPacket {
  readonly writer: FrameWriter;
  readonly bytes: Uint8Array;
  /** Nothing follows it in its frame. */
  readonly endsFrame: boolean;
  readonly dueMs: EpochMs;
}

/** Packets by their due time, those of one instant in the order they came: a binary heap. */
export class PacketQueue {
  private heap: (QueuedPacket & { readonly order: number })[] = [];
  private order = 0;

  get isEmpty(): boolean {
    return this.heap.length === 0;
  }

  /** When the first is due; null without one. */
  get nextDue(): EpochMs | null {
    return this.heap[0]?.dueMs ?? null;
  }

  push(packet: QueuedPacket): void {
    const { heap } = this;
    let at = heap.push({ ...packet, order: this.order++ }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  /** The first packet, if it is due by `until`. */
  takeDue(until: EpochMs): QueuedPacket | undefined {
    const { heap } = this;
    const first = heap[0];
    if (first === undefined || first.dueMs > until) return undefined;
    const last = heap.pop() as (typeof heap)[number];
    if (heap.length > 0) {
      heap[0] = last;
      this.sink();
    }
    return first;
  }

  /** Forgets what was on its way to a socket that is gone. */
  forget(writer: FrameWriter): void {
    this.heap = this.heap
      .filter((packet) => packet.writer !== writer)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  }

  private sink(): void {
    const { length } = this.heap;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < length && this.isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const one = this.heap[a] as (typeof this.heap)[number];
    const other = this.heap[b] as (typeof this.heap)[number];
    return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
  }

  private swap(a: number, b: number): void {
    const one = this.heap[a] as (typeof this.heap)[number];
    this.heap[a] = this.heap[b] as (typeof this.heap)[number];
    this.heap[b] = one;
  }
}
