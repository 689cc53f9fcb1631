import { istIso, MINUTE_MS, type TradingDate, tradingDateOf } from '@rtp/core';
import { type DecodedBatch, storeClientErrors } from '@rtp/store-client';

/** Checks what only the store can know. Errors: RTP_BATCH_INVALID naming row and column. */
export function checkBatch(batch: DecodedBatch, isKnown: (instrumentId: number) => boolean): void {
  const { tradingDate } = batch.envelope;
  for (const section of ['bars', 'absences'] as const) {
    const { length, columns } = batch[section];
    for (let row = 0; row < length; row += 1) {
      const instrumentId = columns.instrument_id[row] as number;
      if (!isKnown(instrumentId)) throw invalid(section, row, 'instrument_id', `${instrumentId} was never registered`);
      checkMinute(section, row, columns.ts[row] as number, tradingDate);
    }
  }
}

function checkMinute(section: string, row: number, ts: number, tradingDate: TradingDate): void {
  if (ts % MINUTE_MS !== 0) throw invalid(section, row, 'ts', `${ts} is not the start of a minute`);
  if (tradingDateOf(ts) !== tradingDate) throw invalid(section, row, 'ts', `${istIso(ts)} is not on ${tradingDate}`);
}

function invalid(section: string, row: number, column: string, problem: string): Error {
  return storeClientErrors.create('RTP_BATCH_INVALID', `${section}: row ${row}, column ${column}: ${problem}.`);
}
