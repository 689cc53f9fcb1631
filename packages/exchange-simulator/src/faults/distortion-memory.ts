import type { EpochMs } from '@rtp/core';
import type { MarketInstrument } from '../market/market-day.ts';
import { StalledStream } from './feed-lag.ts';
import type { Scheduled, ScheduledFault } from './scheduled-fault.ts';

/** What faults of one schedule remember of instruments. */
export class DistortionMemory {
  private readonly volumes = new Map<Scheduled<'feed_volume_drop'>, Map<number, number>>();
  private readonly marked = new Map<ScheduledFault, Set<number>>();
  private readonly streams = new Map<Scheduled<'feed_lag'>, StalledStream>();
  /** Due time of the last late packet that others wait behind: of all, and of single instruments. */
  private allHeldMs: EpochMs;
  private readonly heldMs: Map<number, EpochMs>;

  constructor(before?: DistortionMemory) {
    this.allHeldMs = before?.allHeldMs ?? Number.NEGATIVE_INFINITY;
    this.heldMs = before?.heldMs ?? new Map();
  }

  /** The instrument's volume as it fell; `fall` works it out the first time. */
  volumeAtDrop(drop: Scheduled<'feed_volume_drop'>, { index }: MarketInstrument, fall: () => number): number {
    const known = this.volumes.get(drop) ?? new Map<number, number>();
    this.volumes.set(drop, known);
    const volume = known.get(index) ?? fall();
    known.set(index, volume);
    return volume;
  }

  isUnmarked(fault: ScheduledFault, { index }: MarketInstrument): boolean {
    return this.marked.get(fault)?.has(index) !== true;
  }

  mark(fault: ScheduledFault, { index }: MarketInstrument): void {
    this.marked.set(fault, (this.marked.get(fault) ?? new Set()).add(index));
  }

  streamOf(fault: Scheduled<'feed_lag'>): StalledStream {
    const stream = this.streams.get(fault) ?? new StalledStream(fault.random, fault.beginsMs);
    this.streams.set(fault, stream);
    return stream;
  }

  heldUntil({ index }: MarketInstrument): EpochMs {
    return Math.max(this.allHeldMs, this.heldMs.get(index) ?? Number.NEGATIVE_INFINITY);
  }

  /** Packets wait until `dueMs`: of one instrument, or all. */
  hold(instrument: MarketInstrument | null, dueMs: EpochMs): void {
    if (instrument === null) this.allHeldMs = Math.max(this.allHeldMs, dueMs);
    else this.heldMs.set(instrument.index, Math.max(this.heldUntil(instrument), dueMs));
  }
}
