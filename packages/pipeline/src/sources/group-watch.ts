import type { EpochMs } from '@rtp/core';
import type { BarBuilder } from '../bars/bar-builder.ts';

const SOURCE_BITS = { feed: 1, quote: 2 } as const;

export interface GroupWatchOptions {
  readonly builder: Pick<BarBuilder, 'connected' | 'lost' | 'overlooked'>;
  readonly groups: number;
  /** How far trades may lag behind, market ms. */
  lagMs(): number;
  /** Something delivers a group that nothing delivered: gaps can be settled. */
  onWatched(group: number, at: EpochMs): void;
}

/**
 * Which live sources deliver each group at the moment.
 *
 *   unwatched ──a source delivers──▶ watched ──the last one stops──▶ unwatched, from when that one was last good
 *
 * While one bridges the failure of the other nothing is lost; but one that began after the other had fallen silent, unnoticed
 * as yet, has not seen to which minute the trades between belong.
 */
export class GroupWatch {
  private readonly options: GroupWatchOptions;
  private readonly sources: Uint8Array;
  /** By group: when its newest source began. */
  private readonly since: Float64Array;

  constructor(options: GroupWatchOptions) {
    this.options = options;
    this.sources = new Uint8Array(options.groups);
    this.since = new Float64Array(options.groups);
  }

  delivers(source: keyof typeof SOURCE_BITS, group: number, at: EpochMs): void {
    const before = this.sources[group] as number;
    if ((before & SOURCE_BITS[source]) !== 0) return;
    this.sources[group] = before | SOURCE_BITS[source];
    this.since[group] = at;
    if (before !== 0) return;
    this.options.builder.connected(at, group);
    this.options.onWatched(group, at);
  }

  /** The source is worth nothing to the group any more; it showed every trade until `seenUntil`. */
  stops(source: keyof typeof SOURCE_BITS, group: number, seenUntil: EpochMs): void {
    const { builder, lagMs } = this.options;
    if (!this.isDelivering(source, group)) return;
    const others = (this.sources[group] as number) & ~SOURCE_BITS[source];
    this.sources[group] = others;
    if (others === 0) builder.lost(seenUntil, group);
    else builder.overlooked(seenUntil, (this.since[group] as number) - lagMs(), group);
  }

  isDelivering(source: keyof typeof SOURCE_BITS, group: number): boolean {
    return ((this.sources[group] as number) & SOURCE_BITS[source]) !== 0;
  }
}
