import { istIso } from '@rtp/core';
import type { IndicatorTable } from '@rtp/store-client';
import type { IndicatorsQuery } from './indicator-query.ts';

/** How indicators are written out, some rows at a time; null where there is no value, in CSV nothing. */
export interface IndicatorFormatter {
  readonly contentType: string;
  head(): string;
  /** Rows `from` to `to`, the latter not included. */
  rows(from: number, to: number): string;
  tail(): string;
}

export function indicatorFormatter(table: IndicatorTable, query: IndicatorsQuery): IndicatorFormatter {
  if (query.format === 'csv') return csv(table);
  if (query.format === 'arrays') return arrays(table);
  return json(table, query);
}

function csv({ symbol, columns, times, values }: IndicatorTable): IndicatorFormatter {
  return {
    contentType: 'text/csv; charset=utf-8',
    head: () => `${['symbol', 'time', ...columns].join(',')}\n`,
    rows: (from, to) =>
      lines(from, to, '', (row) => {
        const cells = values.map((of) => (Number.isNaN(of[row]) ? '' : of[row]));
        return `${symbol},${istIso(times[row]!)},${cells.join(',')}\n`;
      }),
    tail: () => '',
  };
}

function json(table: IndicatorTable, { timeframe, from: start, to: end }: IndicatorsQuery): IndicatorFormatter {
  const { symbol, columns, times, values } = table;
  const derived = timeframe === '1T' ? '' : ',"derived":"minutes"';
  return {
    contentType: 'application/json; charset=utf-8',
    head: () =>
      `{"symbol":${JSON.stringify(symbol)},"timeframe":"${timeframe}","start_date":"${start}","end_date":"${end}"${derived},"columns":${JSON.stringify(columns)},"indicators":[`,
    rows: (from, to) =>
      lines(from, to, from > 0 ? ',\n' : '\n', (row, isLast) => {
        const fields = columns.map((name, index) => `,"${name}":${number(values[index]![row]!)}`);
        return `{"time":"${istIso(times[row]!)}"${fields.join('')}}${isLast ? '' : ',\n'}`;
      }),
    tail: () => `${times.length > 0 ? '\n' : ''}],"count":${times.length}}\n`,
  };
}

function arrays({ symbol, columns, times, values }: IndicatorTable): IndicatorFormatter {
  return {
    contentType: 'application/json; charset=utf-8',
    head: () => `{"symbol":${JSON.stringify(symbol)},"columns":${JSON.stringify(columns)},"rows":[`,
    rows: (from, to) =>
      lines(from, to, from > 0 ? ',' : '', (row, isLast) => {
        return `[${times[row]}${values.map((of) => `,${number(of[row]!)}`).join('')}]${isLast ? '' : ','}`;
      }),
    tail: () => ']}',
  };
}

const number = (value: number): string => (Number.isNaN(value) ? 'null' : String(value));

function lines(from: number, to: number, before: string, line: (row: number, isLast: boolean) => string): string {
  let text = before;
  for (let row = from; row < to; row += 1) text += line(row, row === to - 1);
  return text;
}
