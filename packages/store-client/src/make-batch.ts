import { BATCH_SCHEMA_VERSION, type Batch, type BatchEnvelope, type BatchRows } from './contract.ts';
import { NO_INDICATORS } from './indicator-rows.ts';

/** A batch of the given rows; sections that are not named are empty. */
export function makeBatch(envelope: Omit<BatchEnvelope, 'schemaVersion'>, rows: Partial<BatchRows>): Batch {
  const { producerId, epoch, seq, tradingDate } = envelope;
  const { bars = [], absences = [], indicators = NO_INDICATORS } = rows;
  return { schemaVersion: BATCH_SCHEMA_VERSION, producerId, epoch, seq, tradingDate, bars, absences, indicators };
}
