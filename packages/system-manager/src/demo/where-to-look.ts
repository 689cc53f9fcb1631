import { relative } from 'node:path';
import { sampleSymbol } from '../source/sample-symbol.ts';
import type { RunningSystem } from '../system/start-options.ts';

/** Places where the running demo can be looked at, a line each. */
export function whereToLook(system: Pick<RunningSystem, 'urls' | 'paths' | 'day' | 'config'>): readonly string[] {
  const { dataApi, controlApi } = system.urls;
  const date = system.day?.date ?? '';
  const symbol = encodeURIComponent(sampleSymbol(system.config));
  return [
    'Look while it runs:',
    `  curl '${dataApi}/data/${symbol}?timeframe=5T&start_date=${date}'`,
    `  curl '${dataApi}/coverage?date=${date}'`,
    `  curl '${controlApi}/status'`,
    `  any DuckDB client, read-only: ${shown(system.paths.catalogueFile)}`,
    '    SELECT * FROM bars ORDER BY ts DESC LIMIT 5;',
    `  logs: ${shown(system.paths.logsDir)}`,
  ];
}

/** A path as it can be typed here: relative when it lies below the working directory. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
