import type { Instrument, TradingDate } from '@rtp/core';
import { publishReference, publishReferenceLazily, refreshSurface } from '../reading/refresh.ts';
import type { StoreParts } from '../store-parts.ts';
import type { HotDay } from './hot-day.ts';

/**
 * The date's attached file, opened when it is not, with the day made known. Inside the writer's queue.
 * Errors: the calendar's, the engine's.
 */
export async function openDay(parts: StoreParts, date: TradingDate): Promise<HotDay> {
  const attached = parts.hot.get(date);
  if (attached !== undefined) return attached;
  const day = await bringIn(parts, date);
  if (parts.register.state(date) === 'open') await refreshSurface(parts);
  return day;
}

/** As `openDay`, of a day that is not open, but for the store's own views: they are pointed at it by the caller. */
export async function bringIn(parts: StoreParts, date: TradingDate): Promise<HotDay> {
  const { hot, register, instruments } = parts;
  if (register.state(date) === null) await trackDay(parts, date, instruments.owedOn(date));
  const day = await hot.open(date);
  parts.metrics.lastCommitSeq = Math.max(parts.metrics.lastCommitSeq, day.lastSeq);
  if (register.state(date) === 'open') await parts.publisher.catchUp(day);
  return day;
}

/** Makes a day known and its minutes owed by `owing`; publishes what changed. Returns whether anything did. */
export async function trackDay(parts: StoreParts, date: TradingDate, owing: readonly Instrument[]): Promise<boolean> {
  const { writer, register } = parts;
  const sql = register.trackSql(date, owing);
  if (sql === '') return false;
  await writer.transaction(() => writer.exec(sql));
  register.applyTracked(date, owing);
  await writer.exec('CHECKPOINT ref');
  await publishReferenceLazily(parts, ['days', 'sessions', 'tracked']);
  return true;
}

/** Takes a sealed day back to open, before late data is committed to it. */
export async function reopenDay(parts: StoreParts, day: HotDay): Promise<void> {
  parts.logger.warn('late data re-opens a sealed day', { date: day.date });
  await parts.register.setState(day.date, 'open');
  await publishReference(parts, ['days']);
  await refreshSurface(parts);
}
