import type { Logger, MarketClock, TradingDate } from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import type { Adjustment } from '@rtp/store-client';
import {
  type BasisChange,
  compareReadings,
  type Factors,
  MIN_COMMON_MINUTES,
  type StoredMinute,
  toStoredBasis,
} from '../charts/stored-basis.ts';

/** No share has had more changes of scale between two looks; a detection that finds more is wrong. */
const MAX_CHANGES = 8;

export interface FindAdjustmentsInput {
  readonly instrumentId: number;
  readonly symbol: string;
  /** Dates with stored bars, in the order in which they are compared: the first that can be tells whether there is a change. */
  readonly held: readonly TradingDate[];
  /** Other dates that may have stored bars: the first on the new basis is looked for among those after the one that told. */
  readonly later: readonly TradingDate[];
  readonly known: readonly BasisChange[];
  readonly today: TradingDate;
  readonly clock: MarketClock;
  readonly logger: Logger;
  stored(date: TradingDate): Promise<readonly StoredMinute[]>;
  /** The broker's minutes of a date as it gives them now. */
  charted(date: TradingDate): Promise<Candles>;
}

/**
 * Changes of scale that charts show and the stored bars do not: charts are adjusted back to the listing on the ex-date
 * (wire §4.3). A stored date before the new candles tells whether there is one; its ex-date is the first stored date that charts do not
 * read differently, today where there is none. The newest change is found first; what is left of the ratio then is the one
 * before it. Errors: those of the store and of the broker.
 */
export async function findAdjustments(input: FindAdjustmentsInput): Promise<readonly Adjustment[]> {
  const found: Adjustment[] = [];
  while (found.length < MAX_CHANGES) {
    const changes = [...input.known, ...found];
    const first = await firstChanged(input, changes);
    if (first === null) break;
    const { exDate, factors } = await newestChange(input, changes, first.date, first.factors);
    input.logger.warn('a split or bonus: stored bars stay as traded', { symbol: input.symbol, exDate, ...factors });
    found.push({ instrumentId: input.instrumentId, exDate, ...factors, knownAt: input.clock.now() });
  }
  return found;
}

async function firstChanged(
  input: FindAdjustmentsInput,
  changes: readonly BasisChange[],
): Promise<{ readonly date: TradingDate; readonly factors: Factors } | null> {
  for (const date of input.held) {
    const factors = await compare(input, changes, date);
    if (factors === 'same') return null;
    if (factors !== null) return { date, factors };
  }
  return null;
}

/**
 * Searches the dates after `first` for the oldest stored one that charts read as it is stored, halving them each time; dates that
 * cannot be compared say nothing.
 */
async function newestChange(
  input: FindAdjustmentsInput,
  changes: readonly BasisChange[],
  first: TradingDate,
  firstFactors: Factors,
): Promise<{ readonly exDate: TradingDate; readonly factors: Factors }> {
  const dates = [...new Set([...input.held, ...input.later])].filter((date) => date > first).sort();
  let factors = firstFactors;
  let exDate = input.today;
  let low = 0;
  let high = dates.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    let at = middle;
    let there = await compare(input, changes, dates[at] as TradingDate);
    while (there === null && at + 1 < high) {
      at += 1;
      there = await compare(input, changes, dates[at] as TradingDate);
    }
    if (there === null) high = middle;
    else if (there === 'same') {
      exDate = dates[at] as TradingDate;
      high = middle;
    } else {
      factors = there;
      low = at + 1;
    }
  }
  return { exDate, factors };
}

/** How charts read a stored date now; null where too little is stored, or answered, to tell. */
async function compare(
  input: FindAdjustmentsInput,
  changes: readonly BasisChange[],
  date: TradingDate,
): Promise<Factors | 'same' | null> {
  const stored = await input.stored(date);
  if (stored.length < MIN_COMMON_MINUTES) return null;
  return compareReadings(stored, toStoredBasis(await input.charted(date), date, changes));
}
