import type { IndicatorColumn } from '@rtp/indicators';

/**
 * How answers show a column's values, stored or computed: as `storedValue` has them, and single precision as the
 * decimal it stands for. Zero has one sign.
 */
export function shownAs({ valueType, decimals }: IndicatorColumn): (value: number) => number {
  if (valueType === 'i16') return (value) => Math.round(value) + 0;
  const scale = 10 ** decimals;
  if (valueType === 'f64') return (value) => Math.round(value * scale) / scale + 0;
  return (value) => Math.round(Math.fround(Math.round(value * scale) / scale) * scale) / scale + 0;
}
