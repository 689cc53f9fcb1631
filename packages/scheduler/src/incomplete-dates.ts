import type { SessionCalendar, TradingDate } from '@rtp/core';

/** A date that the store knows. */
export interface StoreDate {
  readonly date: TradingDate;
  readonly state: 'open' | 'sealed';
}

/**
 * Trading days before `today` that the store has not sealed, oldest first: those it holds open and those it never
 * saw since its first date, among the newest `backfillDays` trading days. Empty for a store without any date.
 */
export function incompleteDates(
  calendar: SessionCalendar,
  today: TradingDate,
  storeDates: readonly StoreDate[],
  backfillDays: number,
): TradingDate[] {
  const first = storeDates[0]?.date;
  if (first === undefined) return [];
  const sealed = new Set(storeDates.filter(({ state }) => state === 'sealed').map(({ date }) => date));
  const incomplete: TradingDate[] = [];
  let date = calendar.previousTradingDay(today);
  for (let back = 0; back < backfillDays && date !== null && date >= first; back += 1) {
    if (!sealed.has(date)) incomplete.unshift(date);
    date = calendar.previousTradingDay(date);
  }
  return incomplete;
}
