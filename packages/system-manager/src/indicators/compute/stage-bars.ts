/**
 * Brings the bars of a file into a scratch database: checked, by symbol and time. The engine parses; nothing of the
 * file is held in this process.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { describeError, type EpochMs, istIso, nearestOf, RtpError } from '@rtp/core';
import { literal } from '@rtp/store-client';
import { managerErrors } from '../../errors.ts';
import { type BadRow, badRowsError, type FileRows, MAX_NAMED_ROWS } from './bad-rows.ts';
import { type BarColumn, findBarFields } from './bar-fields.ts';
import { csvHeader, formatOf, unreadable } from './bars-file.ts';
import { type BarsSource, checkedRows, sourceColumns, timeKindOf } from './source-sql.ts';

/** Bars that are ready to be read from `table`: `ts, open, high, low, close` and, where the file has them, more. */
export interface StagedBars {
  readonly table: string;
  readonly columns: ReadonlySet<BarColumn>;
  /** Series in the order of the table. */
  readonly series: readonly { readonly symbol: string; readonly rows: number }[];
  /** Columns of the file that were not used. */
  readonly ignored: readonly string[];
  /** Rows of a series did not follow each other in time. */
  readonly wasSorted: boolean;
}

/**
 * Reads and checks the whole file. `onlySymbol` leaves all other series out.
 * Errors: RTP_OHLCV_FILE_UNREADABLE, RTP_OHLCV_FILE_INVALID with the first bad rows.
 */
export async function stageBars(
  connection: DuckDBConnection,
  file: string,
  onlySymbol: string | null,
): Promise<StagedBars> {
  const run = async (sql: string): Promise<unknown[][]> =>
    (await connection.runAndReadAll(sql)).getRows() as unknown[][];
  try {
    const { source, ignored, rows } = await openSource(run, file);
    await createStaged(run, source, rows, onlySymbol);
    const series = await seriesOf(run, file, source, onlySymbol);
    const { table, wasSorted } = await sortStaged(run, rows);
    return { table, columns: new Set(Object.keys(source.columns) as BarColumn[]), series, ignored, wasSorted };
  } catch (error) {
    if (error instanceof RtpError) throw error;
    throw unreadable(file, `cannot be read to its end: ${describeError(error).split('\n', 1)[0]}`, undefined);
  }
}

type Run = (sql: string) => Promise<unknown[][]>;

interface OpenSource {
  readonly source: BarsSource;
  readonly ignored: readonly string[];
  readonly rows: FileRows;
}

async function openSource(run: Run, file: string): Promise<OpenSource> {
  const format = await formatOf(file);
  if (format === 'parquet') {
    const relation = `read_parquet(${literal(file)}, file_row_number = true)`;
    const described = (await run(`DESCRIBE SELECT * FROM read_parquet(${literal(file)})`)) as [string, string][];
    const fields = findBarFields(
      file,
      described.map(([name]) => name),
    );
    const columns = described.map(([name, type]) => ({ name, type, sql: `"${name.replaceAll('"', '""')}"` }));
    const source = {
      file,
      relation: `(SELECT file_row_number + 1 AS row, * FROM ${relation})`,
      columns: sourceColumns(file, fields, columns),
    };
    return { source, ignored: fields.ignored, rows: { file, format, refused: [] } };
  }
  const header = await csvHeader(file, format);
  const fields = findBarFields(file, header);
  const columns = header.map((name, position) => ({ name, type: 'VARCHAR', sql: `c${position}` }));
  const types = columns.map(({ sql }) => `${literal(sql)}: 'VARCHAR'`).join(', ');
  const read = `read_csv(${literal(file)}, columns = {${types}}, auto_detect = false, header = true, delim = ',',
    quote = '"', escape = '"', nullstr = '', parallel = false, store_rejects = true,
    compression = '${format === 'csv' ? 'none' : 'gzip'}')`;
  const source = {
    file,
    relation: `(SELECT row_number() OVER () AS row, * FROM ${read})`,
    columns: sourceColumns(file, fields, columns),
  };
  return { source, ignored: fields.ignored, rows: { file, format, refused: [] } };
}

