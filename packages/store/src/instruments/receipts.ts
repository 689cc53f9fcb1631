import type { QueryValue, SealReceipt } from '@rtp/store-client';

/** Columns of the table of seals, as `toReceipt` takes them. */
export const RECEIPT_COLUMNS = `strftime(date, '%Y-%m-%d'), generation::DOUBLE, commit_seq::DOUBLE,
  epoch_ms(sealed_at)::DOUBLE, instruments::DOUBLE, bars::DOUBLE, superseded::DOUBLE, absences::DOUBLE,
  unknown::DOUBLE, complete, checksum, indicators::DOUBLE`;

export function toReceipt(row: readonly QueryValue[]): SealReceipt {
  const [
    date,
    generation,
    commitSeq,
    sealedAt,
    instruments,
    bars,
    superseded,
    absences,
    unknown,
    complete,
    checksum,
    indicators,
  ] = row;
  return {
    date,
    generation,
    commitSeq,
    sealedAt,
    instruments,
    bars,
    superseded,
    indicators,
    absences,
    unknown,
    complete,
    checksum,
  } as SealReceipt;
}
