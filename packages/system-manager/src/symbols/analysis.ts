/** The judgement of symbols: which are worst, which to drop, which to serve first. A pure function of the facts. */
import type { TradingDate } from '@rtp/core';
import type { SymbolFacts } from './symbol-facts.ts';

/** The shape of `rtp symbols analyze --json`. */
export const ANALYSIS_VERSION = 1;

export interface Suggestion {
  readonly symbol: string;
  readonly reason: string;
}

export interface AnalyzedSymbol extends SymbolFacts {
  /** Minutes with a bar or settled by a reason, percent of those that are over; null when none is. */
  readonly coveragePercent: number | null;
  /** Superseded revisions for every 100 bars; null without bars. */
  readonly correctionsPer100: number | null;
  readonly isPriority: boolean;
}

export interface SymbolAnalysis {
  readonly version: typeof ANALYSIS_VERSION;
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Stored days in that range. */
  readonly days: number;
  /** Worst first. */
  readonly symbols: readonly AnalyzedSymbol[];
  readonly drop: readonly Suggestion[];
  readonly promote: readonly Suggestion[];
}

export interface AnalysisOptions {
  readonly prioritySymbols: readonly string[];
  /** Less than this share of minutes with trades is thin, percent. */
  readonly thinPercent: number;
}

const MAX_PROMOTIONS = 5;
const RUPEES_PER_CRORE = 1e7;

export function analyzeSymbols(
  facts: readonly SymbolFacts[],
  dates: readonly TradingDate[],
  { prioritySymbols, thinPercent }: AnalysisOptions,
): SymbolAnalysis {
  const symbols = facts.map((of) => measured(of, prioritySymbols.includes(of.symbol))).toSorted(worstFirst);
  const drop = symbols.flatMap((of) => reasonToDrop(of, thinPercent) ?? []);
  const dropped = new Set(drop.map(({ symbol }) => symbol));
  return {
    version: ANALYSIS_VERSION,
    from: dates[0] ?? '',
    to: dates.at(-1) ?? '',
    days: dates.length,
    symbols,
    drop,
    promote: promotions(symbols.filter(({ symbol }) => !dropped.has(symbol))),
  };
}

function measured(facts: SymbolFacts, isPriority: boolean): AnalyzedSymbol {
  const over = facts.expected - facts.pending;
  return {
    ...facts,
    coveragePercent: over === 0 ? null : (100 * (over - facts.unknown)) / over,
    correctionsPer100: facts.bars === 0 ? null : (100 * facts.corrections) / facts.bars,
    isPriority,
  };
}

/** By what is missing, then by what had to be corrected, then by how far live bars were off. */
function worstFirst(a: AnalyzedSymbol, b: AnalyzedSymbol): number {
  return (
    (a.coveragePercent ?? -1) - (b.coveragePercent ?? -1) ||
    (b.correctionsPer100 ?? 0) - (a.correctionsPer100 ?? 0) ||
    worstClose(b) - worstClose(a) ||
    (a.symbol < b.symbol ? -1 : 1)
  );
}

const worstClose = ({ liveQuality }: SymbolFacts): number =>
  Math.max(0, ...liveQuality.map(({ close }) => close.mean ?? 0));

function reasonToDrop(of: AnalyzedSymbol, thinPercent: number): Suggestion | null {
  const { symbol, notListedSince, liquidity } = of;
  if (notListedSince !== null) return { symbol, reason: `not listed since ${notListedSince}` };
  const { tradedShare } = liquidity;
  if (tradedShare === null || tradedShare * 100 >= thinPercent) return null;
  return {
    symbol,
    reason: `thin: trades in ${(tradedShare * 100).toFixed(1)} % of its minutes, less than ${thinPercent} %`,
  };
}

/** Shares that trade more than the least traded of those served first; the most traded ones when there are none of these. */
function promotions(symbols: readonly AnalyzedSymbol[]): readonly Suggestion[] {
  const traded = symbols
    .flatMap(({ symbol, isPriority, liquidity }) => {
      const { turnoverPerDay } = liquidity;
      return turnoverPerDay === null ? [] : [{ symbol, isPriority, turnoverPerDay }];
    })
    .sort((a, b) => b.turnoverPerDay - a.turnoverPerDay || (a.symbol < b.symbol ? -1 : 1));
  const least = traded.findLast(({ isPriority }) => isPriority);
  return traded
    .filter(({ isPriority, turnoverPerDay }) => !isPriority && turnoverPerDay > (least?.turnoverPerDay ?? 0))
    .slice(0, MAX_PROMOTIONS)
    .map(({ symbol, turnoverPerDay }) => {
      const more =
        least === undefined
          ? 'among the most traded; no priority symbol is'
          : `more than the ${crores(least.turnoverPerDay)} of ${least.symbol}, a priority symbol`;
      return { symbol, reason: `${crores(turnoverPerDay)} a day, ${more}` };
    });
}

/** Rupees in crores, as turnover is given in India. */
export const crores = (rupees: number): string => `₹${(rupees / RUPEES_PER_CRORE).toFixed(2)} crore`;
