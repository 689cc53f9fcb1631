import { type EpochMs, MINUTE_MS } from '../time/ist.ts';
import type { SessionAt } from './session-calendar.ts';

/**
 * How old the newest bar is, in market milliseconds since that minute ended, or since the window opened where
 * that is later: the first minute of a window is not late because of a night or a lunch break. Null out of session,
 * where no bar is owed.
 *
 * @param newestBar start of the newest bar's minute; null when there is none
 */
export function dataAgeMs(session: SessionAt, newestBar: EpochMs | null, now: EpochMs): number | null {
  if (session.window === null) return null;
  const since = Math.max(session.window.openMs, newestBar === null ? 0 : newestBar + MINUTE_MS);
  return Math.max(0, now - since);
}
