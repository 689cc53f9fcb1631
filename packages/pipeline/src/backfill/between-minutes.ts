import { MINUTE_MS, minuteStart } from '@rtp/core';
import type { DayDependencies } from '../day/dependencies.ts';

/** After the widest grace, for the live minute's own batch. */
const BATCH_MS = 2_000;
/** What is begun by then is over before the next live minute: a seal of 500 instruments takes some five seconds. */
const LATEST_START_MS = 45_000;

/**
 * In trading hours waits for the part of the minute in which no live minute is on its way to the store; at once out of
 * them. On the market clock: where that runs fast, the store's work may take longer than the minute. Errors: the signal's reason.
 */
export async function betweenMinutes(
  { calendar, clock, config }: Pick<DayDependencies, 'calendar' | 'clock' | 'config'>,
  signal: AbortSignal,
): Promise<void> {
  const now = clock.now();
  if (calendar.sessionAt(now).phase !== 'open') return;
  const from = minuteStart(now) + config.pipeline.grace_max_ms + BATCH_MS;
  if (now < from) await clock.sleepUntil(from, { signal });
  else if (now > minuteStart(now) + LATEST_START_MS) await clock.sleepUntil(from + MINUTE_MS, { signal });
}
