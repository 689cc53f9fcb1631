import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '@rtp/core';
import { parse } from 'csv-parse/sync';
import { INDICES, type UniverseRow } from './prepared-day.ts';

/** First broker id given to a symbol that the universe lacks. */
export const FIRST_SYNTHETIC_ID = 9_000_000;
const COLUMNS = ['symbol', 'security_id', 'isin', 'name', 'industry'] as const;

/** The project's universe by symbol; empty where the file does not exist. */
export function readUniverse(file: string = join(projectRoot, 'config/universe.csv')): Map<string, UniverseRow> {
  const rows = new Map<string, UniverseRow>();
  if (!existsSync(file)) return rows;
  const records = parse(readFileSync(file), { bom: true, columns: true, trim: true }) as Record<string, string>[];
  for (const record of records) {
    const { symbol = '', security_id: securityId = '', isin = '', name = '', industry = '' } = record;
    rows.set(symbol, { symbol, securityId, isin, name, industry });
  }
  return rows;
}

/** Broker id, ISIN and name of every share among `symbols`, sorted by symbol; indices are left out. */
export function identify(symbols: Iterable<string>, universe: ReadonlyMap<string, UniverseRow>): UniverseRow[] {
  const shares = [...symbols].filter((symbol) => !INDICES.has(symbol)).sort();
  const usedIsins = new Set([...universe.values()].map((row) => row.isin));
  let nextId = FIRST_SYNTHETIC_ID;
  return shares.map((symbol) => {
    const known = universe.get(symbol);
    if (known !== undefined) return known;
    const isin = syntheticIsin(symbol, usedIsins);
    usedIsins.add(isin);
    const securityId = String(nextId);
    nextId += 1;
    return { symbol, securityId, isin, name: `${symbol} Ltd.`, industry: 'Unclassified' };
  });
}

/** `universe.csv` text. */
export function universeCsv(rows: readonly UniverseRow[]): string {
  const lines = rows.map((row) => [row.symbol, row.securityId, row.isin, row.name, row.industry].map(quoted).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** An ISIN in a range of its own, from the symbol alone; another try where two symbols meet. */
function syntheticIsin(symbol: string, used: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256').update(`${symbol}/${attempt}`).digest();
    const body = `INE9${(digest.readUInt32BE() % 36 ** 5).toString(36).toUpperCase().padStart(5, '0')}01`;
    const isin = body + isinCheckDigit(body);
    if (!used.has(isin)) return isin;
  }
}

/** Luhn's check digit over the letters written as numbers (ISO 6166). */
function isinCheckDigit(body: string): string {
  const digits = [...body].map((character) => Number.parseInt(character, 36)).join('');
  let sum = 0;
  for (const [index, character] of [...digits].reverse().entries()) {
    const digit = Number(character) * (index % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return String((10 - (sum % 10)) % 10);
}
