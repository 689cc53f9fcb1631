import { ExponentialBackoff } from 'cockatiel/dist/backoff/ExponentialBackoff.js';

/** Part of the longest wait that is drawn by lot, so that clients that have reached it stay apart as well. */
const LONGEST_SPREAD = 0.25;

/** Waits between attempts at something that keeps failing. On which clock they are spent is the caller's business. */
export interface FailureBackoff {
  /** Milliseconds to wait after one more failure, `minMs` to `maxMs`. */
  next(): number;
  /** Milliseconds for a failure that no quick attempt will mend: the last quarter up to `maxMs`. */
  longest(): number;
  /** An attempt has succeeded: the next failure is the first again. */
  reset(): void;
  /** Failures in a row. */
  readonly failures: number;
}

/**
 * Waits that about double with every failure in a row, from `minMs` to `maxMs`, with cockatiel's decorrelated jitter:
 * clients that failed at the same moment do not come back together.
 *
 * Of the library only this module is loaded: its entry point costs 10 ms and brings policies with clocks of their own.
 */
export function failureBackoff({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }): FailureBackoff {
  const sequence = new ExponentialBackoff({ initialDelay: minMs, maxDelay: Number.POSITIVE_INFINITY });
  let step = sequence.next();
  let failures = 0;
  const longestMs = (): number => Math.max(minMs, maxMs * (1 - LONGEST_SPREAD * Math.random()));
  return {
    next: () => {
      failures += 1;
      const { duration } = step;
      step = step.next(undefined);
      return duration < maxMs ? Math.max(minMs, duration) : longestMs();
    },
    longest: () => {
      failures += 1;
      return longestMs();
    },
    reset: () => {
      failures = 0;
      step = sequence.next();
    },
    get failures() {
      return failures;
    },
  };
}
