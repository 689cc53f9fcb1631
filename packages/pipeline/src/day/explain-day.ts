/**
 * What no single chart can tell, found once a date has been swept: why minutes are owed of instruments that were never
 * answered, which instruments were not listed, and when the whole market was silent.
 */
import { type Absence, describeError, INSTRUMENT_CLASSES, type Instrument, isSettled, tradingDateOf } from '@rtp/core';
import type { CallPriority, MasterRow } from '@rtp/dhan';
import type { MinuteState } from '@rtp/store-client';
import type { DayGrid } from '../bars/day-grid.ts';
import { haltRuleOf } from '../charts/halts.ts';
import { askListing, isUnlisted } from '../charts/listing.ts';
import type { EvidenceOf } from '../charts/live-evidence.ts';
import { marketWideAbsences } from '../charts/market-wide.ts';
import { unansweredAbsences } from '../charts/reconcile.ts';
import type { SweepResult } from '../charts/sweep.ts';
import type { DayDependencies } from './dependencies.ts';

export interface ExplainInput {
  readonly grid: DayGrid;
  readonly result: SweepResult;
  readonly evidenceOf: EvidenceOf;
  readonly priority: CallPriority;
  /** Instruments whose listing has been asked about; those asked about now are added. */
  readonly asked: Set<number>;
  readonly signal: AbortSignal;
  /** Asks the store until it answers. */
  ask<T>(question: () => Promise<T>): Promise<T>;
}

/**
 * Records what is found, and returns what is settled by it. Errors: those of the store, the signal's reason; what the broker
 * does not answer stays as it is.
 */
export async function explainDay(dependencies: DayDependencies, input: ExplainInput): Promise<readonly Absence[]> {
  const { store, clock, logger, desk, config } = dependencies;
  const { grid, result, evidenceOf, ask } = input;
  const halt = haltRuleOf(config.pipeline);
  const isPlain = result.unanswered.length === 0 && result.empty.length === 0;
  if (isPlain && !hasSilence(grid, result.traded, halt.minutes)) return [];
  const stored = await ask(() => store.dayState(grid.date));
  const open = openMinutes(stored);
  const knownAt = clock.now();
  const silent = result.unanswered
    .flatMap(({ instrument, why: chart }) =>
      unansweredAbsences({ instrument, grid, evidence: evidenceOf(instrument), knownAt, chart }),
    )
    .filter(open);
  const unlisted = await unlistedAbsences(dependencies, input, stored);
  if (silent.length + unlisted.length > 0) await desk.send(grid.date, [], [...silent, ...unlisted]);
  const listed = await ask(() => store.instruments(grid.date));
  const marketWide = marketWideAbsences({
    grid,
    instruments: listed.filter(({ trackedFrom }) => trackedFrom <= grid.date),
    stored: silent.length + unlisted.length > 0 ? await ask(() => store.dayState(grid.date)) : stored,
    halt,
    knownAt: clock.now(),
  });
  if (marketWide.length === 0) return unlisted;
  logger.warn('nothing was traded in the whole market', {
    date: grid.date,
    minutes: new Set(marketWide.map(({ ts }) => ts)).size,
  });
  await desk.send(grid.date, [], marketWide);
  return [...unlisted, ...marketWide];
}

/** Instruments with an empty chart that were not listed: asked only where the charts of others are there. */
async function unlistedAbsences(
  dependencies: DayDependencies,
  { grid, result, priority, asked, signal }: ExplainInput,
  stored: readonly MinuteState[],
): Promise<readonly Absence[]> {
  const { client, clock, logger } = dependencies;
  const traded = new Set(stored.filter(({ reason }) => reason === null).map(({ instrumentId }) => instrumentId));
  const due = result.empty.filter(({ instrumentId }) => !asked.has(instrumentId) && !traded.has(instrumentId));
  const hasCharts = result.charted > 0 || stored.some(({ source }) => source === 'chart');
  if (due.length === 0 || !hasCharts) return [];
  const absences: Absence[] = [];
  let master: readonly MasterRow[] | null = null;
  for (const instrument of due) {
    try {
      master ??= await client.scripMaster(signal);
      const dates = { date: grid.date, today: tradingDateOf(clock.now()) };
      const evidence = await askListing(client, master, instrument, dates, { priority, signal });
      asked.add(instrument.instrumentId);
      if (!isUnlisted(evidence)) continue;
      logger.warn('not listed on that date', { symbol: instrument.symbol, date: grid.date });
      absences.push(...dayOf(instrument, grid, clock.now()));
    } catch (error) {
      signal.throwIfAborted();
      logger.warn('the listing could not be asked for', { symbol: instrument.symbol, error: describeError(error) });
      break;
    }
  }
  return absences;
}

function dayOf(
  { instrumentId, class: instrumentClass }: Instrument,
  grid: DayGrid,
  knownAt: number,
): readonly Absence[] {
  const minutes = grid.expectedIndexes(instrumentClass);
  return minutes.map((index) => ({ instrumentId, ts: grid.minuteAt(index), reason: 'not_listed', knownAt }));
}

/** Whether the store has neither a bar of the minute nor a settled reason for there being none. */
function openMinutes(stored: readonly MinuteState[]): (absence: Absence) => boolean {
  const known = new Map<number, Set<number>>();
  for (const { instrumentId, ts, reason } of stored) {
    if (reason !== null && !isSettled(reason)) continue;
    known.set(instrumentId, (known.get(instrumentId) ?? new Set()).add(ts));
  }
  return ({ instrumentId, ts }) => known.get(instrumentId)?.has(ts) !== true;
}

/** Whether no swept instrument traded in some run of `minutes` expected minutes: only then the whole date is looked at. */
export function hasSilence(grid: DayGrid, traded: Uint8Array, minutes: number): boolean {
  let run = 0;
  for (let index = 0; index < grid.minutes; index += 1) {
    if (!INSTRUMENT_CLASSES.some((instrumentClass) => grid.isExpected(instrumentClass, index))) continue;
    run = traded[index] === 1 ? 0 : run + 1;
    if (run >= minutes) return true;
  }
  return false;
}
