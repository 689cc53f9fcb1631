import type { Instrument, Segment } from '@rtp/core';

/** The broker's segment bytes (wire §3), as feed packets carry them. */
export const SEGMENT_CODES: Readonly<Record<Segment, number>> = { IDX_I: 0, NSE_EQ: 1 };

/** Finds an instrument's dense slot from a packet's segment and id: ids are unique within a segment only. */
export class SlotIndex {
  private readonly bySegment: readonly Map<number, number>[];

  /** Slots are positions in `instruments`. */
  constructor(instruments: readonly Instrument[]) {
    this.bySegment = [new Map(), new Map()];
    instruments.forEach((instrument, slot) => {
      this.bySegment[SEGMENT_CODES[instrument.segment]]?.set(Number(instrument.securityId), slot);
    });
  }

  /** The slot, or -1 for an instrument that is not tracked. */
  find(segmentCode: number, securityId: number): number {
    return this.bySegment[segmentCode]?.get(securityId) ?? -1;
  }
}
