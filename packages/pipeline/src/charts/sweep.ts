/**
 * Brings one date's official candles for a set of instruments.
 *
 *   round: every open instrument is asked once ──▶ `chart_retry_ms` ──▶ round … ──none open that answers, or the deadline──▶ done
 *     └──a call fails──▶ pause, longer with each failure in a row ──▶ the round goes on with the next instrument
 *
 * An instrument is finished when every expected minute is a bar or settled, or when its chart has been asked again
 * `retries` times: what is left is then recorded with an open reason. Failed calls do not count as answers; but when others
 * have been answered and only charts are left that have failed in more than `retries` rounds, these are left for a later
 * sweep: what the others owe must not wait for them. Finished instruments leave in batches of `batchSize` symbols.
 */
import { type EpochMs, type Instrument, isSettled, type Logger, type MarketClock, type RtpConfig } from '@rtp/core';
import type { CallPriority, Candles, DhanClient } from '@rtp/dhan';
import type { DayGrid } from '../bars/day-grid.ts';
import type { FailureGate } from './failure-gate.ts';
import { haltRuleOf } from './halts.ts';
import type { EvidenceOf } from './live-evidence.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import { type Gap, type Reconciled, reconcile } from './reconcile.ts';
import { type BasisChange, toStoredBasis } from './stored-basis.ts';
import { askAll, type Task } from './sweep-round.ts';

export interface SweepOptions extends OutboxOptions {
  readonly clock: MarketClock;
  readonly client: DhanClient;
  readonly logger: Logger;
  readonly config: RtpConfig['pipeline'];
  readonly grid: DayGrid;
  /** Priority symbols first. */
  readonly instruments: readonly Instrument[];
  readonly evidenceOf: EvidenceOf;
  /** How an instrument's candles differ from the stored bars of the date; null where they do not. */
  readonly basisOf: (instrument: Instrument) => Basis | null;
  readonly priority: CallPriority;
  readonly maxInFlight: number;
  /** Times a chart with unexplained gaps is asked again. */
  readonly retries: number;
  readonly memory: SweepMemory;
  /** Market instant after which nothing more is asked for. */
  readonly deadline: EpochMs;
  readonly signal: AbortSignal;
  onFinished(instrument: Instrument): void;
  onOutOfSession(candles: number): void;
  onImpossible(candles: number): void;
}

/** What a later sweep of the same date goes on from. By instrument id. */
export interface SweepMemory {
  /** What each instrument's latest chart lacked. */
  readonly gaps: Map<number, Gap>;
  /** Instruments whose impossible candles have been told of. */
  readonly told: Set<number>;
  /** How the broker has answered so far. */
  readonly gate: FailureGate;
}

/** The scale of the stored bars of a date, where charts have been adjusted since. */
export interface Basis {
  readonly changes: readonly BasisChange[];
  /** Minutes that have an official bar as it was traded: an adjusted candle, which has been rounded, is no better. */
  isOfficial(ts: EpochMs): boolean;
}

/** An instrument whose charts were never answered, and why. */
export interface Unanswered {
  readonly instrument: Instrument;
  readonly why: 'limited' | 'failed';
}

/** An instrument that owes official candles, be there live bars of these minutes or not; null: of the whole day. */
export interface Unsettled {
  readonly instrument: Instrument;
  readonly owed: readonly EpochMs[] | null;
}

/** How the sweep ended. */
export interface SweepResult {
  /** Never answered. */
  readonly unanswered: readonly Unanswered[];
  /** Worth asking again later. */
  readonly unsettled: readonly Unsettled[];
  /** Charts that had nothing of the day however often they were asked, and no live source either. */
  readonly empty: readonly Instrument[];
  /** Charts that had something of the day. */
  readonly charted: number;
  /** By grid index, 1 where an instrument of the sweep traded. */
  readonly traded: Uint8Array;
}

/**
 * A chart may lack this many minutes that live sources saw whole, and still be taken for the official day, once it has lacked
 * them for `gap_lasting_ms`.
 */
export const DISPUTED_MINUTES = 5;

