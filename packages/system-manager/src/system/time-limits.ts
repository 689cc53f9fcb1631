import type { RtpConfig } from '@rtp/core';

type Limits = Pick<
  RtpConfig['supervision'],
  'stop_timeout_ms' | 'store_stop_timeout_ms' | 'ready_timeout_ms' | 'orphan_exit_ms' | 'term_timeout_ms'
>;

/** Components start in three groups and stop in the reverse order, each group at once; the store has a limit of its own. */
const GROUPS = 3;

/** Longest real ms in which a system stops: every group takes all the time it has. */
export function longestStopMs({ stop_timeout_ms, store_stop_timeout_ms }: Limits): number {
  return (GROUPS - 1) * stop_timeout_ms + Math.max(stop_timeout_ms, store_stop_timeout_ms);
}

/** Longest real ms in which a system starts, the survivors of an earlier run ended before it. */
export function longestStartMs(limits: Limits): number {
  return GROUPS * limits.ready_timeout_ms + limits.orphan_exit_ms + limits.term_timeout_ms;
}

/** Longest real ms in which components are stopped and serve again. */
export function longestRestartMs(limits: Limits): number {
  return longestStopMs(limits) + GROUPS * limits.ready_timeout_ms;
}
