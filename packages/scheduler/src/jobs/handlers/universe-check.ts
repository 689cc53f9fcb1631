import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeError, type PipelineReport, projectRoot, type TradingDate } from '@rtp/core';
import type { JobOutcome } from '../job-runner.ts';
import { csvRows } from './csv-rows.ts';

/** Warnings and symbols named in full. */
const MAX_NAMED = 5;

export interface UniverseCheckInputs {
  readonly date: TradingDate;
  /** `pipeline.universe_file`, relative to the project's folder. */
  readonly universeFile: string;
  /** The report of the pipeline that runs; null when none does. */
  readonly report: Pick<PipelineReport, 'tradingDate' | 'symbols' | 'universeWarnings'> | null;
}

/** What is wrong with the universe: in the file itself, and by the day's scrip master as the pipeline has read it. */
export function checkUniverse({ date, universeFile, report }: UniverseCheckInputs): JobOutcome {
  const path = resolve(projectRoot, universeFile);
  let symbols: readonly string[];
  try {
    symbols = symbolsOf(readFileSync(path, 'utf8'));
  } catch (error) {
    return failed(`${path} cannot be read: ${describeError(error)}.`);
  }
  if (symbols.length === 0) return failed(`${path} names no symbol.`);
  const twice = [...new Set(symbols.filter((symbol, index) => symbols.indexOf(symbol) !== index))];
  const problems = twice.length === 0 ? [] : [`${path} names twice: ${listed(twice, ', ')}`];
  const isPrepared = report?.tradingDate === date && report.symbols > 0;
  if (!isPrepared) {
    problems.push(`the pipeline has not compared it with the scrip master of ${date}`);
    return failed(`${capital(problems.join('; '))}.`);
  }
  const { universeWarnings } = report;
  if (universeWarnings.length > 0) problems.push(listed(universeWarnings, '; '));
  if (problems.length > 0) return { result: 'warning', text: `${capital(problems.join('; '))}.` };
  return { result: 'ok', text: `${symbols.length} symbols in the file, ${report.symbols} tracked, none missing.` };
}

const failed = (text: string): JobOutcome => ({ result: 'failed', text });

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function listed(items: readonly string[], separator: string): string {
  const more = items.length - MAX_NAMED;
  return items.slice(0, MAX_NAMED).join(separator) + (more > 0 ? `${separator}and ${more} more` : '');
}

/** Throws for a file without a column `symbol`. */
function symbolsOf(text: string): string[] {
  const [header = [], ...rows] = csvRows(text);
  const column = header.findIndex((name) => name.trim() === 'symbol');
  if (column < 0) throw new Error('it has no column "symbol"');
  return rows.map((row) => (row[column] ?? '').trim()).filter((symbol) => symbol !== '');
}
