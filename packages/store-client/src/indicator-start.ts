import type { Bar } from '@rtp/core';

/** What a producer needs to go on with the stored indicators of a date: read at one commit. */
export interface IndicatorStart {
  /** Which build of the indicators the state belongs to. */
  readonly fingerprint: string;
  /** Numbers of state an instrument. */
  readonly stride: number;
  readonly instrumentIds: Uint32Array;
  /** State of each instrument after its last bar before the date, `stride` numbers each. */
  readonly memory: Float64Array;
  /** Whole bars of the date that the store holds, each at its newest revision. */
  readonly bars: Iterable<Bar>;
  /** Minutes of the date for which the store holds a row of indicators, by instrument. */
  readonly rows: Uint32Array;
}
