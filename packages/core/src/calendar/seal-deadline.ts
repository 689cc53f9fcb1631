import { atIst, type EpochMs, type IstTime, MINUTE_MS } from '../time/ist.ts';
import type { TradingDay } from './session-calendar.ts';

/** From the last close of a regular day to the default seal deadline. */
const SEAL_AFTER_CLOSE_MS = 150 * MINUTE_MS;

/**
 * When a trading day is sealed at the latest: at `usual` (`store.seal_deadline`), or, when it closes late, as long after
 * its close as a regular day.
 */
export function sealDeadlineOf(day: TradingDay, usual: IstTime): EpochMs {
  const regular = atIst(day.date, usual);
  const closeMs = day.windows.at(-1)?.closeMs;
  return closeMs === undefined ? regular : Math.max(regular, closeMs + SEAL_AFTER_CLOSE_MS);
}
