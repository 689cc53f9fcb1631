import { describeError, type Instrument, RtpError, type TradingDate } from '@rtp/core';
import type { DayCoverage, InstrumentCoverage } from '@rtp/store-client';
import type { DailyOfficialDesk } from '../backfill/daily-official.ts';
import { DayGrid } from '../bars/day-grid.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import type { DayDependencies } from './dependencies.ts';
import { backoffOf, instrumentsOf, owesMinutes, sweepAndSeal } from './sweep-day.ts';

/** A day that owes minutes or its seal. */
interface MissingDay {
  readonly coverage: DayCoverage;
  /** Sealed with minutes owed; taken rows since its seal; or never sealed: its own sweep has not come to an end. */
  readonly seal: 'sealed' | 'reopened' | 'none';
}

/** What bringing days needs beside them. */
export interface BringOptions {
  /** Today's instruments: charts know a share by its id of today. */
  readonly known: readonly Instrument[];
  /** Tells whether charts have been adjusted; null of a process that keeps no history. */
  readonly official: DailyOfficialDesk | null;
  readonly isBackfilled: (date: TradingDate) => boolean;
  readonly signal: AbortSignal;
}

/**
 * Brings what recent trading days before `today` lack, newest first: at most `backfill_days` of them, only minutes that are
 * owed (from `tracked_from` on), and official
 * candles of a day that was never swept to its seal; never a complete sealed day, nor one that a backfill will bring. What the
 * broker does not have now is left for the next start. On the morning of an ex-date charts read earlier dates on a new scale:
 * what daily candles say of an instrument is looked at before its minutes are asked for.
 */
export async function bringMissingDays(
  dependencies: DayDependencies,
  today: TradingDate,
  options: BringOptions,
): Promise<void> {
  const { clock, config, logger, store } = dependencies;
  const { known, official, isBackfilled, signal } = options;
  for (const date of recentDays(dependencies, today)) {
    if (isBackfilled(date)) continue;
    const missing = await missingOn(dependencies, date, signal);
    if (missing === null) continue;
    const { coverage, seal } = missing;
    const owes = seal === 'none' ? isNotSwept : owesMinutes;
    const instruments = await instrumentsOf(dependencies, coverage, owes, known);
    if (seal === 'sealed' && instruments.length === 0) continue;
    const checked = (await official?.check(instruments, signal)) ?? instruments;
    if (checked.length < instruments.length) {
      const unchecked = instruments.length - checked.length;
      logger.warn('the day is left for later: its charts may have been adjusted since', { date, unchecked });
      continue;
    }
    const adjustments = await untilAnswered(() => store.adjustments(), {
      backoff: backoffOf(dependencies),
      logger,
      signal,
    });
    logger.info('bringing a missing day', { date, symbols: instruments.length, unknown: coverage.unknown });
    const receipt = await sweepAndSeal(dependencies, {
      grid: new DayGrid(dependencies.calendar, date),
      instruments,
      adjustments,
      priority: 'backfill',
      deadline: clock.now() + config.pipeline.sweep_patience_ms,
      mustSeal: seal !== 'none',
      ...(seal === 'sealed' && { unknownBefore: coverage.unknown }),
      ...(seal !== 'none' && { sealBy: clock.now() }),
      signal,
    });
    if (receipt === null) logger.warn('the day stays as it is: the broker had nothing more of it', { date });
    else logger.info('missing day sealed', { date, complete: receipt.complete, unknown: receipt.unknown });
  }
}

/** Whether there is anything to bring. */
export async function hasMissingDays(
  dependencies: DayDependencies,
  today: TradingDate,
  signal: AbortSignal,
  isBackfilled: (date: TradingDate) => boolean,
): Promise<boolean> {
  for (const date of recentDays(dependencies, today)) {
    if (isBackfilled(date)) continue;
    if ((await missingOn(dependencies, date, signal)) !== null) return true;
  }
  return false;
}

/** The trading days before `today` that are brought, newest first; fewer where the calendar begins later. */
export function recentDays({ calendar, config, logger }: DayDependencies, today: TradingDate): readonly TradingDate[] {
  const dates: TradingDate[] = [];
  try {
    let date = calendar.previousTradingDay(today);
    for (; date !== null && dates.length < config.pipeline.backfill_days; date = calendar.previousTradingDay(date)) {
      dates.push(date);
    }
  } catch (error) {
    if (!(error instanceof RtpError)) throw error;
    logger.warn('earlier days are outside the calendar', { error: describeError(error) });
  }
  return dates;
}

async function missingOn(
  dependencies: DayDependencies,
  date: TradingDate,
  signal: AbortSignal,
): Promise<MissingDay | null> {
  const { store, logger } = dependencies;
  const options = { backoff: backoffOf(dependencies), logger, signal };
  const receipt = await untilAnswered(() => store.receipt(date), options);
  const isSealed = (await untilAnswered(() => store.dates(), options)).some(
    (known) => known.date === date && known.state === 'sealed',
  );
  if (isSealed && receipt?.complete === true) return null;
  const coverage = await untilAnswered(() => store.coverage(date), options);
  const seal = receipt === null ? 'none' : coverage.state === 'open' ? 'reopened' : 'sealed';
  return coverage.unknown > 0 || (coverage.state === 'open' && coverage.expected > 0) ? { coverage, seal } : null;
}

/** Whether an instrument lacks official candles. */
const isNotSwept = ({ unknown, bars, byState }: InstrumentCoverage): boolean =>
  unknown > 0 || bars > byState.reconciled;
