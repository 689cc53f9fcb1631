import type { CallPriority } from '../client/client-contract.ts';

/** The day's calls, and what is kept back of them. */
export interface DayAllowance {
  readonly cap: number;
  readonly used: number;
  /** Calls that the sweep still to come needs. */
  readonly sweepReserve: number;
  /** Calls kept for repairs of suspect minutes. */
  readonly repairReserve: number;
  /** Part of the cap after which backfills rest. */
  readonly backfillShare: number;
}

/**
 * Calls that `priority` may still make today: who may use what is left.
 *
 * | Calls of           | Go on while                                                      | Because                              |
 * |--------------------|------------------------------------------------------------------|--------------------------------------|
 * | `sweep`            | any is left                                                      | it settles every minute of the day   |
 * | `repair`           | more is left than the sweep needs                                | the sweep repairs as well, later     |
 * | `priority`, `live` | more is left than the sweep's and the repairs' reserves          | a later call brings the same minutes |
 * | `backfill`         | the same, and less than its share of the cap is used, by whomever | it can go on tomorrow                |
 */
export function callsLeftFor(priority: CallPriority, day: DayAllowance): number {
  const left = Math.max(0, day.cap - day.used);
  const beyondReserves = Math.max(0, left - day.sweepReserve - day.repairReserve);
  switch (priority) {
    case 'sweep':
      return left;
    case 'repair':
      return Math.max(0, left - day.sweepReserve);
    case 'priority':
    case 'live':
      return beyondReserves;
    case 'backfill':
      return Math.max(0, Math.min(beyondReserves, Math.floor(day.cap * day.backfillShare) - day.used));
  }
}
