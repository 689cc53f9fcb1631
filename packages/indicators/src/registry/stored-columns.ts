import type { IndicatorColumn } from './column.ts';
import { indicatorColumns } from './registry.ts';

/** The columns stored with each bar, in the order of storage. */
export const storedColumns: readonly IndicatorColumn[] = indicatorColumns.filter(({ storage }) => storage === 'minute');

/**
 * The value as it is stored: the nearest multiple of the column's quantum, in the column's type. NaN stays NaN; zero has
 * no sign.
 */
export function storedValue(column: IndicatorColumn, value: number): number {
  if (column.valueType === 'i16') return Math.round(value) + 0;
  const scale = 10 ** column.decimals;
  const rounded = Math.round(value * scale) / scale + 0;
  return column.valueType === 'f32' ? Math.fround(rounded) : rounded;
}

/**
 * `storedValue` of the first `count` of `values`, written to `target` from position `at`. Where there is no value it
 * writes `missing`, which small whole numbers need a number for.
 */
export function storeValues(
  column: IndicatorColumn,
  values: Float64Array,
  count: number,
  target: Float32Array | Float64Array | Int16Array,
  at: number,
  missing = Number.NaN,
): void {
  const scale = column.valueType === 'i16' ? 1 : 10 ** column.decimals;
  for (let row = 0; row < count; row += 1) {
    const rounded = Math.round(values[row]! * scale) / scale + 0;
    target[at + row] = Number.isNaN(rounded) ? missing : rounded;
  }
}
