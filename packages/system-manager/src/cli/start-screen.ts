import { type DataPaths, type RtpConfig, tradingDateOf } from '@rtp/core';
import { sampleSymbol } from '../source/sample-symbol.ts';
import type { RunningSystem } from '../system/start-options.ts';
import { shellQuote } from './shell-quote.ts';

/** What runs, in one phrase. */
export function describeSystem({ day, clock }: Pick<RunningSystem, 'day' | 'clock'>): string {
  if (day === null) return 'market data from the broker.';
  return `the ${day.kind} day ${day.date} (${day.symbols} shares) from the simulated exchange, speed ${clock.speed}.`;
}

/** Addresses and things to try, a line each. */
export function whereToLook(
  system: Pick<RunningSystem, 'urls' | 'paths' | 'clock'> & { readonly config: Pick<RtpConfig, 'pipeline'> },
): readonly string[] {
  const { urls, paths, clock, config } = system;
  const symbol = sampleSymbol(config);
  const date = tradingDateOf(clock.now());
  return [
    `  data API     ${urls.dataApi}/data/${encodeURIComponent(symbol)}?timeframe=5T&start_date=${date}`,
    `  control API  ${urls.controlApi}/status`,
    `  DuckDB       ${paths.catalogueFile}  (open it read-only, any time)`,
    `  logs         ${paths.logsDir}`,
    `  try          ${commandOn(paths, 'status')}`,
    `               ${commandOn(paths, `data ${shellQuote(symbol)} --date ${date}`)}`,
  ];
}

/** A command line about this data directory, to be pasted into a shell. */
export function commandOn(paths: DataPaths, command: string): string {
  return `rtp ${command} --data-dir ${shellQuote(paths.dataDir)}`;
}
