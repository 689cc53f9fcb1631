import type { Instrument, InstrumentListing, TradingDate } from '@rtp/core';
import type { UniverseRow } from './universe-file.ts';

/** How a share is listed otherwise than the universe file has it. */
export function differencesFrom(
  wanted: UniverseRow,
  found: Pick<InstrumentListing, 'symbol' | 'isin' | 'securityId' | 'series'>,
): string[] {
  const { symbol, isin, security_id: id } = wanted;
  const differences: string[] = [];
  if (found.symbol !== symbol) differences.push(`${symbol} is now called ${found.symbol}`);
  if (isin !== '' && found.isin !== '' && found.isin !== isin) {
    differences.push(`${symbol} has changed its ISIN from ${isin} to ${found.isin}`);
  }
  if (id !== '' && found.securityId !== id) {
    differences.push(`${symbol} has moved from id ${id} to ${found.securityId} (series ${found.series})`);
  }
  return differences;
}

/** What has changed in the listing of instruments since an earlier day. Pure. */
export function changesSince(
  earlier: readonly Instrument[],
  earlierDate: TradingDate,
  today: readonly Instrument[],
): string[] {
  const before = new Map(earlier.map((instrument) => [instrument.instrumentId, instrument]));
  return today.flatMap((now) => {
    const then = before.get(now.instrumentId);
    if (then === undefined) return [];
    const changes: string[] = [];
    if (then.series !== now.series) changes.push(`from series ${then.series} to ${now.series}`);
    if (then.securityId !== now.securityId) changes.push(`from id ${then.securityId} to ${now.securityId}`);
    if (then.symbol !== now.symbol) changes.push(`from the symbol ${then.symbol}`);
    return changes.length === 0 ? [] : [`${now.symbol} has moved ${changes.join(', ')} since ${earlierDate}`];
  });
}
