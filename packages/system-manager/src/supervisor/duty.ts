import type { Component, MarketClock, SessionCalendar } from '@rtp/core';

/**
 * Components whose progress counter moves in every minute of a session: the pipeline seals minutes, the scheduler looks at
 * snapshots, the monitor samples. The store only answers, and the simulator only plays: silence of others is not theirs.
 */
const ON_DUTY: ReadonlySet<Component> = new Set(['pipeline', 'scheduler', 'monitor']);

/** Whether a component has to make progress now: it has a duty, and the market is open. */
export function isOnDuty(component: Component, calendar: SessionCalendar, clock: MarketClock): boolean {
  return ON_DUTY.has(component) && calendar.sessionAt(clock.now()).phase === 'open';
}
