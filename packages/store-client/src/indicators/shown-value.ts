import type { IndicatorColumn } from '@rtp/indicators';

/**
 * How answers show a column's values: those of a stored column as they are stored, so that a value computed in place of
 * a stored one is the same; all others as they are computed. Zero has one sign.
 */
export function shownAs(column: IndicatorColumn): (value: number) => number {
  return column.storage === 'minute' ? roundedAs(column) : (value) => value + 0;
}

/** Values as `storedValue` has them, and single precision as the decimal it stands for. Zero has one sign. */
export function roundedAs({ valueType, decimals }: IndicatorColumn): (value: number) => number {
  if (valueType === 'i16') return (value) => Math.round(value) + 0;
  const scale = 10 ** decimals;
  if (valueType === 'f64') return (value) => Math.round(value * scale) / scale + 0;
  return (value) => Math.round(Math.fround(Math.round(value * scale) / scale) * scale) / scale + 0;
}
