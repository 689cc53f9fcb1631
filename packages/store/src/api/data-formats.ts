import { istIso } from '@rtp/core';
import { BAR_COLUMNS, type QueryValue } from '@rtp/store-client';
import type { DataQuery } from './data-query.ts';

/** How bars are written out, chunk by chunk, so that no answer is held whole. */
export interface DataFormatter {
  readonly contentType: string;
  head(): string;
  /** `columns` are those of `BAR_COLUMNS`; `first` is the number of rows written before. */
  rows(columns: readonly (readonly QueryValue[])[], first: number): string;
  tail(rows: number): string;
}

export const CSV_HEADER = 'symbol,time,open,high,low,close,volume,source,state,revision';

/** The formatter of a query. Bars above one minute are marked: `1D` from minutes is not the exchange's own day. */
export function formatterOf(symbol: string, query: DataQuery): DataFormatter {
  if (query.format === 'csv') return csv(symbol);
  if (query.format === 'arrays') return arrays(symbol);
  return json(symbol, query);
}

function csv(symbol: string): DataFormatter {
  return {
    contentType: 'text/csv; charset=utf-8',
    head: () => `${CSV_HEADER}\n`,
    rows: (columns) => join(columns, '', (row) => `${symbol},${istIso(row(0) as number)},${rest(row).join(',')}\n`),
    tail: () => '',
  };
}

function json(symbol: string, { timeframe, from, to }: DataQuery): DataFormatter {
  const derived = timeframe === '1T' ? '' : ',"derived":"minutes"';
  const names = BAR_COLUMNS.slice(1);
  return {
    contentType: 'application/json; charset=utf-8',
    head: () =>
      `{"symbol":${JSON.stringify(symbol)},"timeframe":"${timeframe}","start_date":"${from}","end_date":"${to}"${derived},"bars":[`,
    rows: (columns, first) =>
      join(
        columns,
        first > 0 ? ',\n' : '\n',
        (row) => {
          const fields = names.map((name, index) => `"${name}":${JSON.stringify(row(index + 1))}`);
          return `{"time":"${istIso(row(0) as number)}",${fields.join(',')}}`;
        },
        ',\n',
      ),
    tail: (rows) => `${rows > 0 ? '\n' : ''}],"count":${rows}}\n`,
  };
}

function arrays(symbol: string): DataFormatter {
  return {
    contentType: 'application/json; charset=utf-8',
    head: () => `{"symbol":${JSON.stringify(symbol)},"columns":${JSON.stringify(BAR_COLUMNS)},"rows":[`,
    rows: (columns, first) =>
      join(columns, first > 0 ? ',' : '', (row) => JSON.stringify(BAR_COLUMNS.map((_, index) => row(index))), ','),
    tail: () => ']}',
  };
}

type RowReader = (column: number) => QueryValue;

function rest(row: RowReader): QueryValue[] {
  return BAR_COLUMNS.slice(1).map((_, index) => row(index + 1));
}

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
