/** The registry's stored columns as SQL. */
import { storedColumns, type ValueType } from '@rtp/indicators';

/** DuckDB's type of each value type. */
export const SQL_TYPES: Readonly<Record<ValueType, string>> = { f32: 'FLOAT', f64: 'DOUBLE', i16: 'SMALLINT' };

export const quoted = (name: string): string => `"${name}"`;

/** Every stored column, comma-separated, each behind `prefix`. */
export const indicatorList = (prefix = ''): string =>
  storedColumns.map(({ name }) => `${prefix}${quoted(name)}`).join(', ');
