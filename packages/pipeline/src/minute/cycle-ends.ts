import { type EpochMs, MINUTE_MS, type SessionWindow } from '@rtp/core';

/**
 * Ends of the day's acquisition cycles, ascending: every `cycleMs` from each window's open, its close included, and after
 * closes every `cycleMs` until `until`, for late packets.
 */
export function cycleEnds(windows: readonly SessionWindow[], cycleMs: number, until: EpochMs): readonly EpochMs[] {
  const ends = new Set<EpochMs>();
  windows.forEach((window, position) => {
    for (let end = window.openMs + cycleMs; end < window.closeMs; end += cycleMs) ends.add(end);
    ends.add(window.closeMs);
    const next = windows[position + 1]?.openMs ?? until;
    for (let end = window.closeMs + Math.max(cycleMs, MINUTE_MS); end < next; end += cycleMs) ends.add(end);
  });
  return [...ends].sort((a, b) => a - b);
}
