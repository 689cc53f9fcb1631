import type { EpochMs } from '../time/ist.ts';
import { monotonicMs } from './real-time.ts';

/** One moment on both clocks: a limit of market time that covers transport or work also has a floor of real time. */
export interface Moment {
  readonly at: EpochMs;
  /** Monotonic ms. */
  readonly real: number;
}

export const momentOf = (at: EpochMs, real: number = monotonicMs()): Moment => ({ at, real });

/** Whether both the market and the real clock have gone on for long enough from `start` to `now`. */
export function hasPassed(start: Moment, now: Moment, marketMs: number, realMs: number): boolean {
  return now.at - start.at >= marketMs && now.real - start.real >= realMs;
}
