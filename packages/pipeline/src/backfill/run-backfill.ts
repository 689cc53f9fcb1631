import { addDays, type BackfillJob, type TradingDate, tradingDateOf } from '@rtp/core';
import type { Adjustment } from '@rtp/store-client';
import type { DayDependencies } from '../day/dependencies.ts';
import { backoffOf } from '../day/sweep-day.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import { CandleSpool } from './candle-spool.ts';
import { type DeliveryTally, deliverWindow } from './deliver-window.ts';
import { chartOf, fetchWindow, minutesOf } from './fetch-window.ts';
import { findAdjustments } from './find-adjustments.ts';
import type { HistoryPorts } from './history-ports.ts';
import { type Neighbours, neighboursOf } from './neighbours.ts';
import type { BackfillProgress } from './progress.ts';
import { splitWarning } from './split-warning.ts';
import { chosen, type Subject } from './subjects.ts';
import { planWindows, tradingDates, type WindowPlan } from './window-plan.ts';

/** Stored dates of a window that are compared with it: the oldest may have too few minutes in common. */
const DATES_COMPARED = 3;
/** Of more symbols, a summary gives the number. */
const SYMBOLS_NAMED = 10;

export interface BackfillInput {
  readonly job: BackfillJob;
  readonly history: HistoryPorts;
  readonly universe: readonly Subject[];
  readonly progress: BackfillProgress;
  readonly signal: AbortSignal;
}

export interface BackfillOutcome {
  /** What came of it, for people. */
  readonly summary: string;
  /** Whether it is worth asking again: the broker refused some symbols again and again, or had nothing of any. */
  readonly hasFailed: boolean;
}

/**
 * Carries out a backfill: window by window, the oldest first, all calls of a window into the spool, then its dates to the
 * store. What the store and the spool have of it already is not asked for again, so that a backfill that was broken off
 * anywhere goes on from there. Errors: RTP_BACKFILL_SYMBOL_UNKNOWN, those of the store that do not pass, the signal's reason.
 */
export async function runBackfill(dependencies: DayDependencies, input: BackfillInput): Promise<BackfillOutcome> {
  const { logger } = dependencies;
  const { job, history, progress, signal } = input;
  const subjects = chosen(input.universe, job.symbols);
  const spool = new CandleSpool(history.jobsDir, job.id);
  const range = { from: job.from, to: lastOf(job.to, addDays(tradingDateOf(dependencies.clock.now()), -1)) };
  const plans = await planWindows(dependencies, range, subjects, signal);
  progress.symbols = subjects.length;
  progress.callsTotal = plans.reduce((sum, plan) => sum + plan.asked.length, 0);
  const missing = plans.reduce((sum, plan) => sum + plan.dates.length, 0);
  progress.daysTotal = tradingDates(dependencies, range).length;
  progress.daysDone = progress.daysTotal - missing;
  logger.info('backfill', { ...job, windows: plans.length, calls: progress.callsTotal, days: missing });
  const tally: DeliveryTally = { bars: 0, revised: 0, incomplete: 0, empty: 0, heardOf: new Map() };
  const refused = new Set<string>();
  const neighbours = new Map(plans.length === 0 ? [] : await neighboursOf(dependencies, range, signal));
  for (const plan of plans) {
    const fetching = { plan, spool, progress, universe: input.universe.length, signal };
    for (const symbol of await fetchWindow(dependencies, fetching)) refused.add(symbol);
    const adjustments = await adjustmentsOf(dependencies, input, plan, spool, neighbours);
    await deliverWindow(dependencies, { plan, spool, adjustments, progress, tally, signal });
    spool.drop(plan.window);
  }
  const { heardOf, ...counts } = tally;
  const unheardOf = new Set([...heardOf].filter(([, isHeardOf]) => !isHeardOf).map(([symbol]) => symbol));
  logger.info('backfill delivered', { id: job.id, ...counts, withoutCandles: unheardOf.size });
  if (plans.length === 0) return { summary: 'every date was complete', hasFailed: false };
  const hasNothing = unheardOf.size === subjects.length;
  const tail = refused.size > 0 ? `; the broker refused ${named(refused)}: ask again` : '';
  return { summary: `${summaryOf(progress, tally, unheardOf)}${tail}`, hasFailed: refused.size > 0 || hasNothing };
}