async function createStaged(run: Run, source: BarsSource, rows: FileRows, onlySymbol: string | null): Promise<void> {
  const time = source.columns.time!;
  const isText = time.type === 'VARCHAR' || !/^(TIMESTAMP|DATE)/.test(time.type);
  const [first] = isText
    ? await run(`SELECT ${time.sql}::VARCHAR FROM ${source.relation} WHERE ${time.sql} IS NOT NULL LIMIT 1`)
    : [['']];
  const kind = isText ? (timeKindOf(String(first?.[0] ?? '')) ?? 'iso') : 'iso';
  await run(`CREATE TABLE staged AS ${checkedRows(source, kind, onlySymbol)}`);
  const refused = rows.format === 'parquet' ? [] : await refusedRows(run);
  const [[bad] = []] = await run('SELECT count(*)::DOUBLE FROM staged WHERE problem IS NOT NULL');
  const total = Number(bad) + refused.length;
  if (total === 0) return;
  const named = await run(`SELECT row::DOUBLE, problem FROM staged WHERE problem IS NOT NULL
    ORDER BY row LIMIT ${MAX_NAMED_ROWS}`);
  const badRows: readonly BadRow[] = named.map(([row, problem]) => ({ row: Number(row), problem: String(problem) }));
  throw await badRowsError({ ...rows, refused }, badRows, total);
}

/** What the engine could not take for a record: other numbers of fields, broken quotes or characters. */
async function refusedRows(run: Run): Promise<FileRows['refused']> {
  const found = await run(`SELECT DISTINCT ON (line_byte_position) line_byte_position::DOUBLE - 1, error_type,
      error_message FROM reject_errors WHERE scan_id = (SELECT max(scan_id) FROM reject_errors)
    ORDER BY line_byte_position, column_idx`);
  return found.map(([offset, type, message]) => ({
    offset: Number(offset),
    problem: String(type).endsWith('COLUMNS')
      ? String(message).replace(
          /^Expected Number of Columns: (\d+) Found: (\d+).*$/s,
          '$2 fields where the header has $1',
        )
      : String(message).split('\n', 1)[0]!,
  }));
}

async function seriesOf(
  run: Run,
  file: string,
  source: BarsSource,
  onlySymbol: string | null,
): Promise<StagedBars['series']> {
  const found = await run('SELECT symbol, count(*)::DOUBLE FROM staged GROUP BY symbol ORDER BY symbol');
  if (found.length > 0) return found.map(([symbol, rows]) => ({ symbol: String(symbol), rows: Number(rows) }));
  if (onlySymbol === null) {
    throw managerErrors.create('RTP_OHLCV_FILE_INVALID', `${file} has a header but no rows.`);
  }
  const known = await run(`SELECT DISTINCT trim(${source.columns.symbol!.sql}::VARCHAR) FROM ${source.relation}`);
  const near = nearestOf(
    onlySymbol,
    known.map(([symbol]) => String(symbol)),
  );
  const hint = near === null ? `it holds ${known.length} others` : `did you mean ${near}?`;
  throw managerErrors.create('RTP_OHLCV_FILE_INVALID', `${file} has no rows of ${onlySymbol}; ${hint}`);
}

/** Puts the rows in order of symbol and time, if they are not. Errors: a time twice. */
async function sortStaged(run: Run, rows: FileRows): Promise<{ table: string; wasSorted: boolean }> {
  const [[outOfOrder] = []] = await run(`SELECT count(*)::DOUBLE FROM (
    SELECT symbol, ts, lag(symbol) OVER () AS symbol_before, lag(ts) OVER () AS ts_before FROM staged)
    WHERE symbol_before > symbol OR (symbol_before = symbol AND ts_before >= ts)`);
  if (Number(outOfOrder) === 0) return { table: 'staged', wasSorted: false };
  await run('CREATE TABLE sorted AS SELECT * EXCLUDE (problem) FROM staged ORDER BY symbol, ts, row');
  await run('DROP TABLE staged');
  const before = `SELECT symbol, ts, row, lag(symbol) OVER () AS symbol_before, lag(ts) OVER () AS ts_before,
    lag(row) OVER () AS row_before FROM sorted`;
  const [[twice] = [], [behind] = []] = [
    ...(await run(`SELECT count(*)::DOUBLE FROM (${before}) WHERE symbol = symbol_before AND ts = ts_before`)),
    ...(await run(`SELECT count(*)::DOUBLE FROM (${before}) WHERE symbol = symbol_before AND row < row_before`)),
  ];
  if (Number(twice) > 0) {
    const named = await run(`SELECT row::DOUBLE, symbol, ts, row_before::DOUBLE FROM (${before})
      WHERE symbol = symbol_before AND ts = ts_before ORDER BY row LIMIT ${MAX_NAMED_ROWS}`);
    const bad = named.map(([row, symbol, ts, earlier]) => ({
      row: Number(row),
      problem: `time: ${[symbol, istIso(ts as EpochMs)].filter((part) => part !== '').join(' at ')} was there before`,
      earlier: Number(earlier),
    }));
    throw await badRowsError(rows, bad, Number(twice));
  }
  return { table: 'sorted', wasSorted: Number(behind) > 0 };
}
