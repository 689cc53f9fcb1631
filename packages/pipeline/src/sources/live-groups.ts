import type { EpochMs, Instrument, InstrumentClass } from '@rtp/core';
import type { DayGrid } from '../bars/day-grid.ts';

/** Instruments that one feed connection takes (wire §7.1): those beyond, never priority symbols, are left to other sources. */
const FEED_INSTRUMENTS = 5_000;
export const BEYOND_FEED = 'beyond_feed';

/** Instruments whose live minutes come from one source at a time. */
export interface LiveGroup {
  /** Its number, from 0. */
  readonly index: number;
  /** An instrument class, or `beyond_feed`. */
  readonly name: string;
  readonly isOnFeed: boolean;
  readonly classes: readonly InstrumentClass[];
  /** Ascending: priority symbols first. */
  readonly slots: readonly number[];
}

/** Groups the instruments by class, what is more than the feed takes as a group of its own. Slots are positions. */
export function liveGroups(
  instruments: readonly Instrument[],
  feedInstruments = FEED_INSTRUMENTS,
): readonly LiveGroup[] {
  const byName = Map.groupBy(instruments.keys(), (slot) =>
    slot < feedInstruments ? (instruments[slot] as Instrument).class : BEYOND_FEED,
  );
  return [...byName].map(([name, slots], index) => ({
    index,
    name,
    isOnFeed: name !== BEYOND_FEED,
    classes: [...new Set(slots.map((slot) => (instruments[slot] as Instrument).class))],
    slots,
  }));
}

/** Each slot's group. */
export function groupOfSlots(groups: readonly LiveGroup[], slots: number): Uint8Array {
  const groupOf = new Uint8Array(slots);
  for (const group of groups) for (const slot of group.slots) groupOf[slot] = group.index;
  return groupOf;
}

/** Whether something of the group trades at `instant`. */
export function isTrading({ classes }: LiveGroup, grid: DayGrid, instant: EpochMs): boolean {
  return classes.some((instrumentClass) => grid.isTrading(instrumentClass, instant));
}

/**
 * Since when something of the group has been trading whose silence would mean something; null while nothing is. Shares
 * with a closing auction fall silent some time before their minutes end (wire §7.5): from `auctionQuietMs` before.
 */
export function loudSince({ classes }: LiveGroup, grid: DayGrid, now: EpochMs, auctionQuietMs: number): EpochMs | null {
  const window = grid.windows.find(({ openMs, closeMs }) => now >= openMs && now < closeMs);
  if (window === undefined) return null;
  const isLoud = classes.some((instrumentClass) => {
    const until = instrumentClass === 'cas_share' ? now + auctionQuietMs : now;
    return grid.isTrading(instrumentClass, now) && grid.isTrading(instrumentClass, until);
  });
  return isLoud ? window.openMs : null;
}
