import type { Instrument, TradingDate } from '@rtp/core';
import type { StoreParts } from '../store-parts.ts';
import { readStart } from './read-start.ts';
import { markBefore, seriesDates } from './series-dates.ts';

/** Times that states are prepared outside the writer's queue before they are inside it. */
const ATTEMPTS = 3;

/**
 * States, bars and row counts of a date at one commit. The states, which may take a roll over many dates, are made
 * ready outside the writer's queue; inside it they are used if no bar before the date has changed meanwhile.
 */
export async function indicatorStart(
  parts: StoreParts,
  date: TradingDate,
  instruments: () => readonly Instrument[],
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt += 1) {
    const ready = attempt <= ATTEMPTS ? await parts.states.before(date) : null;
    const body = await parts.queue.run(async () => {
      const { mark, states } = ready ?? (await parts.states.before(date));
      if (mark !== markBefore(seriesDates(parts), date)) return null;
      const ids = instruments().map(({ instrumentId }) => instrumentId);
      return parts.surface.askAtLength((run) => readStart(run, date, states, ids));
    });
    if (body !== null) return body;
  }
}
