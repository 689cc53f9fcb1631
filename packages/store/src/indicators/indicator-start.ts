import type { Instrument, TradingDate } from '@rtp/core';
import type { StoreParts } from '../store-parts.ts';
import { readStart } from './read-start.ts';

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
    await parts.states.prepare(date);
    const body = await parts.queue.run(async () => {
      if (attempt > ATTEMPTS) await parts.states.prepare(date);
      const states = parts.states.ready(date);
      if (states === null) return null;
      const ids = instruments().map(({ instrumentId }) => instrumentId);
      return parts.surface.askAtLength((run) => readStart(run, date, states, ids));
    });
    if (body !== null) return body;
  }
}
