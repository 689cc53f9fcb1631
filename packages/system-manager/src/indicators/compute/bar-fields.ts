import { nearestOf } from '@rtp/core';
import { managerErrors } from '../../errors.ts';

/** What a file of bars may hold, and the other names it may have there. Capitals and spaces around do not matter. */
const NAMES = {
  symbol: ['ticker'],
  time: ['timestamp', 'datetime', 'date', 'ts'],
  open: ['o'],
  high: ['h'],
  low: ['l'],
  close: ['c'],
  volume: ['v', 'vol'],
  bench: ['benchmark'],
} as const;
export type BarColumn = keyof typeof NAMES;

export const REQUIRED: readonly BarColumn[] = ['time', 'open', 'high', 'low', 'close'];
/** The columns of numbers. */
export const NUMBERS = ['open', 'high', 'low', 'close', 'volume', 'bench'] as const;

/** Where the columns stand in a file. */
export interface BarFields {
  /** Position of each column that the file has. */
  readonly at: Readonly<Partial<Record<BarColumn, number>>>;
  /** Names of the columns that mean nothing here. */
  readonly ignored: readonly string[];
}

/** Finds the columns of bars in a header. Errors: RTP_OHLCV_FILE_INVALID when one is missing or there twice. */
export function findBarFields(file: string, header: readonly string[]): BarFields {
  const names = header.map((name) => name.trim().toLowerCase());
  const at: Partial<Record<BarColumn, number>> = {};
  for (const column of Object.keys(NAMES) as BarColumn[]) {
    const found = positionsOf(column, names);
    if (found.length > 1) {
      const twice = found.map((position) => `"${header[position]?.trim()}"`).join(' and ');
      throw managerErrors.create('RTP_OHLCV_FILE_INVALID', `${file}: ${twice} could both be the ${column}.`);
    }
    if (found[0] !== undefined) at[column] = found[0];
  }
  const used = new Set(Object.values(at));
  const ignored = header.map((name) => name.trim()).filter((_, position) => !used.has(position));
  requireColumns(file, at, header, ignored);
  return { at, ignored };
}

/** Where `column` stands: by its own name, else by any of the others. */
function positionsOf(column: BarColumn, names: readonly string[]): readonly number[] {
  const named = (accepted: readonly string[]): readonly number[] =>
    names.flatMap((name, position) => (accepted.includes(name) ? [position] : []));
  const own = named([column]);
  return own.length > 0 ? own : named(NAMES[column]);
}

function requireColumns(
  file: string,
  at: BarFields['at'],
  header: readonly string[],
  ignored: readonly string[],
): void {
  const missing = REQUIRED.filter((column) => at[column] === undefined);
  if (missing.length === 0) return;
  const named = missing.map((column) => {
    const near = nearestOf(column, ignored);
    return near === null ? `"${column}"` : `"${column}" (is it "${near}"?)`;
  });
  throw managerErrors.create(
    'RTP_OHLCV_FILE_INVALID',
    `${file} has no column ${named.join(', ')}; its columns are ${header.map((name) => name.trim()).join(', ')}.`,
  );
}
