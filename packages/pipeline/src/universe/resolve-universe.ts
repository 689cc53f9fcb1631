import type { Instrument, InstrumentListing, Logger, RtpConfig, SessionCalendar, TradingDate } from '@rtp/core';
import { closingAuctionUnderlyings, type DhanClient } from '@rtp/dhan';
import type { StoreClient } from '@rtp/store-client';
import { pipelineErrors } from '../errors.ts';
import { closingAuctionOn } from './closing-auction.ts';
import { type JoinResult, joinMaster } from './join-master.ts';
import { differencesFrom } from './listing-changes.ts';
import { readUniverse, type UniverseRow } from './universe-file.ts';

/** The day's instruments in slot order: priority symbols first. */
export interface Universe {
  readonly instruments: readonly Instrument[];
  /** The first so many are priority symbols. */
  readonly priorityCount: number;
  /** What the owner should know: missing, renamed and moved symbols. */
  readonly warnings: readonly string[];
}

export interface UniverseDependencies {
  readonly config: RtpConfig;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly store: StoreClient;
  readonly client: DhanClient;
}

/**
 * Joins the configured universe to the day's scrip master and registers it with the store.
 * Errors: RTP_UNIVERSE_UNREADABLE, RTP_UNIVERSE_EMPTY, those of the broker and of the store.
 */
export async function registerUniverse(
  dependencies: UniverseDependencies,
  date: TradingDate,
  signal?: AbortSignal,
): Promise<Universe> {
  const joined = await listUniverse(dependencies, date, signal);
  for (const warning of joined.warnings) dependencies.logger.warn(warning);
  const registered = await dependencies.store.registerInstruments(date, joined.listings);
  const { priorityCount, warnings } = joined;
  return { instruments: inListingOrder(registered, joined.listings), priorityCount, warnings };
}

/**
 * The configured universe as the scrip master lists it; nothing is registered. Errors: RTP_UNIVERSE_UNREADABLE,
 * RTP_UNIVERSE_EMPTY, those of the broker, the signal's reason.
 */
export async function listUniverse(
  { config, calendar, client }: Pick<UniverseDependencies, 'config' | 'calendar' | 'client'>,
  date: TradingDate,
  signal?: AbortSignal,
): Promise<JoinResult> {
  const rows = readUniverse(config.pipeline.universe_file);
  const master = await client.scripMaster(signal);
  const joined = joinMaster({
    rows,
    indexSymbols: config.pipeline.index_symbols,
    prioritySymbols: config.pipeline.priority_symbols,
    master,
    isClosingAuctionShare: closingAuctionOn(date, closingAuctionUnderlyings(master, date), calendar),
  });
  if (joined.listings.length > 0) return joined;
  throw pipelineErrors.create(
    'RTP_UNIVERSE_EMPTY',
    `No symbol of ${config.pipeline.universe_file} is listed on ${date}.`,
  );
}

/**
 * The universe as the store knows it, without the broker: for a restart within the day. Null when a wanted symbol is
 * not there, because only the scrip master can say why.
 */
export async function knownUniverse(
  dependencies: Pick<UniverseDependencies, 'config' | 'store'>,
  date: TradingDate,
  options: { readonly allowMissing: boolean },
): Promise<Universe | null> {
  const { config, store } = dependencies;
  const known = await store.instruments(date);
  const rows = readUniverse(config.pipeline.universe_file);
  const indices = config.pipeline.index_symbols.map((symbol) => known.find(indexMatcher(symbol)));
  const shares = rows.map((row) => known.find(shareMatcher(row)));
  const found = [...indices, ...shares];
  const instruments = [...new Set(found.filter((instrument) => instrument !== undefined))];
  if (instruments.length === 0 || (!options.allowMissing && found.includes(undefined))) return null;
  const rank = new Map(config.pipeline.priority_symbols.map((symbol, position) => [symbol, position]));
  const first = instruments
    .filter((instrument) => rank.has(instrument.symbol))
    .toSorted((a, b) => (rank.get(a.symbol) as number) - (rank.get(b.symbol) as number));
  return {
    instruments: [...first, ...instruments.filter((instrument) => !rank.has(instrument.symbol))],
    priorityCount: first.length,
    warnings: rows.flatMap((row, position) => {
      const share = shares[position];
      return share === undefined ? [`${row.symbol} is not among the known instruments`] : differencesFrom(row, share);
    }),
  };
}

const indexMatcher = (symbol: string) => (instrument: Instrument) =>
  instrument.class === 'index' && instrument.symbol === symbol;

const shareMatcher = (row: UniverseRow) => (instrument: Instrument) =>
  instrument.class !== 'index' && (row.isin === '' ? instrument.symbol === row.symbol : instrument.isin === row.isin);

/** The store answers in an order of its own; slots follow the listings. */
function inListingOrder(instruments: readonly Instrument[], listings: readonly InstrumentListing[]): Instrument[] {
  const byKey = new Map(instruments.map((instrument) => [keyOf(instrument), instrument]));
  return listings.map((listing) => byKey.get(keyOf(listing))).filter((instrument) => instrument !== undefined);
}

const keyOf = (listing: InstrumentListing): string => `${listing.segment}:${listing.securityId}`;
