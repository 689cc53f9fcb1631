import { type TradingDate, tradingDateOf } from '@rtp/core';
import { MIN_COMMON_MINUTES } from '../charts/stored-basis.ts';
import type { DayDependencies } from '../day/dependencies.ts';
import { backoffOf } from '../day/sweep-day.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import type { CallWindow } from './candle-spool.ts';

/** Stored dates looked at on either side of a range: an instrument may have traded too little on the nearest. */
const DATES_LOOKED_AT = 5;

/** The stored dates nearest to a range with enough bars of an instrument to compare. */
export interface Neighbours {
  readonly before: TradingDate | null;
  readonly after: TradingDate | null;
}

/**
 * What the store has on either side of `range`, by instrument: bars there may stand on another scale than the candles that
 * the range is about to get. Errors: those of the store, the signal's reason.
 */
export async function neighboursOf(
  dependencies: DayDependencies,
  range: CallWindow,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Neighbours>> {
  const { store, clock, logger } = dependencies;
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    untilAnswered(question, { backoff: backoffOf(dependencies), logger, signal });
  const today = tradingDateOf(clock.now());
  const dates = (await ask(() => store.dates())).map(({ date }) => date);
  const found = new Map<number, Neighbours>();
  const look = async (side: keyof Neighbours, nearestFirst: readonly TradingDate[]): Promise<void> => {
    for (const date of nearestFirst.slice(0, DATES_LOOKED_AT)) {
      const { instruments } = await ask(() => store.coverage(date));
      for (const { instrumentId, bars } of instruments) {
        const known = found.get(instrumentId) ?? { before: null, after: null };
        if (bars >= MIN_COMMON_MINUTES && known[side] === null) found.set(instrumentId, { ...known, [side]: date });
      }
    }
  };
  await look('before', dates.filter((date) => date < range.from).toReversed());
  // Charts read today as it is traded.
  await look(
    'after',
    dates.filter((date) => date > range.to && date < today),
  );
  return found;
}
