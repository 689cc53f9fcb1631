import type { TradingDate } from '@rtp/core';
import type { MasterRow } from './master-row.ts';

const TEST_SYMBOL = /^\d+NSETEST$/;

/**
 * Symbols in the closing auction on `date`: those with a stock future that has not expired (wire §8; a
 * contract trades on its expiry date). The exchange's test symbols are left out.
 */
export function closingAuctionUnderlyings(rows: Iterable<MasterRow>, date: TradingDate): ReadonlySet<string> {
  const symbols = new Set<string>();
  for (const { instrument, underlyingSymbol, expiry } of rows) {
    if (instrument !== 'FUTSTK' || underlyingSymbol === null || expiry === null || expiry < date) continue;
    if (!TEST_SYMBOL.test(underlyingSymbol)) symbols.add(underlyingSymbol);
  }
  return symbols;
}
