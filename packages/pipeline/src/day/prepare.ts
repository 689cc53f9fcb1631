import { describeError, type EpochMs, type Instrument, RtpError, realDelay, type TradingDate } from '@rtp/core';
import { failureBackoff } from '@rtp/dhan';
import { untilAnswered } from '../delivery/until-answered.ts';
import { changesSince } from '../universe/listing-changes.ts';
import { knownUniverse, registerUniverse, type Universe } from '../universe/resolve-universe.ts';
import type { DayDependencies } from './dependencies.ts';
import { backoffOf } from './sweep-day.ts';

/** Before the open by this much, instruments known from an earlier day are better than none. */
const SETTLE_BEFORE_OPEN_MS = 300_000;
/** Warnings that a report carries; the log has them all. */
const REPORTED_WARNINGS = 20;

/**
 * The day's token, living until `neededUntil` where that is said. Repeated with real back-off while the broker fails; wrong
 * credentials end the process. Then one data call shows whether the account has a data plan: if not, the client goes on
 * asking by itself. Errors: those of the broker that need the owner (exit codes 77 and 78), the signal's reason.
 */
export async function prepareToken(
  dependencies: DayDependencies,
  signal: AbortSignal,
  neededUntil?: EpochMs,
): Promise<void> {
  const { client, clock, logger } = dependencies;
  const life = neededUntil === undefined ? {} : { minLifeMs: neededUntil - clock.now() };
  await withRetries(dependencies, 'token', signal, () => client.ensureToken({ ...life, signal }));
  try {
    await client.probeDataPlan(signal);
  } catch (error) {
    signal.throwIfAborted();
    logger.warn('the data plan could not be proved', { error: describeError(error) });
  }
}

/**
 * The day's instruments, with what the owner should know of them in the gauges, and the calls of their sweep set aside. During the day a restart takes them from the store; otherwise from the scrip master, and from the
 * store when the master cannot be had and the open is near.
 * Errors: RTP_UNIVERSE_UNREADABLE, RTP_UNIVERSE_EMPTY, the signal's reason.
 */
export async function prepareUniverse(
  dependencies: DayDependencies,
  date: TradingDate,
  options: { readonly openMs: EpochMs; readonly hasRunToday: boolean },
  signal: AbortSignal,
): Promise<Universe> {
  const { config, client, gauges } = dependencies;
  const universe = await findUniverse(dependencies, date, options, signal);
  const changes = await changesSinceYesterday(dependencies, date, universe.instruments, signal);
  gauges.universeWarnings = shortened([...universe.warnings, ...changes]);
  client.reserveForSweep(universe.instruments.length * config.pipeline.sweep_reserve_calls);
  return universe;
}

/** What has changed in listings since the trading day before, as the store knows it; nothing where the calendar ends. */
async function changesSinceYesterday(
  dependencies: DayDependencies,
  date: TradingDate,
  today: readonly Instrument[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { store, logger } = dependencies;
  const yesterday = tradingDayBefore(dependencies, date);
  if (yesterday === null) return [];
  const options = { backoff: backoffOf(dependencies), logger, signal };
  const earlier = await untilAnswered(() => store.instruments(yesterday), options);
  const changes = changesSince(earlier, yesterday, today);
  for (const change of changes) logger.warn(change);
  return changes;
}

function tradingDayBefore({ calendar }: DayDependencies, date: TradingDate): TradingDate | null {
  try {
    return calendar.previousTradingDay(date);
  } catch (error) {
    if (!(error instanceof RtpError)) throw error;
    return null;
  }
}

async function findUniverse(
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
      const reason = describeError(error);
      logger.warn('going on with the instruments of an earlier day', { error: reason });
      gauges.setDegraded('scrip master', `instruments of an earlier day, since there is no scrip master: ${reason}`);
      return universe;
    }
  });
}

async function withRetries<T>(
  { config, logger, gauges }: DayDependencies,
  what: string,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  const backoff = failureBackoff({ minMs: config.broker.retry_min_ms, maxMs: config.broker.retry_max_ms });
  for (;;) {
    try {
      const result = await attempt();
      if (backoff.failures > 0) gauges.setDegraded(`no ${what}`, '');
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw error;
      const waitMs = backoff.next();
      logger.warn(`${what}: failed, trying again`, { waitMs, error: describeError(error) });
      gauges.setDegraded(`no ${what}`, `preparing, no ${what} yet: ${describeError(error)}`);
      await realDelay(waitMs, signal);
    }
  }
}

function shortened(warnings: readonly string[]): string[] {
  const more = warnings.length - REPORTED_WARNINGS;
  return more <= 0 ? [...warnings] : [...warnings.slice(0, REPORTED_WARNINGS), `and ${more} more, in the log`];
}

/** Trying again cannot help: the owner has to correct something, or it is a mistake in the program. */
function isFinal(error: unknown): boolean {
  return !(error instanceof RtpError) || error.exitCode === 77 || error.exitCode === 78;
}
