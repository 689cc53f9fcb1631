import { describeError, type Logger, realDelay } from '@rtp/core';
import { isPassing } from './store-failure.ts';

/** Real-time back-off bounds. */
export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Repeats `ask` with real back-off while the store does not answer, or says that it cannot now. Errors: any other, and the signal's reason. */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  options: { readonly backoff: Backoff; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<T> {
  const { backoff, logger, signal } = options;
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (attempt === 0) logger.warn('the store does not answer, asking again', { error: describeError(error) });
      await realDelay(Math.min(backoff.maxMs, backoff.minMs * 2 ** Math.min(attempt, 20)), signal);
    }
  }
}
