import { describeError, type MarketClock, type SessionCalendar } from '@rtp/core';
import { z } from 'zod';

export const marketViewSchema = z.object({
  /** Market instant, epoch ms. */
  now: z.number(),
  clock: z.enum(['system', 'virtual', 'manual']),
  speed: z.number(),
  phase: z.enum(['closed_day', 'before_open', 'open', 'between_windows', 'after_close', 'unknown']),
  /** Holiday, weekend or session name; the problem where the calendar has no answer. */
  label: z.string(),
  nextOpen: z.number().nullable(),
  nextClose: z.number().nullable(),
});
/** Where the market's day stands, for people. */
export type MarketView = z.infer<typeof marketViewSchema>;

/** The market's state now. A calendar without an answer is a label, not an error: a status must always be shown. */
export function marketView(clock: MarketClock, calendar: SessionCalendar): MarketView {
  const now = clock.now();
  const base = { now, clock: clock.kind, speed: clock.speed };
  try {
    const { phase, label } = calendar.sessionAt(now);
    return { ...base, phase, label, nextOpen: calendar.nextOpen(now), nextClose: calendar.nextClose(now) };
  } catch (error) {
    return { ...base, phase: 'unknown', label: describeError(error), nextOpen: null, nextClose: null };
  }
}
