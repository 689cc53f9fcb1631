/** A file of bars as a relation of SQL: `row`, `symbol`, `ts` (epoch ms), the numbers, and what is wrong with a row. */
import { IST_OFFSET_MS } from '@rtp/core';
import { literal } from '@rtp/store-client';
import { managerErrors } from '../../errors.ts';
import { type BarColumn, type BarFields, NUMBERS } from './bar-fields.ts';

/** A column of the file: how SQL names it, and its type. */
export interface SourceColumn {
  readonly sql: string;
  readonly type: string;
}

export interface BarsSource {
  readonly file: string;
  /** `FROM` of the file's rows, with a number `row` from 1. */
  readonly relation: string;
  readonly columns: Readonly<Partial<Record<BarColumn, SourceColumn>>>;
}

/** How times are written in a file. */
export type TimeKind = 'iso' | keyof typeof EPOCHS;

/** Milliseconds of one unit of an epoch. The digits tell units apart for every instant from 1973 to 5138. */
const EPOCHS = { seconds: 1_000, milliseconds: 1, microseconds: 1e-3, nanoseconds: 1e-6 } as const;
const EARLIEST_MS = 1e11;
const LATEST_MS = 1e14;

const ISO = String.raw`^\s*(\d{4}-\d{2}-\d{2}(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)?)\s*(Z|[+-]\d{2}:?(?:\d{2})?)?\s*$`;
const NUMERIC = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL.*|DOUBLE|FLOAT)$/;

/** The columns of a file with the types it gives them. Errors: RTP_OHLCV_FILE_INVALID for a type that cannot be meant. */
export function sourceColumns(
  file: string,
  { at }: BarFields,
  columns: readonly { readonly name: string; readonly sql: string; readonly type: string }[],
): BarsSource['columns'] {
  const found: Partial<Record<BarColumn, SourceColumn>> = {};
  for (const [column, position] of Object.entries(at) as [BarColumn, number][]) {
    const { name, sql, type } = columns[position]!;
    const isTime = type.startsWith('TIMESTAMP') || type === 'DATE';
    const isAccepted =
      type === 'VARCHAR' ||
      (column === 'time' ? isTime || NUMERIC.test(type) : column === 'symbol' || NUMERIC.test(type));
    if (!isAccepted) {
      const wanted = column === 'time' ? 'a time' : 'a number';
      throw managerErrors.create('RTP_OHLCV_FILE_INVALID', `${file}: column "${name}" is ${type}, not ${wanted}.`);
    }
    found[column] = { sql, type };
  }
  return found;
}

/** How a first value of `time` is written, or null when it is no time. */
export function timeKindOf(text: string): TimeKind | null {
  if (new RegExp(ISO).test(text)) return 'iso';
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const units = Object.entries(EPOCHS) as [keyof typeof EPOCHS, number][];
  return units.find(([, ms]) => value * ms >= EARLIEST_MS && value * ms < LATEST_MS)?.[0] ?? null;
}

/** Rows of the file: `row, symbol, ts`, the numbers it has, `problem` (`column: what is wrong`, or null). */
export function checkedRows(source: BarsSource, kind: TimeKind, onlySymbol: string | null): string {
  const { columns, relation } = source;
  const numbers = NUMBERS.filter((name) => columns[name] !== undefined);
  const symbol = columns.symbol === undefined ? "''" : `trim(${columns.symbol.sql}::VARCHAR)`;
  const raw = Object.entries(columns).map(([name, { sql }]) => `${sql} AS raw_${name}`);
  const values = numbers.map((name) => `${numberSql(columns[name]!)} AS ${name}`);
  const time = columns.time!;
  return `SELECT row, symbol, ts::DOUBLE AS ts, ${numbers.join(', ')}, ${problemSql(source, kind)} AS problem
    FROM (SELECT row, ${symbol} AS symbol, ${timeSql(time, kind)} AS ts, ${[...values, ...raw].join(', ')} FROM ${relation})
    ${onlySymbol === null ? '' : `WHERE symbol = ${literal(onlySymbol)}`}`;
}