/** Today is never a past date, whatever was asked for. */
const lastOf = (to: TradingDate, yesterday: TradingDate): TradingDate => (to < yesterday ? to : yesterday);

/**
 * Known changes of scale, and those that charts show of dates stored before them: the nearest one before the whole range, of
 * the window's own, the nearest one after. What is known of the neighbours of the range is used up: later windows have theirs in it.
 */
async function adjustmentsOf(
  dependencies: DayDependencies,
  { history, progress, signal }: BackfillInput,
  plan: WindowPlan,
  spool: CandleSpool,
  neighbours: Map<number, Neighbours>,
): Promise<readonly Adjustment[]> {
  const { store, clock, gauges, logger } = dependencies;
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    untilAnswered(question, { backoff: backoffOf(dependencies), logger, signal });
  const known = await ask(() => store.adjustments());
  const found: Adjustment[] = [];
  const dates = (await ask(() => store.dates())).map(({ date }) => date);
  for (const subject of plan.asked) {
    const { instrumentId, listing } = subject;
    // An index is never split, and has no volume to tell it by.
    if (instrumentId === null || listing.class === 'index') continue;
    const charted = new Set(spool.summary(plan.window, listing)?.dates ?? []);
    const within = (plan.held.get(instrumentId) ?? []).filter((date) => charted.has(date));
    const { before, after } = neighbours.get(instrumentId) ?? { before: null, after: null };
    neighbours.delete(instrumentId);
    const held = [before, ...within.slice(0, DATES_COMPARED), after].filter((date) => date !== null);
    if (held.length === 0) continue;
    const fresh = await findAdjustments({
      instrumentId,
      symbol: listing.symbol,
      held,
      later: dates,
      known: known.filter((of) => of.instrumentId === instrumentId),
      today: tradingDateOf(clock.now()),
      clock,
      logger,
      stored: (date) => ask(() => history.storedMinutes(listing.symbol, date)),
      charted: async (date) => {
        if (plan.window.from <= date && date <= plan.window.to) return spool.candles(plan.window, listing, date);
        const request = { ...chartOf(subject), from: date, to: date, priority: 'backfill', signal } as const;
        progress.callsTotal += 1;
        const candles = await minutesOf(dependencies, request);
        progress.callsDone += 1;
        return candles;
      },
    });
    if (fresh.length === 0) continue;
    await ask(() => store.recordAdjustments(fresh));
    for (const change of fresh) gauges.universeWarnings.push(splitWarning(listing.symbol, change));
    found.push(...fresh);
  }
  return [...known, ...found];
}

/** What was incomplete before a restart is delivered again after it, and counted then. */
function summaryOf(
  { symbols, daysTotal }: BackfillProgress,
  { revised, incomplete, empty }: DeliveryTally,
  unheardOf: ReadonlySet<string>,
): string {
  return [
    `${counted(daysTotal, 'day')} of ${counted(symbols, 'symbol')}`,
    incomplete === 0 ? '' : `, ${incomplete} of them with minutes that the broker lacks`,
    empty === 0 ? '' : `, ${empty} of them without anything stored`,
    revised === 0 ? '' : `; ${revised} bars revised`,
    unheardOf.size === 0 ? '' : `; no candle came of ${named(unheardOf)}`,
  ].join('');
}

/** The first few of many symbols, and how many there are. */
function named(symbols: ReadonlySet<string>): string {
  const first = [...symbols].slice(0, SYMBOLS_NAMED).join(', ');
  return symbols.size <= SYMBOLS_NAMED ? first : `${counted(symbols.size, 'symbol')}, ${first} among them`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
