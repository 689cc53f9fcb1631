import type { TradingDate } from '@rtp/core';
import { connectCatalogue, findSymbol, queryDates, querySymbols, requireDays } from '@rtp/store-client';
import { managerErrors } from '../../errors.ts';
import { analyzeSymbols, type SymbolAnalysis } from '../../symbols/analysis.ts';
import { analysisLines } from '../../symbols/analysis-lines.ts';
import { readSymbolFacts } from '../../symbols/symbol-facts.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { progressLine } from '../progress-line.ts';
import { endWithReader } from '../reader-gone.ts';

export interface SymbolsAnalyzeOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
  readonly days?: number;
  readonly symbols?: readonly string[];
  readonly thin: number;
  readonly json?: boolean;
}

/** Days that are looked at when none are named. */
const USUAL_DAYS = 20;

/**
 * `rtp symbols analyze`: reads the catalogue, whether the system runs or not. Exit code 1 when there was not one expected
 * minute to judge by. Errors: RTP_DAY_UNKNOWN, RTP_SYMBOL_UNKNOWN, those of `connectCatalogue`.
 */
export async function symbolsAnalyzeCommand(options: SymbolsAnalyzeOptions): Promise<number> {
  endWithReader();
  const progress = progressLine(process.stderr);
  try {
    const analysis = await analyze(options, (done, total) => progress.show(done, total, 'days'));
    progress.end();
    if (options.json === true) process.stdout.write(`${JSON.stringify(analysis, null, 2)}\n`);
    else process.stdout.write(`${analysisLines(analysis).join('\n')}\n`);
    return analysis.symbols.some(({ coveragePercent }) => coveragePercent !== null) ? 0 : 1;
  } finally {
    progress.end();
  }
}

async function analyze(
  options: SymbolsAnalyzeOptions,
  onDay: (done: number, total: number) => void,
): Promise<SymbolAnalysis> {
  const { paths, config } = cliContext(options);
  const { run, marketNow, close } = await connectCatalogue(paths);
  try {
    const dates = chosenDates(await queryDates(run), options);
    const known = await querySymbols(run);
    const chosen = options.symbols?.map((symbol) => findSymbol(known, symbol)) ?? known;
    const facts = await readSymbolFacts(run, chosen, dates, await marketNow(), (done) => onDay(done, dates.length));
    const owed = options.symbols === undefined ? facts.filter(({ days }) => days > 0) : facts;
    const prioritySymbols = config.pipeline.priority_symbols;
    return analyzeSymbols(owed, dates, { prioritySymbols, thinPercent: options.thin });
  } finally {
    close();
  }
}

/** Stored days of the range asked for, else the newest ones. */
function chosenDates(stored: readonly TradingDate[], options: SymbolsAnalyzeOptions): readonly TradingDate[] {
  const { from = '0001-01-01', to = '9999-12-31', days } = options;
  if (from > to) throw managerErrors.create('RTP_USAGE', `--from ${from} lies after --to ${to}.`);
  requireDays(stored, from, to);
  if (options.from === undefined && options.to === undefined) return stored.slice(-(days ?? USUAL_DAYS));
  return stored.filter((date) => from <= date && date <= to);
}
