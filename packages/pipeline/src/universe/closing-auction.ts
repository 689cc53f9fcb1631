import type { SessionCalendar, TradingDate } from '@rtp/core';

/** First date of the closing auction session (wire §4.5). */
export const CLOSING_AUCTION_FROM: TradingDate = '2026-08-03';

/**
 * Who is in the closing auction on `date`: the underlyings of the day's stock futures; the calendar's list where the
 * master names none.
 */
export function closingAuctionOn(
  date: TradingDate,
  underlyings: ReadonlySet<string>,
  calendar: SessionCalendar,
): (symbol: string) => boolean {
  if (date < CLOSING_AUCTION_FROM) return () => false;
  if (underlyings.size > 0) return (symbol) => underlyings.has(symbol);
  return (symbol) => calendar.isClosingAuctionShare(symbol, date);
}