/** Runs the sweep. Errors: RTP_PIPELINE_STOPPED, RTP_BATCH_INVALID, the signal's reason. */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { clock, config, signal, deadline, retries } = options;
  const outbox = new Outbox(options);
  const round = {
    ...options,
    gate: options.memory.gate,
    judge: (instrument: Instrument, candles: Candles) => judge(options, instrument, candles),
  };
  let tasks: Task[] = options.instruments.map((instrument) => ({
    instrument,
    answers: 0,
    latest: null,
    failure: null,
    failedRounds: 0,
  }));
  const unsettled: Unsettled[] = [];
  const empty: Instrument[] = [];
  let charted = 0;
  const traded = new Uint8Array(options.grid.minutes);
  const finish = async (task: Task, result: Reconciled): Promise<void> => {
    if (isUnsettled(result)) unsettled.push({ instrument: task.instrument, owed: owedOf(result) });
    for (const { ts } of tradesOf(result)) traded[options.grid.indexOf(ts)] = 1;
    if (!result.isEmpty) charted += 1;
    else if (result.absences.every(({ reason }) => reason === 'unknown')) empty.push(task.instrument);
    options.onOutOfSession(result.outOfSession);
    tellImpossible(options, task.instrument, result.impossible);
    await outbox.add(result);
    options.onFinished(task.instrument);
  };
  while (tasks.length > 0) {
    const open: Task[] = [];
    await askAll(round, tasks, async (task) => {
      const { latest } = task;
      if (latest !== null && (latest.owed === 0 || task.answers > retries)) await finish(task, latest);
      else open.push(task);
    });
    tasks = inOrder(options.instruments, open);
    if (tasks.length === 0) break;
    await outbox.flush();
    const isAnswering = tasks.length < options.instruments.length;
    const isLeft = isAnswering && tasks.every(({ failedRounds }) => failedRounds > retries);
    if (isLeft || clock.now() >= deadline) break;
    await clock.sleep(config.chart_retry_ms, { floorMs: config.chart_retry_floor_ms, signal });
  }
  for (const task of tasks) if (task.latest !== null) await finish(task, task.latest);
  await outbox.flush();
  const silent = tasks.filter((task) => task.latest === null);
  // Those whose turn never came share the fate of the others.
  const common = silent.find(({ failure }) => failure !== null)?.failure ?? 'failed';
  const unanswered = silent.map(({ instrument, failure }) => ({ instrument, why: failure ?? common }));
  return {
    unanswered,
    unsettled: [...silent.map(({ instrument }) => ({ instrument, owed: null })), ...unsettled],
    empty,
    charted,
    traded,
  };
}

function isUnsettled({ owed, unwatched, isLasting }: Reconciled): boolean {
  return owed > DISPUTED_MINUTES || unwatched > 0 || (owed > 0 && !isLasting);
}

function owedOf({ absences }: Reconciled): readonly EpochMs[] {
  return absences.filter(({ reason }) => !isSettled(reason)).map(({ ts }) => ts);
}

/** Minutes with trades: bars, and those whose bar the chart lacks. */
function tradesOf({ bars, absences }: Reconciled): readonly { readonly ts: EpochMs }[] {
  return [...bars, ...absences.filter(({ reason }) => reason === 'broker_lag')];
}

function tellImpossible(
  { memory, logger, grid, onImpossible }: SweepOptions,
  { symbol, instrumentId }: Instrument,
  candles: number,
): void {
  if (candles === 0) return;
  onImpossible(candles);
  if (memory.told.has(instrumentId)) return;
  memory.told.add(instrumentId);
  logger.warn('impossible candles left out: their minutes stay owed', { symbol, date: grid.date, candles });
}

/** One instrument's answer as bars and absences on the stored basis. */
function judge(options: SweepOptions, instrument: Instrument, candles: Candles): Reconciled {
  const { grid, memory, clock } = options;
  const basis = options.basisOf(instrument);
  const result = reconcile({
    instrument,
    grid,
    candles: basis === null ? candles : toStoredBasis(candles, grid.date, basis.changes),
    evidence: options.evidenceOf(instrument),
    halt: haltRuleOf(options.config),
    state: 'reconciled',
    knownAt: clock.now(),
    previous: memory.gaps.get(instrument.instrumentId) ?? null,
    lastingMs: options.config.gap_lasting_ms,
  });
  memory.gaps.set(instrument.instrumentId, result.gap);
  return basis === null ? result : { ...result, bars: result.bars.filter(({ ts }) => !basis.isOfficial(ts)) };
}

function inOrder(instruments: readonly Instrument[], tasks: readonly Task[]): Task[] {
  const rank = new Map(instruments.map((instrument, position) => [instrument, position]));
  return tasks.toSorted((a, b) => (rank.get(a.instrument) ?? 0) - (rank.get(b.instrument) ?? 0));
}
