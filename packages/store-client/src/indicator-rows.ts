/** Values of one indicator: `f32` and `f64` hold null as NaN, `i16` as `NULL_I16`. */
export type IndicatorValues = Float32Array | Float64Array | Int16Array;

/** How a column of indicators is held: the registry's value types. */
export type IndicatorKind = 'f32' | 'f64' | 'i16';

/** The kind of a column of indicators. */
export function indicatorKind(values: IndicatorValues): IndicatorKind {
  if (values instanceof Float32Array) return 'f32';
  return values instanceof Float64Array ? 'f64' : 'i16';
}

/** Null in a column of small whole numbers. */
export const NULL_I16 = -32_768;

/**
 * Rows of stored indicators, column by column: one row an instrument and minute, of minutes that have a whole bar.
 * Every array has as many elements as there are rows. Of a minute named twice the last row counts.
 */
export interface IndicatorRows {
  /** Names of the indicators, in the order of `columns`. */
  readonly names: readonly string[];
  readonly instrumentIds: Uint32Array;
  /** Start of the bar, epoch ms. */
  readonly ts: Float64Array;
  /** Market instant at which the values became known, epoch ms. */
  readonly knownAt: Float64Array;
  readonly columns: readonly IndicatorValues[];
}

/** No rows. */
export const NO_INDICATORS: IndicatorRows = Object.freeze({
  names: Object.freeze([]),
  instrumentIds: new Uint32Array(0),
  ts: new Float64Array(0),
  knownAt: new Float64Array(0),
  columns: Object.freeze([]),
});
