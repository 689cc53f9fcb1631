import { MINUTE_MS } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import { type IndicatorRows, NO_INDICATORS } from '@rtp/store-client';
import { OPEN } from '../store/support/fixtures.ts';
import { valuesOf } from '../store/support/indicators.ts';

/** A random walk for every instrument and stored column, rounded as the registry says; null for the first minutes. */
export class RandomIndicators {
  private readonly ids: readonly number[];
  private readonly walks: Float64Array;
  private seed = 1;

  constructor(ids: readonly number[]) {
    this.ids = ids;
    this.walks = new Float64Array(ids.length * storedColumns.length).fill(100);
  }

  /** Rows of every instrument for the next minute. */
  next(minute: number): IndicatorRows {
    const { length } = this.ids;
    if (length === 0) return NO_INDICATORS;
    const columns = storedColumns.map(({ valueType, decimals }, column) => {
      const scale = 10 ** decimals;
      const values = this.ids.map((_, index) => {
        const at = column * length + index;
        this.walks[at] = (this.walks[at] as number) + (this.random() - 0.5) * 0.4;
        return minute < column % 50 ? null : Math.round((this.walks[at] as number) * scale) / scale;
      });
      return valuesOf(valueType, values);
    });
    return {
      names: storedColumns.map(({ name }) => name),
      instrumentIds: Uint32Array.from(this.ids),
      ts: new Float64Array(length).fill(OPEN + minute * MINUTE_MS),
      knownAt: new Float64Array(length).fill(OPEN + (minute + 1) * MINUTE_MS),
      columns,
    };
  }

  /** Park and Miller's generator: the same walk every run. */
  private random(): number {
    this.seed = (this.seed * 48_271) % 2_147_483_647;
    return this.seed / 2_147_483_647;
  }
}
