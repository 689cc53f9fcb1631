import type { InstrumentClass, InstrumentListing } from '@rtp/core';
import type { MasterRow } from '@rtp/dhan';
import { differencesFrom } from './listing-changes.ts';
import type { UniverseRow } from './universe-file.ts';

/** Series of main-board shares, most liquid first: a share that has moved is followed (wire §8). */
const SERIES_ORDER = ['EQ', 'BE', 'BZ'];

export interface JoinInput {
  readonly rows: readonly UniverseRow[];
  readonly indexSymbols: readonly string[];
  readonly prioritySymbols: readonly string[];
  readonly master: readonly MasterRow[];
  /** Whether a share is in the closing auction on the day. */
  isClosingAuctionShare(symbol: string): boolean;
}

export interface JoinResult {
  /** Priority symbols first, in their order; then indices; then the universe's order. */
  readonly listings: readonly InstrumentListing[];
  /** Listings that are priority symbols: the first of them. */
  readonly priorityCount: number;
  /** What the owner should know: missing, renamed and moved symbols. */
  readonly warnings: readonly string[];
}

/** Joins the wanted symbols to the day's scrip master: by ISIN, else by symbol; index symbols by name. Pure. */
export function joinMaster(input: JoinInput): JoinResult {
  const warnings: string[] = [];
  const byIsin = groupBy(input.master, (row) => (row.instrument === 'EQUITY' ? row.isin : ''));
  const bySymbol = groupBy(input.master, (row) => (row.instrument === 'EQUITY' ? row.symbol : ''));
  const indices = groupBy(input.master, (row) => (row.instrument === 'INDEX' ? row.symbol : ''));
  const listings = new Map<string, InstrumentListing>();
  const add = (row: MasterRow, instrumentClass: InstrumentClass): void => {
    listings.set(`${row.segment}:${row.securityId}`, {
      segment: row.segment as InstrumentListing['segment'],
      securityId: row.securityId,
      symbol: row.symbol,
      isin: row.isin,
      series: row.series,
      class: instrumentClass,
      tickPaise: row.tickPaise,
    });
  };

  for (const symbol of input.indexSymbols) {
    const row = indices.get(symbol)?.[0];
    if (row === undefined) warnings.push(`index ${symbol} is not in the scrip master and is not tracked`);
    else add(row, 'index');
  }
  for (const wanted of input.rows) {
    const row =
      bestSeries(wanted.isin === '' ? undefined : byIsin.get(wanted.isin)) ?? bestSeries(bySymbol.get(wanted.symbol));
    if (row === undefined) {
      warnings.push(`${wanted.symbol} is not in the scrip master and is not tracked`);
      continue;
    }
    warnings.push(...differencesFrom(wanted, row));
    add(row, input.isClosingAuctionShare(row.symbol) ? 'cas_share' : 'share');
  }
  return { ...inPriorityOrder([...listings.values()], input.prioritySymbols, warnings), warnings };
}

function inPriorityOrder(
  listings: readonly InstrumentListing[],
  prioritySymbols: readonly string[],
  warnings: string[],
): { listings: readonly InstrumentListing[]; priorityCount: number } {
  const bySymbol = new Map(listings.map((listing) => [listing.symbol, listing]));
  const first: InstrumentListing[] = [];
  const absent: string[] = [];
  for (const symbol of new Set(prioritySymbols)) {
    const listing = bySymbol.get(symbol);
    if (listing === undefined) absent.push(symbol);
    else first.push(listing);
  }
  if (absent.length > 0) warnings.push(`priority symbols outside the universe: ${absent.join(', ')}`);
  const chosen = new Set(first);
  return { listings: [...first, ...listings.filter((listing) => !chosen.has(listing))], priorityCount: first.length };
}

function bestSeries(rows: readonly MasterRow[] | undefined): MasterRow | undefined {
  return rows?.toSorted((a, b) => rankOf(a.series) - rankOf(b.series))[0];
}

function rankOf(series: string): number {
  const rank = SERIES_ORDER.indexOf(series);
  return rank < 0 ? SERIES_ORDER.length : rank;
}

function groupBy(rows: readonly MasterRow[], keyOf: (row: MasterRow) => string): Map<string, MasterRow[]> {
  const groups = new Map<string, MasterRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === '') continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
