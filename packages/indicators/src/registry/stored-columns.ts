import type { IndicatorColumn } from './column.ts';
import { indicatorColumns } from './registry.ts';

/** The columns stored with each bar, in the order of storage. */
export const storedColumns: readonly IndicatorColumn[] = indicatorColumns.filter(({ storage }) => storage === 'minute');

/** The value as it is stored: the nearest multiple of the column's quantum, in the column's type. NaN stays NaN. */
export function storedValue(column: IndicatorColumn, value: number): number {
  if (column.valueType === 'i16') return Math.round(value);
  const scale = 10 ** column.decimals;
  const rounded = Math.round(value * scale) / scale;
  return column.valueType === 'f32' ? Math.fround(rounded) : rounded;
}
