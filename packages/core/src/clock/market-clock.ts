import type { EpochMs } from '../time/ist.ts';

/** A pending wait on a market clock. */
export interface MarketTimer {
  cancel(): void;
}

export interface WaitOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Least real milliseconds the wait must last, however fast the market runs. For waits that cover transport or
   * work (grace, stall, retry): packets and disks do not get faster with a virtual clock.
   */
  readonly floorMs?: number;
}

/**
 * Market time: minute boundaries, grace, freshness, token life, broker limits, jobs. Virtual in demos and tests.
 * Real-time concerns (HTTP and IPC timeouts, heartbeats, back-off) use `real-time.ts` instead.
 */
export interface MarketClock {
  readonly kind: 'system' | 'virtual' | 'manual';
  /** Market milliseconds per real millisecond: 1 on the system clock. */
  readonly speed: number;
  /** The market's now. */
  now(): EpochMs;
  /** Resolves when the market reaches `instant` (at once if it has). */
  sleepUntil(instant: EpochMs, options?: WaitOptions): Promise<void>;
  /** Resolves after `ms` market milliseconds. */
  sleep(ms: number, options?: WaitOptions): Promise<void>;
  /** Calls `run` once when the market reaches `instant`; never synchronously. */
  setTimer(instant: EpochMs, run: () => void, options?: Omit<WaitOptions, 'signal'>): MarketTimer;
}

/** `sleepUntil` in terms of `setTimer`, shared by every clock. */
export function sleepOnTimer(clock: MarketClock, instant: EpochMs, options: WaitOptions = {}): Promise<void> {
  const { signal, floorMs } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimer(
      instant,
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      floorMs === undefined ? undefined : { floorMs },
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
