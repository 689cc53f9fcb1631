import { describeError, type EpochMs, RtpError, realDelay, type TradingDate } from '@rtp/core';
import { untilAnswered } from '../delivery/until-answered.ts';
import { knownUniverse, registerUniverse, type Universe } from '../universe/resolve-universe.ts';
import type { DayDependencies } from './dependencies.ts';
import { backoffOf } from './sweep-day.ts';

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** Before the open by this much, instruments known from an earlier day are better than none. */
const SETTLE_BEFORE_OPEN_MS = 300_000;

/**
 * The day's token. Repeated with real back-off while the broker fails; wrong credentials end the process.
 * Errors: those of the broker that need the owner (exit codes 77 and 78), the signal's reason.
 */
export async function prepareToken(dependencies: DayDependencies, signal: AbortSignal): Promise<void> {
  const { client, logger, gauges } = dependencies;
  await withRetries(dependencies, 'token', signal, () => client.ensureToken({ signal }));
  try {
    await client.probeDataPlan(signal);
    gauges.setDegraded('data plan', '');
  } catch (error) {
    signal.throwIfAborted();
    logger.warn('the data plan could not be proved', { error: describeError(error) });
    if (error instanceof RtpError && error.exitCode === 77) gauges.setDegraded('data plan', describeError(error));
  }
}

/**
 * The day's instruments. During the day a restart takes them from the store; otherwise from the scrip master, and from the
 * store when the master cannot be had and the open is near.
 * Errors: RTP_UNIVERSE_UNREADABLE, RTP_UNIVERSE_EMPTY, the signal's reason.
 */
export async function prepareUniverse(
  dependencies: DayDependencies,
  date: TradingDate,
  options: { readonly openMs: EpochMs; readonly hasRunToday: boolean },
  signal: AbortSignal,
): Promise<Universe> {
  const { clock, logger, gauges } = dependencies;
  const known = (allowMissing: boolean): Promise<Universe | null> =>
    untilAnswered(() => knownUniverse(dependencies, date, { allowMissing }), {
      backoff: backoffOf(dependencies),
      logger,
      signal,
    });
  if (options.hasRunToday) {
    const universe = await known(false);
    if (universe !== null) return universe;
  }
  return withRetries(dependencies, 'scrip master', signal, async () => {
    try {
      return await registerUniverse(dependencies, date, signal);
    } catch (error) {
      if (isFinal(error) || clock.now() < options.openMs - SETTLE_BEFORE_OPEN_MS) throw error;
      const universe = await known(true);
      if (universe === null) throw error;
      logger.warn('going on with the instruments of an earlier day', { error: describeError(error) });
      gauges.setDegraded('scrip master', "instruments of an earlier day: today's scrip master could not be read");
      return universe;
    }
  });
}

async function withRetries<T>(
  { logger, gauges }: DayDependencies,
  what: string,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      const result = await attempt();
      if (failures > 0) gauges.setDegraded(`no ${what}`, '');
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw error;
      failures += 1;
      const waitMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1));
      logger.warn(`${what}: failed, trying again`, { waitMs, error: describeError(error) });
      gauges.setDegraded(`no ${what}`, `preparing, no ${what} yet: ${describeError(error)}`);
      await realDelay(waitMs, signal);
    }
  }
}

/** Trying again cannot help: the owner has to correct something, or it is a mistake in the program. */
function isFinal(error: unknown): boolean {
  return !(error instanceof RtpError) || error.exitCode === 77 || error.exitCode === 78;
}
