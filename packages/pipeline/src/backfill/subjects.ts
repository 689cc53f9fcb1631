import type { Instrument, InstrumentListing, TradingDate } from '@rtp/core';
import type { DayDependencies } from '../day/dependencies.ts';
import { pipelineErrors } from '../errors.ts';
import { CLOSING_AUCTION_FROM } from '../universe/closing-auction.ts';
import { listUniverse } from '../universe/resolve-universe.ts';

/** Whom a backfill is about: the listing of today, under whose broker id charts know all of the past. */
export interface Subject {
  readonly listing: InstrumentListing;
  /** Its number, as soon as the store has given it one. */
  instrumentId: number | null;
}

/**
 * The subjects by today's scrip master, nothing registered. Errors: RTP_UNIVERSE_UNREADABLE, RTP_UNIVERSE_EMPTY, those of
 * the broker and of the store, the signal's reason.
 */
export async function listSubjects(
  dependencies: DayDependencies,
  today: TradingDate,
  signal: AbortSignal,
): Promise<readonly Subject[]> {
  const { listings } = await listUniverse(dependencies, today, signal);
  const known = await dependencies.store.instruments(today);
  return listings.map((listing) => ({ listing, instrumentId: idAmong(known, listing) }));
}

export const subjectOf = (instrument: Instrument): Subject => ({
  listing: listingOf(instrument),
  instrumentId: instrument.instrumentId,
});

/** The subjects with these symbols. Errors: RTP_BACKFILL_SYMBOL_UNKNOWN names the others. */
export function chosen(subjects: readonly Subject[], symbols: readonly string[] | null): readonly Subject[] {
  if (symbols === null) return subjects;
  const bySymbol = new Map(subjects.map((subject) => [subject.listing.symbol, subject]));
  const unknown = symbols.filter((symbol) => !bySymbol.has(symbol));
  if (unknown.length > 0) {
    throw pipelineErrors.create('RTP_BACKFILL_SYMBOL_UNKNOWN', `Not in the universe: ${unknown.join(', ')}.`);
  }
  return [...new Set(symbols)].map((symbol) => bySymbol.get(symbol) as Subject);
}

/**
 * A listing as of a past date of which the store does not know a better one: who is in the closing auction today is taken to
 * have been since there is one.
 */
export function listingOn(date: TradingDate, listing: InstrumentListing): InstrumentListing {
  if (listing.class !== 'cas_share' || date >= CLOSING_AUCTION_FROM) return listing;
  return { ...listing, class: 'share' };
}

export function listingOf(instrument: Instrument): InstrumentListing {
  const { segment, securityId, symbol, isin, series, class: instrumentClass, tickPaise } = instrument;
  return { segment, securityId, symbol, isin, series, class: instrumentClass, tickPaise };
}

/** The store's number of a listing: by ISIN, else by symbol, as the store itself does. */
function idAmong(known: readonly Instrument[], { segment, isin, symbol }: InstrumentListing): number | null {
  const inSegment = known.filter((instrument) => instrument.segment === segment);
  const found =
    inSegment.find((instrument) => isin !== '' && instrument.isin === isin) ??
    inSegment.find((instrument) => instrument.symbol === symbol);
  return found?.instrumentId ?? null;
}
