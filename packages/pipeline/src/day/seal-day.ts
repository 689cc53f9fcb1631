/**
 * Takes a swept date to its seal.
 *
 *   asking ──receipt──▶ sealed
 *      └──not complete──▶ waiting, longer each time ──▶ repairing what is owed or unsettled ──▶ asking
 *                            └──deadline──▶ sealed as it is, open reasons recorded (or left open, when `mayForce` says no)
 *
 * A date is not even asked about while instruments are unsettled: their live bars would be sealed in place of official ones.
 */
import { type EpochMs, type Logger, type MarketClock, RtpError, type TradingDate } from '@rtp/core';
import type { DayCoverage, SealReceipt, StoreClient } from '@rtp/store-client';
import { type Backoff, untilAnswered } from '../delivery/until-answered.ts';

/** Longest wait between two repairs, in first waits. */
const MAX_WAIT_FACTOR = 16;

export interface SealOptions {
  readonly store: StoreClient;
  readonly clock: MarketClock;
  readonly logger: Logger;
  readonly date: TradingDate;
  readonly deadline: EpochMs;
  /** First wait between two repairs, market ms; it doubles. */
  readonly retryMs: number;
  readonly retryFloorMs: number;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  /** Instruments whose official candles are still expected. */
  unsettled(): number;
  /** Market ms that a repair of so many instruments must be put off for the day's calls to last until the deadline. */
  affordableAfterMs(instruments: number): number;
  /** Asks for the official candles of what is owed or unsettled once more. */
  repair(coverage: DayCoverage): Promise<void>;
  /** Whether the date may be sealed with minutes owed once the deadline has passed. */
  mayForce(): boolean;
}

/**
 * Seals a date, with the minutes that it owes recorded as unknown where it does. Errors: those of the store that do not pass,
 * the signal's reason.
 */
export async function sealAsItIs(
  options: Pick<SealOptions, 'store' | 'logger' | 'date' | 'backoff' | 'signal'>,
): Promise<SealReceipt> {
  const { store, logger, date } = options;
  try {
    return await untilAnswered(() => store.seal(date), options);
  } catch (error) {
    if (!(error instanceof RtpError) || error.code !== 'RTP_STORE_NOT_COMPLETE') throw error;
    logger.warn('sealing a date with minutes owed', { date });
    return await untilAnswered(() => store.seal(date, { force: true }), options);
  }
}

/** The receipt, or null when the date is left open. Errors: those of the store, the signal's reason. */
export async function sealDay(options: SealOptions): Promise<SealReceipt | null> {
  const { store, clock, logger, date, deadline, signal } = options;
  for (let repairs = 0; ; repairs += 1) {
    const isOver = clock.now() >= deadline;
    if (isOver && options.mayForce()) return sealAsItIs(options);
    if (isOver || options.unsettled() === 0) {
      try {
        return await untilAnswered(() => store.seal(date), options);
      } catch (error) {
        if (!(error instanceof RtpError) || error.code !== 'RTP_STORE_NOT_COMPLETE') throw error;
      }
    }
    if (isOver) return null;
    const coverage = await untilAnswered(() => store.coverage(date), options);
    const owing = coverage.instruments.filter((instrument) => instrument.unknown > 0).length + options.unsettled();
    const waitMs = Math.max(
      options.retryMs * Math.min(2 ** repairs, MAX_WAIT_FACTOR),
      options.affordableAfterMs(owing),
    );
    const at = Math.min(clock.now() + waitMs, deadline);
    logger.info('the day is not complete', { date, unknown: coverage.unknown, unsettled: options.unsettled(), waitMs });
    await clock.sleepUntil(at, { floorMs: options.retryFloorMs, signal });
    if (at < deadline) await options.repair(coverage);
  }
}
