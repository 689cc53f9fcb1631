import { istIso, type Timeframe } from '@rtp/core';
import { indicatorColumn } from '@rtp/indicators';
import { expectedIndicators } from './short-days.ts';

/** What an answer must hold: the rows of some dates of one bulk run. */
export function expectedRows(
  timeframe: Timeframe,
  columns: readonly string[],
  isWanted: (ts: number) => boolean = () => true,
  { times, values } = expectedIndicators(timeframe),
): Record<string, number | string | null>[] {
  return times.flatMap((ts, row) => {
    if (!isWanted(ts)) return [];
    const cells = columns.map((name) => [name, decimal(name, values.get(name)?.[row] as number)]);
    return [{ time: istIso(ts), ...Object.fromEntries(cells) }];
  });
}

/** A stored number as people write it (single precision is near it); any other as it was computed. */
export function decimal(name: string, value: number): number | null {
  if (Number.isNaN(value)) return null;
  const column = indicatorColumn(name)!;
  return column.storage === 'minute' ? Number(value.toFixed(column.decimals)) + 0 : value + 0;
}
