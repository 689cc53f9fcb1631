import { managerErrors } from '../../errors.ts';
import type { FileFormat } from './bars-file.ts';
import { findLines } from './csv-lines.ts';

/** A row that is no bar. */
export interface BadRow {
  /** Its number among the rows that were read, from 1. */
  readonly row: number;
  /** `column: what is wrong`. */
  readonly problem: string;
  /** The row that it collides with. */
  readonly earlier?: number;
}

export interface FileRows {
  readonly file: string;
  readonly format: FileFormat;
  /** Records that could not be read at all, by the offset of their first byte, ascending. */
  readonly refused: readonly { readonly offset: number; readonly problem: string }[];
}

/** Rows named in an error. */
export const MAX_NAMED_ROWS = 10;

/** The error that names the first bad rows of a file: by line in CSV, by row in Parquet. */
export async function badRowsError(rows: FileRows, bad: readonly BadRow[], total: number): Promise<Error> {
  const { file, format, refused } = rows;
  const places = format === 'parquet' ? parquetPlaces(bad) : await csvPlaces(file, format, refused, bad);
  const named = [...places].sort((a, b) => a.at - b.at).slice(0, MAX_NAMED_ROWS);
  const head = total === 1 ? 'a row is no bar' : `${total} rows are no bars`;
  const more = total > named.length ? [`  and ${total - named.length} more`] : [];
  const lines = named.map(({ text }) => `  ${text}`);
  return managerErrors.create('RTP_OHLCV_FILE_INVALID', [`${file}: ${head}.`, ...lines, ...more].join('\n'));
}

interface Place {
  readonly at: number;
  readonly text: string;
}

const parquetPlaces = (bad: readonly BadRow[]): readonly Place[] =>
  bad.map(({ row, problem, earlier }) => ({
    at: row,
    text: `row ${row}, ${problem}${earlier === undefined ? '' : `, in row ${earlier}`}`,
  }));

async function csvPlaces(
  file: string,
  format: 'csv' | 'csv.gz',
  refused: FileRows['refused'],
  bad: readonly BadRow[],
): Promise<readonly Place[]> {
  const wanted = new Set(bad.flatMap(({ row, earlier }) => (earlier === undefined ? [row] : [row, earlier])));
  const { byRecord, byOffset } = await findLines(file, format, wanted, new Set(refused.map(({ offset }) => offset)));
  const line = (row: number): number => byRecord.get(row) ?? Number.NaN;
  return [
    ...bad.map(({ row, problem, earlier }) => ({
      at: line(row),
      text: `line ${line(row)}, ${problem}${earlier === undefined ? '' : `, in line ${line(earlier)}`}`,
    })),
    ...refused.map(({ offset, problem }) => {
      const at = byOffset.get(offset) ?? Number.NaN;
      return { at, text: `line ${at}: ${problem}` };
    }),
  ];
}
