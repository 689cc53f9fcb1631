/**
 * The real monotonic clock: timeouts, heartbeats, back-off and everything else that measures machines, not
 * markets. With the market clocks beside it, the only place that may touch ambient time.
 */
import { setTimeout as wait } from 'node:timers/promises';

/** Nanoseconds of the machine's monotonic clock, the same in every process of one boot. */
export const monotonicNs = (): bigint => process.hrtime.bigint();

/** Milliseconds of the machine's monotonic clock, with fraction. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Resolves after `ms` real milliseconds; rejects with the signal's reason when aborted. */
export async function realDelay(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await wait(ms, undefined, signal === undefined ? undefined : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** A cancellable real-time timer. */
export interface RealTimer {
  cancel(): void;
}

/** Calls `run` once after `ms` real milliseconds. With `keepAlive: false` it does not hold the process open. */
export function realTimer(ms: number, run: () => void, options: { keepAlive?: boolean } = {}): RealTimer {
  const timer = setTimeout(run, ms);
  if (options.keepAlive === false) timer.unref();
  return { cancel: () => clearTimeout(timer) };
}

/** Calls `run` every `ms` real milliseconds until cancelled. With `keepAlive: false` it does not hold the process open. */
export function realInterval(ms: number, run: () => void, options: { keepAlive?: boolean } = {}): RealTimer {
  const timer = setInterval(run, ms);
  if (options.keepAlive === false) timer.unref();
  return { cancel: () => clearInterval(timer) };
}

/** The host's wall clock. For log lines and PID records only: market time comes from a MarketClock. */
export const wallClockMs = (): number => Date.now();
