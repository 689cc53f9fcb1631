import { parseTradingDate, TIMEFRAMES, type Timeframe, type TradingDate } from '@rtp/core';
import { storeClientErrors } from '../errors.ts';

/** Errors: RTP_QUERY_INVALID, RTP_DATE_INVALID. */
export function checkRange(timeframe: string, from: TradingDate, to: TradingDate): asserts timeframe is Timeframe {
  if (!TIMEFRAMES.includes(timeframe as Timeframe)) {
    throw storeClientErrors.create(
      'RTP_QUERY_INVALID',
      `timeframe "${timeframe}" is not accepted; use one of ${TIMEFRAMES.join(', ')}.`,
    );
  }
  parseTradingDate(from);
  parseTradingDate(to);
  if (from > to) {
    throw storeClientErrors.create('RTP_QUERY_INVALID', `start_date ${from} is after end_date ${to}.`);
  }
}
