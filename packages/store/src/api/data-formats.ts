import { istIso } from '@rtp/core';
import type { QueryValue } from '@rtp/store-client';
import type { DataFormat } from './data-query.ts';

/** How rows are written out, chunk by chunk, so that no answer is held whole. */
export interface DataFormatter {
  readonly contentType: string;
  head(): string;
  /** `columns` are those of the table; `first` is the number of rows written before. */
  rows(columns: readonly (readonly QueryValue[])[], first: number): string;
  tail(rows: number): string;
}

/** What is written of one symbol. */
export interface SymbolTable {
  readonly symbol: string;
  /** Names of the columns, in the order of the rows. */
  readonly columns: readonly string[];
  /** Name of the list of rows, in JSON. */
  readonly list: string;
  /** What JSON says besides, before the rows. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** Columns of epoch ms, written as instants with the IST offset. */
const INSTANTS: readonly string[] = ['time', 'known_at', 'superseded_at'];

export function formatterOf(table: SymbolTable, format: DataFormat): DataFormatter {
  if (format === 'csv') return csv(table);
  if (format === 'arrays') return arrays(table);
  return json(table);
}

/** Nothing where there is no value. */
function csv({ symbol, columns: names }: SymbolTable): DataFormatter {
  return {
    contentType: 'text/csv; charset=utf-8',
    head: () => `${['symbol', ...names].join(',')}\n`,
    rows: (columns) =>
      join(columns, '', (row) => `${[symbol, ...names.map((name, at) => shown(name, row(at)))].join(',')}\n`),
    tail: () => '',
  };
}

function json({ symbol, columns: names, list, about }: SymbolTable): DataFormatter {
  return {
    contentType: 'application/json; charset=utf-8',
    head: () => `${JSON.stringify({ symbol, ...about }).slice(0, -1)},"${list}":[`,
    rows: (columns, first) =>
      join(
        columns,
        first > 0 ? ',\n' : '\n',
        (row) => `{${names.map((name, at) => `"${name}":${JSON.stringify(shown(name, row(at)))}`).join(',')}}`,
        ',\n',
      ),
    tail: (rows) => `${rows > 0 ? '\n' : ''}],"count":${rows}}\n`,
  };
}

/** Rows without names and instants as numbers. */
function arrays({ symbol, columns: names }: SymbolTable): DataFormatter {
  return {
    contentType: 'application/json; charset=utf-8',
    head: () => `{"symbol":${JSON.stringify(symbol)},"columns":${JSON.stringify(names)},"rows":[`,
    rows: (columns, first) =>
      join(columns, first > 0 ? ',' : '', (row) => JSON.stringify(names.map((_, at) => row(at))), ','),
    tail: () => ']}',
  };
}

const shown = (name: string, value: QueryValue): QueryValue =>
  typeof value === 'number' && INSTANTS.includes(name) ? istIso(value) : value;

type RowReader = (column: number) => QueryValue;

function join(
  columns: readonly (readonly QueryValue[])[],
  before: string,
  write: (row: RowReader) => string,
  between = '',
): string {
  const count = columns[0]?.length ?? 0;
  let text = before;
  for (let index = 0; index < count; index += 1) {
    if (index > 0) text += between;
    text += write((column) => columns[column]?.[index] as QueryValue);
  }
  return text;
}
