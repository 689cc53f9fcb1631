import { type EpochMs, type Instrument, MINUTE_MS, type Segment } from '@rtp/core';

/** When the next round of quotes begins: on a grid of `everyMs` that starts anew with every minute. */
export function nextRound(now: EpochMs, everyMs: number): EpochMs {
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const next = minute + (Math.floor((now - minute) / everyMs) + 1) * everyMs;
  return Math.min(next, minute + MINUTE_MS);
}

/** The ids of slots as a quote call takes them. */
export function idsOf(
  slots: Iterable<number>,
  instruments: readonly Instrument[],
): ReadonlyMap<Segment, readonly string[]> {
  const ids = new Map<Segment, string[]>();
  for (const slot of slots) {
    const { segment, securityId } = instruments[slot] as Instrument;
    const list = ids.get(segment);
    if (list === undefined) ids.set(segment, [securityId]);
    else list.push(securityId);
  }
  return ids;
}

/** What names an instrument in an answer: ids are unique within a segment only. */
export const keyOf = ({ segment, securityId }: { readonly segment: Segment; readonly securityId: string }): string =>
  `${segment}:${securityId}`;
