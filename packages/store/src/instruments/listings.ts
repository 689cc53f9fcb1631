import { addDays, type Instrument, type InstrumentListing, type TradingDate } from '@rtp/core';

/** Listings of one instrument, by `validFrom`, without gaps or overlaps. */
type Dated = readonly Instrument[];

const FIELDS = ['segment', 'securityId', 'symbol', 'isin', 'series', 'class', 'tickPaise'] as const;

/** Whether two listings say the same. */
export function sameListing(a: InstrumentListing, b: InstrumentListing): boolean {
  return FIELDS.every((field) => a[field] === b[field]);
}

/** The listing valid on `date`, or undefined. */
export function validOn(rows: Dated, date: TradingDate): Instrument | undefined {
  return rows.find((row) => row.validFrom <= date && (row.validTo === null || date <= row.validTo));
}

/**
 * The rows of an instrument after its listing of `date` is known. A changed listing closes the row it falls into and
 * opens the next; a date before the first row extends it backwards.
 */
export function withListing(rows: Dated, listing: InstrumentListing, date: TradingDate, instrumentId: number): Dated {
  const first = rows[0];
  const trackedFrom = first === undefined || date < first.trackedFrom ? date : first.trackedFrom;
  const tracked = rows.map((row) => (row.trackedFrom === trackedFrom ? row : { ...row, trackedFrom }));
  const fresh = (validFrom: TradingDate, validTo: TradingDate | null): Instrument => ({
    ...pick(listing),
    instrumentId,
    validFrom,
    validTo,
    trackedFrom,
  });
  if (first === undefined) return [fresh(date, null)];
  if (date < first.validFrom) {
    if (!sameListing(first, listing)) return [fresh(date, addDays(first.validFrom, -1)), ...tracked];
    return tracked.map((row, index) => (index === 0 ? { ...row, validFrom: date } : row));
  }
  return tracked.flatMap((row) => {
    const covers = row.validFrom <= date && (row.validTo === null || date <= row.validTo);
    if (!covers || sameListing(row, listing)) return [row];
    if (row.validFrom === date) return [fresh(date, row.validTo)];
    return [{ ...row, validTo: addDays(date, -1) }, fresh(date, row.validTo)];
  });
}

function pick(listing: InstrumentListing): InstrumentListing {
  const { segment, securityId, symbol, isin, series, class: instrumentClass, tickPaise } = listing;
  return { segment, securityId, symbol, isin, series, class: instrumentClass, tickPaise };
}
