/**
 * Takes a swept date to its seal.
 *
 *   asking ──receipt──▶ sealed
 *      └──not complete──▶ repairing the unknown minutes, no more often than `retryMs` ──▶ asking
 *                            └──deadline──▶ sealed as it is, unknown minutes recorded (or left open, when `mayForce` says no)
 */
import { type EpochMs, type Logger, type MarketClock, RtpError, type TradingDate } from '@rtp/core';
import type { DayCoverage, SealReceipt, StoreClient } from '@rtp/store-client';
import { type Backoff, untilAnswered } from '../delivery/until-answered.ts';

export interface SealOptions {
  readonly store: StoreClient;
  readonly clock: MarketClock;
  readonly logger: Logger;
  readonly date: TradingDate;
  readonly deadline: EpochMs;
  readonly retryMs: number;
  readonly retryFloorMs: number;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  /** Asks for the official candles of instruments with unknown minutes once more. */
  repair(coverage: DayCoverage): Promise<void>;
  /** Whether the date may be sealed with unknown minutes once the deadline has passed. */
  mayForce(): boolean;
}

/** The receipt, or null when the date is left open. Errors: those of the store, the signal's reason. */
export async function sealDay(options: SealOptions): Promise<SealReceipt | null> {
  const { store, clock, logger, date, deadline, signal } = options;
  for (;;) {
    try {
      return await untilAnswered(() => store.seal(date), options);
    } catch (error) {
      if (!(error instanceof RtpError) || error.code !== 'RTP_STORE_NOT_COMPLETE') throw error;
    }
    if (clock.now() >= deadline) {
      if (!options.mayForce()) return null;
      logger.warn('seal deadline reached: sealing with unknown minutes', { date });
      return await untilAnswered(() => store.seal(date, { force: true }), options);
    }
    await clock.sleepUntil(Math.min(clock.now() + options.retryMs, deadline), {
      floorMs: options.retryFloorMs,
      signal,
    });
    const coverage = await untilAnswered(() => store.coverage(date), options);
    logger.info('the day is not complete: asking again for unknown minutes', { date, unknown: coverage.unknown });
    await options.repair(coverage);
  }
}
