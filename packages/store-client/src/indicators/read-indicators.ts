import type { IndicatorColumn } from '@rtp/indicators';
import { storeClientErrors } from '../errors.ts';
import type { IndicatorQuery, IndicatorTable } from '../indicator-data.ts';
import { checkRange } from '../queries/check-range.ts';
import type { NumberRunner } from '../queries/query-runner.ts';
import { findSymbol, queryDates, querySymbols, requireDays } from '../queries/symbols-query.ts';
import { selectColumns } from './column-selection.ts';
import { computeColumns } from './compute-columns.ts';
import { readTimes, type SeriesQuery } from './series.ts';
import { readStored, storedNames } from './stored-columns.ts';

/**
 * Indicators of a symbol: one row for each bar that has a whole minute. Of one-minute bars the stored columns come from
 * the store; where it has no row yet, and for every other column and timeframe, the values are computed from the bars,
 * from the first one stored on. Both are the same numbers.
 *
 * Longer bars are made of whole minutes only, so that one with a partial minute may differ from what `getMarketData`
 * shows; a definition that counts minutes of the session takes a bar for the minute it starts with.
 * Errors: RTP_SYMBOL_UNKNOWN, RTP_DAY_UNKNOWN, RTP_INDICATOR_UNKNOWN; RTP_QUERY_INVALID for a range or timeframe that
 * is not accepted, or an answer of more than `maxValues` values.
 */
export async function readIndicators(
  run: NumberRunner,
  query: IndicatorQuery,
  maxValues: number,
): Promise<IndicatorTable> {
  const { timeframe, from, to } = query;
  checkRange(timeframe, from, to);
  const columns = selectColumns(query.columns);
  const { symbol, instrumentId } = findSymbol(await querySymbols(run), query.symbol);
  const dates = await queryDates(run);
  requireDays(dates, from, to);
  const series: SeriesQuery = { instrumentId, timeframe, first: dates[0]!, last: to };
  const times = await readTimes(run, series, from, query.limit);
  requireValues(times.length, columns.length, maxValues);
  const values = times.length === 0 ? columns.map(() => times) : await valuesOf(run, series, from, columns, times);
  return { symbol, timeframe, columns: columns.map(({ name }) => name), times, values };
}

async function valuesOf(
  run: NumberRunner,
  series: SeriesQuery,
  from: string,
  columns: readonly IndicatorColumn[],
  times: Float64Array,
): Promise<readonly Float64Array[]> {
  const names = series.timeframe === '1T' ? await storedNames(run) : new Set<string>();
  const stored = columns.filter(({ name, storage }) => storage === 'minute' && names.has(name));
  const rows = stored.length === 0 ? null : await readStored(run, series, from, stored, times);
  const isWhole = rows === null || !rows.found.includes(0);
  const computed = isWhole ? columns.filter((column) => !stored.includes(column)) : columns;
  const fresh = computed.length === 0 ? [] : await computeColumns(run, series, computed, times);
  return columns.map((column) => {
    const kept = rows?.values[stored.indexOf(column)];
    const made = fresh[computed.indexOf(column)];
    if (kept === undefined) return made!;
    if (made !== undefined) for (const [row, isThere] of rows!.found.entries()) if (!isThere) kept[row] = made[row]!;
    return kept;
  });
}

function requireValues(rows: number, columns: number, maxValues: number): void {
  if (rows * columns <= maxValues) return;
  throw storeClientErrors.create(
    'RTP_QUERY_INVALID',
    `The answer has ${rows} rows of ${columns} columns, more than ${maxValues} values; ask for fewer days or columns, ` +
      `a longer timeframe, or limit=${Math.floor(maxValues / columns)} or less.`,
  );
}
