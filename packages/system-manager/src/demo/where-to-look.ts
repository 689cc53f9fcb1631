import { existsSync, readFileSync } from 'node:fs';
import type { RunningSystem } from '../system/start-options.ts';

/** Places where the running demo can be looked at, a line each. */
export function whereToLook(system: Pick<RunningSystem, 'urls' | 'paths' | 'day'>): readonly string[] {
  const { dataApi, controlApi } = system.urls;
  const date = system.day?.date ?? '';
  const symbol = sampleSymbol(system.day?.universeFile ?? '');
  return [
    'Look while it runs:',
    `  curl '${dataApi}/data/${symbol}?timeframe=5T&start_date=${date}'`,
    `  curl '${dataApi}/coverage?date=${date}'`,
    `  curl '${controlApi}/status'`,
    `  any DuckDB client, read-only: ${system.paths.catalogueFile}`,
    '    SELECT * FROM bars ORDER BY ts DESC LIMIT 5;',
    `  logs: ${system.paths.logsDir}`,
  ];
}

/** A symbol of the day that most people know, else its first. */
function sampleSymbol(universeFile: string): string {
  if (!existsSync(universeFile)) return 'INFY';
  const [, ...rows] = readFileSync(universeFile, 'utf8').trim().split('\n');
  const symbols = rows.map((row) => row.split(',')[0] ?? '');
  return symbols.includes('INFY') ? 'INFY' : (symbols[0] ?? 'INFY');
}
