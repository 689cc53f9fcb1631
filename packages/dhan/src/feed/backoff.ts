import type { RtpConfig } from '@rtp/core';

/**
 * Real milliseconds before the next attempt after `failures` failures in a row: doubling from
 * `feed_reconnect_min_ms` to `feed_reconnect_max_ms` with full jitter above the minimum, so that clients that
 * lost the same server do not return together. `longest`: the upper half of the longest wait.
 */
export function backoffDelay(
  { feed_reconnect_min_ms: min, feed_reconnect_max_ms: max }: RtpConfig['broker'],
  failures: number,
  longest: boolean,
  random: () => number = Math.random,
): number {
  if (longest) return Math.max(min, max * (0.5 + random() / 2));
  const ceiling = Math.max(min, Math.min(max, min * 2 ** Math.min(failures, 30)));
  return min + random() * (ceiling - min);
}
