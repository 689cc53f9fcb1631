import type { TradingDate } from '@rtp/core';
import { untilAnswered } from '../delivery/until-answered.ts';
import type { DayDependencies } from './dependencies.ts';
import { recentDays } from './missing-days.ts';
import { sealAsItIs } from './seal-day.ts';
import { backoffOf } from './sweep-day.ts';

/**
 * Seals past dates that nobody will bring: older than `backfill_days`, and open still, because a backfill that was given up had
 * them under way, or because the system was away for longer. What they lack is recorded as unknown, which another backfill
 * brings; until they are sealed, no indicator of a later date is final. Errors: those of the store, the signal's reason.
 */
export async function sealLeftOpen(
  dependencies: DayDependencies,
  today: TradingDate,
  signal: AbortSignal,
  isUnderWay: (date: TradingDate) => boolean,
): Promise<void> {
  const { store, logger } = dependencies;
  const options = { store, logger, backoff: backoffOf(dependencies), signal };
  const dates = await untilAnswered(() => store.dates(), options);
  const open = dates.filter(({ date, state }) => state === 'open' && date < today && !isUnderWay(date));
  if (open.length === 0) return;
  const recent = new Set(recentDays(dependencies, today));
  for (const { date } of open) {
    if (recent.has(date)) continue;
    const { unknown } = await sealAsItIs({ ...options, date });
    logger.info('sealed a date that was left open', { date, unknown });
  }
}
