import { MINUTE_MS } from '@rtp/core';
import { storedColumns, type ValueType } from '@rtp/indicators';
import { type IndicatorRows, type IndicatorValues, NULL_I16 } from '@rtp/store-client';
import { OPEN } from './fixtures.ts';

/** One row to send: `base` is the value of the first column, the others follow by ones; null makes all of them null. */
export interface IndicatorRow {
  readonly instrumentId: number;
  readonly minute: number;
  readonly base: number | null;
}

/** The value that column number `index` of a row has. */
export const expectedValue = (base: number | null, index: number): number | null =>
  base === null ? null : base + index;

/** A row of an instrument and minute after the open. */
export const row = (instrumentId: number, minute: number, base: number | null = minute): IndicatorRow => ({
  instrumentId,
  minute,
  base,
});

/** Rows of every stored column, whatever the registry has. */
export function indicatorRows(rows: readonly IndicatorRow[]): IndicatorRows {
  return {
    names: storedColumns.map(({ name }) => name),
    instrumentIds: Uint32Array.from(rows, ({ instrumentId }) => instrumentId),
    ts: Float64Array.from(rows, ({ minute }) => OPEN + minute * MINUTE_MS),
    knownAt: Float64Array.from(rows, ({ minute }) => OPEN + (minute + 1) * MINUTE_MS),
    columns: storedColumns.map(({ valueType }, index) => {
      return valuesOf(
        valueType,
        rows.map(({ base }) => expectedValue(base, index)),
      );
    }),
  };
}

/** Values as the wire carries them. */
export function valuesOf(type: ValueType, values: readonly (number | null)[]): IndicatorValues {
  if (type === 'i16') return Int16Array.from(values, (value) => value ?? NULL_I16);
  const numbers = values.map((value) => value ?? Number.NaN);
  return type === 'f32' ? Float32Array.from(numbers) : Float64Array.from(numbers);
}
