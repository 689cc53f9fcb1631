import { type IndicatorColumn, storedColumns, storedValue } from '@rtp/indicators';
import { type IndicatorRows, type IndicatorValues, NO_INDICATORS, NULL_I16 } from '@rtp/store-client';

const INITIAL_ROWS = 512;

/** Collects rows of stored indicators, each value rounded to its column's quantum. */
export class RowSink {
  private length = 0;
  private capacity = INITIAL_ROWS;
  private instrumentIds = new Uint32Array(INITIAL_ROWS);
  private ts = new Float64Array(INITIAL_ROWS);
  private knownAt = new Float64Array(INITIAL_ROWS);
  private columns: IndicatorValues[] = storedColumns.map((column) => allocate(column, INITIAL_ROWS));

  /** Adds the row whose values stand in `values` from `at`, one a stored column, in order. */
  add(instrumentId: number, ts: number, knownAt: number, value: (column: number) => number): void {
    if (this.length === this.capacity) this.grow();
    const row = this.length;
    this.instrumentIds[row] = instrumentId;
    this.ts[row] = ts;
    this.knownAt[row] = knownAt;
    for (const [index, column] of storedColumns.entries()) {
      const stored = storedValue(column, value(index));
      this.columns[index]![row] = column.valueType === 'i16' && Number.isNaN(stored) ? NULL_I16 : stored;
    }
    this.length += 1;
  }

  /** The rows added so far. */
  rows(): IndicatorRows {
    if (this.length === 0) return NO_INDICATORS;
    return {
      names: NAMES,
      instrumentIds: this.instrumentIds.subarray(0, this.length),
      ts: this.ts.subarray(0, this.length),
      knownAt: this.knownAt.subarray(0, this.length),
      columns: this.columns.map((column) => column.subarray(0, this.length)),
    };
  }

  private grow(): void {
    this.capacity *= 2;
    const larger = <T extends Uint32Array | IndicatorValues>(values: T, empty: T): T => {
      empty.set(values as never);
      return empty;
    };
    this.instrumentIds = larger(this.instrumentIds, new Uint32Array(this.capacity));
    this.ts = larger(this.ts, new Float64Array(this.capacity));
    this.knownAt = larger(this.knownAt, new Float64Array(this.capacity));
    this.columns = this.columns.map((values, index) => larger(values, allocate(storedColumns[index]!, this.capacity)));
  }
}

const NAMES = storedColumns.map((column) => column.name);

function allocate({ valueType }: IndicatorColumn, length: number): IndicatorValues {
  if (valueType === 'i16') return new Int16Array(length);
  return valueType === 'f32' ? new Float32Array(length) : new Float64Array(length);
}
