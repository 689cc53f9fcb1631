import { type EpochMs, type Instrument, isSettled } from '@rtp/core';
import type { MinuteState } from '@rtp/store-client';
import type { DayGrid } from '../bars/day-grid.ts';

/** Minutes `from` to `to` (indexes, inclusive) of the instrument in `slot`. */
export interface SlotRange {
  readonly slot: number;
  readonly from: number;
  readonly to: number;
}

/** For each instrument, the span of expected minutes already over that the store lacks or has only in part. */
export function missingRanges(
  instruments: readonly Instrument[],
  grid: DayGrid,
  stored: readonly MinuteState[],
  now: EpochMs,
): readonly SlotRange[] {
  const whole = new Map<number, Set<number>>();
  for (const minute of stored) {
    if (minute.partial || (minute.reason !== null && !isSettled(minute.reason))) continue;
    let known = whole.get(minute.instrumentId);
    if (known === undefined) {
      known = new Set();
      whole.set(minute.instrumentId, known);
    }
    known.add(grid.indexOf(minute.ts));
  }
  const ranges: SlotRange[] = [];
  instruments.forEach((instrument, slot) => {
    const known = whole.get(instrument.instrumentId);
    const missing = grid
      .expectedIndexes(instrument.class)
      .filter((index) => grid.minuteAt(index + 1) <= now && known?.has(index) !== true);
    const from = missing[0];
    const to = missing.at(-1);
    if (from !== undefined && to !== undefined) ranges.push({ slot, from, to });
  });
  return ranges;
}

/** Instruments with an expected minute that is neither an official bar of the sweep nor a settled absence. */
export function notReconciled(
  instruments: readonly Instrument[],
  grid: DayGrid,
  stored: readonly MinuteState[],
): readonly Instrument[] {
  const settled = new Map<number, number>();
  for (const minute of stored) {
    const isFinal = minute.reason === null ? minute.state === 'reconciled' : isSettled(minute.reason);
    if (isFinal) settled.set(minute.instrumentId, (settled.get(minute.instrumentId) ?? 0) + 1);
  }
  return instruments.filter(
    (instrument) => (settled.get(instrument.instrumentId) ?? 0) < grid.expectedIndexes(instrument.class).length,
  );
}
