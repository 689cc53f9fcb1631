import type { Instrument, TradingDate } from '@rtp/core';
import { type CallPriority, type Candles, type DhanClient, failureKindOf } from '@rtp/dhan';

/** Rows after which official bars leave however few symbols they are of: the store takes 32 MB at a time. */
export const MAX_BATCH_ROWS = 100_000;

const NO_CANDLES: Candles = { ts: [], open: [], high: [], low: [], close: [], volume: [] };

/** Asks for one instrument's candles of one day; an id the broker does not take has none. Errors: those of the broker. */
export async function candlesOf(
  client: DhanClient,
  instrument: Instrument,
  date: TradingDate,
  priority: CallPriority,
  signal: AbortSignal,
): Promise<Candles> {
  const { segment, securityId } = instrument;
  try {
    return await client.intradayCandles({
      segment,
      securityId,
      instrument: instrument.class === 'index' ? 'INDEX' : 'EQUITY',
      from: date,
      to: date,
      priority,
      signal,
    });
  } catch (error) {
    if (failureKindOf(error) === 'bad_request') return NO_CANDLES;
    throw error;
  }
}
