import { editDistance, type TradingDate } from '@rtp/core';
import { storeClientErrors } from '../errors.ts';
import type { SymbolInfo } from '../market-data.ts';
import type { QueryRunner } from './query-runner.ts';

const NEAR_MATCHES = 3;
const DAYS_NAMED = 5;

/** Every symbol ever stored, ascending, by its newest listing. */
export async function querySymbols(run: QueryRunner): Promise<readonly SymbolInfo[]> {
  const rows = await run.rows(`
    SELECT arg_max(symbol, valid_from), instrument_id::DOUBLE, arg_max(segment, valid_from),
      arg_max(class, valid_from), arg_max(isin, valid_from), strftime(min(tracked_from), '%Y-%m-%d')
    FROM instruments GROUP BY instrument_id ORDER BY 1`);
  return rows.map(([symbol, instrumentId, segment, instrumentClass, isin, trackedFrom]) => {
    return { symbol, instrumentId, segment, class: instrumentClass, isin, trackedFrom } as SymbolInfo;
  });
}

/** Dates anything is stored for, ascending. */
export async function queryDates(run: QueryRunner): Promise<readonly TradingDate[]> {
  const rows = await run.rows(`SELECT strftime(date, '%Y-%m-%d') FROM days ORDER BY date`);
  return rows.map(([date]) => date as TradingDate);
}

/** The symbol's entry; capitals do not matter. Errors: RTP_SYMBOL_UNKNOWN with near matches. */
export function findSymbol(symbols: readonly SymbolInfo[], wanted: string): SymbolInfo {
  const name = wanted.toUpperCase();
  const found = symbols.find((info) => info.symbol === name);
  if (found !== undefined) return found;
  const near = nearMatches(
    name,
    symbols.map((info) => info.symbol),
  );
  const hint = near.length === 0 ? `${symbols.length} symbols are stored` : `did you mean ${near.join(', ')}?`;
  throw storeClientErrors.create('RTP_SYMBOL_UNKNOWN', `"${wanted}" is not a stored symbol: ${hint}`);
}

/** Errors: RTP_DAY_UNKNOWN when no stored day lies within `from` to `to`. */
export function requireDays(dates: readonly TradingDate[], from: TradingDate, to: TradingDate): void {
  if (dates.some((date) => from <= date && date <= to)) return;
  const asked = from === to ? from : `${from} to ${to}`;
  throw storeClientErrors.create('RTP_DAY_UNKNOWN', `Nothing is stored for ${asked}; ${describeDays(dates)}.`);
}

/** Which days exist, in a few words. */
export function describeDays(dates: readonly TradingDate[]): string {
  if (dates.length === 0) return 'no day is stored yet';
  if (dates.length <= DAYS_NAMED) return `stored: ${dates.join(', ')}`;
  return `${dates.length} days are stored, from ${dates[0]} to ${dates.at(-1)}, the newest ${dates.slice(-3).join(', ')}`;
}

function nearMatches(name: string, symbols: readonly string[]): readonly string[] {
  const reach = Math.max(2, Math.floor(name.length / 3));
  return symbols
    .map((symbol) => ({ symbol, distance: symbol.startsWith(name) ? 1 : editDistance(name, symbol) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEAR_MATCHES)
    .map(({ symbol }) => symbol);
}
