/** An analysis of symbols as people read it. */
import { ABSENCE_REASONS } from '@rtp/core';
import type { AnalyzedSymbol, Suggestion, SymbolAnalysis } from './analysis.ts';
import type { QualityField } from './live-quality.ts';

type Column = readonly [title: string, cell: (of: AnalyzedSymbol) => string];

const RUPEES_PER_LAKH = 1e5;
const NOTHING = '-';

const number = (value: number | null, decimals: number): string => (value === null ? NOTHING : value.toFixed(decimals));

/** Mean over the live sources, by what each was compared in. */
function mean({ liveQuality }: AnalyzedSymbol, field: QualityField): number | null {
  const compared = liveQuality.reduce((sum, of) => sum + of.compared, 0);
  if (compared === 0) return null;
  return liveQuality.reduce((sum, of) => sum + (of[field].mean ?? 0) * of.compared, 0) / compared;
}

const reasons = ({ byReason }: AnalyzedSymbol): string =>
  ABSENCE_REASONS.flatMap((reason) => (byReason[reason] === undefined ? [] : [`${reason} ${byReason[reason]}`])).join(
    ', ',
  );

const COLUMNS: readonly Column[] = [
  ['symbol', ({ symbol, isPriority }) => (isPriority ? `${symbol}*` : symbol)],
  ['coverage %', ({ coveragePercent }) => number(coveragePercent, 2)],
  ['owed', ({ unknown }) => String(unknown)],
  ['corrected %', ({ correctionsPer100 }) => number(correctionsPer100, 2)],
  ['close bp', (of) => number(mean(of, 'close'), 2)],
  ['high bp', (of) => number(mean(of, 'high'), 2)],
  ['low bp', (of) => number(mean(of, 'low'), 2)],
  ['volume %', (of) => number(mean(of, 'volume'), 2)],
  ['median volume', ({ liquidity }) => number(liquidity.medianVolume, 0)],
  ['median ₹ lakh', ({ liquidity }) => number(scaled(liquidity.medianTurnover), 2)],
  ['traded %', ({ liquidity }) => number(percent(liquidity.tradedShare), 1)],
  ['minutes without a bar', reasons],
];

const scaled = (rupees: number | null): number | null => (rupees === null ? null : rupees / RUPEES_PER_LAKH);
const percent = (share: number | null): number | null => (share === null ? null : share * 100);

/** The table, worst first, and what it suggests. */
export function analysisLines(analysis: SymbolAnalysis): readonly string[] {
  const { from, to, days, symbols, drop, promote } = analysis;
  const range = from === to ? from : `${from} to ${to}`;
  return [
    `${symbols.length} ${plural(symbols.length, 'symbol')}, ${days} stored ${plural(days, 'day')}: ${range}. Worst first; * is a priority symbol.`,
    '',
    ...aligned([COLUMNS.map(([title]) => title), ...symbols.map((of) => COLUMNS.map(([, cell]) => cell(of)))]),
    '',
    ...suggestions('Drop from the universe', drop),
    ...suggestions('Add to pipeline.priority_symbols', promote),
  ];
}

const plural = (count: number, word: string): string => (count === 1 ? word : `${word}s`);

function suggestions(title: string, of: readonly Suggestion[]): readonly string[] {
  if (of.length === 0) return [`${title}: nothing to suggest.`];
  return [`${title}:`, ...of.map(({ symbol, reason }) => `  ${symbol}  ${reason}`)];
}

/** Numbers to the right, the first and the last column to the left. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const isWord = column === 0 || column === COLUMNS.length - 1;
        return isWord ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
      })
      .join('  ')
      .trimEnd(),
  );
}