function numberSql({ sql, type }: SourceColumn): string {
  if (type === 'VARCHAR') return `try_cast(trim(${sql}) AS DOUBLE)`;
  // A 32-bit float means its shortest decimal: 1329.95, not 1329.949951171875.
  return type === 'FLOAT' ? `${sql}::VARCHAR::DOUBLE` : `${sql}::DOUBLE`;
}

function timeSql({ sql, type }: SourceColumn, kind: TimeKind): string {
  if (type === 'TIMESTAMP WITH TIME ZONE') return `epoch_us(${sql}) // 1000`;
  if (type.startsWith('TIMESTAMP') || type === 'DATE') return `epoch_us(${sql}::TIMESTAMP) // 1000 - ${IST_OFFSET_MS}`;
  if (kind !== 'iso') {
    const ms = `round(try_cast(${sql} AS DOUBLE) * ${EPOCHS[kind]})`;
    return `CASE WHEN ${ms} >= ${EARLIEST_MS} AND ${ms} < ${LATEST_MS} THEN ${ms} END`;
  }
  const part = (group: number): string => `regexp_extract(${sql}, ${literal(ISO)}, ${group})`;
  const zone = `replace(${part(2)}, ':', '')`;
  const minutes = `substr(${zone}, 2, 2)::INTEGER * 60 + coalesce(try_cast(substr(${zone}, 4, 2) AS INTEGER), 0)`;
  return `epoch_us(try_cast(${part(1)} AS TIMESTAMP)) // 1000 - CASE ${part(2)} WHEN '' THEN ${IST_OFFSET_MS}
    WHEN '+05:30' THEN ${IST_OFFSET_MS} WHEN 'Z' THEN 0
    ELSE (CASE WHEN ${zone}[1] = '-' THEN -60000 ELSE 60000 END) * (${minutes}) END`;
}

function problemSql({ columns }: BarsSource, kind: TimeKind): string {
  const shown = (name: BarColumn): string => `'"' || left(raw_${name}::VARCHAR, 40) || '"'`;
  const cases: string[] = [];
  const when = (condition: string, column: BarColumn, reason: string): void =>
    void cases.push(`WHEN ${condition} THEN '${column}: ' || ${reason}`);
  if (columns.symbol !== undefined) when("symbol IS NULL OR symbol = ''", 'symbol', "'is empty'");
  when('raw_time IS NULL', 'time', "'is empty'");
  when('ts IS NULL', 'time', `${shown('time')} || ' is not ${describeTime(kind)}'`);
  for (const name of NUMBERS.filter((column) => columns[column] !== undefined)) {
    // A minute without a close of the benchmark has the one before.
    if (name !== 'bench') when(`raw_${name} IS NULL`, name, "'is empty'");
    when(`${name} IS NULL AND raw_${name} IS NOT NULL`, name, `${shown(name)} || ' is not a number'`);
    when(`NOT isfinite(${name})`, name, `${shown(name)} || ' is not a finite number'`);
    if (name === 'volume') when('volume < 0', name, "volume || ' is negative'");
    else when(`${name} <= 0`, name, `${name} || ' is not a positive price'`);
  }
  when('high < open', 'high', "high || ' is below the open ' || open");
  when('high < close', 'high', "high || ' is below the close ' || close");
  when('low > open', 'low', "low || ' is above the open ' || open");
  when('low > close', 'low', "low || ' is above the close ' || close");
  return `CASE ${cases.join(' ')} END`;
}

const describeTime = (kind: TimeKind): string =>
  kind === 'iso'
    ? 'a time as ISO 8601 (2016-09-30T09:15, with or without an offset)'
    : `a time in ${kind} since 1970, as the first row has it`;
