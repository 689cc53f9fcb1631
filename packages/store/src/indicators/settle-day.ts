/** Settling inside the writer's queue: what a seal does before and after it writes its files. */
import { describeError, type TradingDate } from '@rtp/core';
import type { HotDay } from '../days/hot-day.ts';
import { isFatal } from '../engine/engine-error.ts';
import type { StoreParts } from '../store-parts.ts';
import { type SeriesDate, seriesDates } from './series-dates.ts';
import type { SeriesStates } from './series-states.ts';
import { settleGroup } from './settle-group.ts';

/** What became of a day's rows; `states` are those after it. */
export interface SettledDay {
  /** Rows that were missing or differed. */
  readonly settled: number;
  readonly states: SeriesStates;
}

/**
 * Makes the rows of an attached day those of its bars. Indicators never keep a day from being sealed: when they fail,
 * null, and the day is sealed with the rows that it has. Errors: the engine's fatal ones.
 */
export async function settleDay(parts: StoreParts, day: HotDay): Promise<SettledDay | null> {
  try {
    const states = await parts.states.before(day.date);
    const of = find(parts, day.date);
    let settled = 0;
    if (of !== null) {
      await parts.states.over(of, states, { wantsRows: true }, async (group) => {
        settled += await settleGroup(parts, day, group, false);
        await parts.engine.giveBackGrown();
        return true;
      });
    }
    parts.metrics.setTrouble('indicators', null);
    return { settled, states };
  } catch (error) {
    if (isFatal(error)) throw error;
    parts.logger.error('indicators could not be settled', { date: day.date, error: describeError(error) });
    parts.metrics.setTrouble('indicators', `indicators of ${day.date} are not settled`);
    return null;
  }
}

/** Records that a day, which is sealed by now, is settled, and keeps the states after it. */
export async function recordSettled(parts: StoreParts, date: TradingDate, day: SettledDay | null): Promise<void> {
  const of = find(parts, date);
  if (of === null || day === null) return;
  await parts.settlements.record(of);
  await parts.states.keep(of, day.states);
}

function find(parts: StoreParts, date: TradingDate): SeriesDate | null {
  return seriesDates(parts).find((of) => of.date === date) ?? null;
}
