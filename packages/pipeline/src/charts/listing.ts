import { addDays, type Instrument, type TradingDate, tradingDateOf } from '@rtp/core';
import type { CallPriority, Candles, DhanClient, MasterRow } from '@rtp/dhan';

/** Daily candles go back to the listing (wire §4.1): no share of today was charted before. */
const EARLIEST: TradingDate = '1990-01-01';

/** What daily candles and the scrip master say of an instrument whose chart is empty on a date. */
export interface ListingEvidence {
  readonly date: TradingDate;
  /** Dates of its daily candles with trades, ascending. */
  readonly charted: readonly TradingDate[];
  /** Whether today's scrip master has its id. */
  readonly isInMaster: boolean;
}

/**
 * Whether the instrument was not listed on the date, while other instruments' charts of the date are there:
 *
 * - its first daily candle is of a later date;
 * - or the scrip master lacks its id, and it has no daily candle of the date or after.
 *
 * A share that is in the master and has not been charted yet is new, or its charts are late: nothing is known.
 */
export function isUnlisted({ date, charted, isInMaster }: ListingEvidence): boolean {
  const first = charted[0];
  if (first !== undefined && first > date) return true;
  return !isInMaster && !charted.some((day) => day >= date);
}

/** Asks the broker. One chart call. Errors: those of the broker, the signal's reason. */
export async function askListing(
  client: DhanClient,
  master: readonly MasterRow[],
  instrument: Instrument,
  dates: { readonly date: TradingDate; readonly today: TradingDate },
  call: { readonly priority: CallPriority; readonly signal: AbortSignal },
): Promise<ListingEvidence> {
  const { segment, securityId } = instrument;
  const candles = await client.dailyCandles({
    segment,
    securityId,
    instrument: instrument.class === 'index' ? 'INDEX' : 'EQUITY',
    from: EARLIEST,
    to: addDays(dates.today, 1),
    ...call,
  });
  return {
    date: dates.date,
    charted: datesOf(candles),
    isInMaster: master.some((row) => row.segment === segment && row.securityId === securityId),
  };
}

/** Daily candles start at 00:00 IST of their date. */
function datesOf(candles: Candles): readonly TradingDate[] {
  return candles.ts.map((ts) => tradingDateOf(ts));
}
