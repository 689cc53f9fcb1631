import type { Absence, EpochMs, Instrument, TradingDate } from '@rtp/core';
import type { CallPriority } from '@rtp/dhan';
import type { Adjustment, DayCoverage, InstrumentCoverage, MinuteState, SealReceipt } from '@rtp/store-client';
import type { DayGrid } from '../bars/day-grid.ts';
import { FailureGate } from '../charts/failure-gate.ts';
import { type EvidenceOf, noEvidence } from '../charts/live-evidence.ts';
import { type Basis, type SweepMemory, type SweepResult, sweep, type Unsettled } from '../charts/sweep.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import type { DayDependencies } from './dependencies.ts';
import { explainDay } from './explain-day.ts';
import { sealDay } from './seal-day.ts';

export interface SweepDayInput {
  readonly grid: DayGrid;
  /** To be swept, priority symbols first. */
  readonly instruments: readonly Instrument[];
  readonly evidenceOf?: EvidenceOf;
  /** Asks for what evidence is still to be had; before every round. */
  gatherEvidence?(): Promise<void>;
  /** Every adjustment that is known: charts of an earlier date are read on the basis of its bars. */
  readonly adjustments?: readonly Adjustment[];
  readonly priority: CallPriority;
  /** When asking ends. */
  readonly deadline: EpochMs;
  /** When an incomplete date is sealed as it is; `deadline` where left out. */
  readonly sealBy?: EpochMs;
  /** Seal at the deadline even if the broker has not answered for some instruments. */
  readonly mustSeal: boolean;
  /** The date has been sealed with minutes owed: seal it again only if the sweep brings some of them. */
  readonly unknownBefore?: number;
  readonly signal: AbortSignal;
  onFinished?(instrument: Instrument): void;
}

/** What the sweeps of one date have in common. */
interface DaySweep extends SweepDayInput {
  readonly memory: SweepMemory;
  /** Instruments whose listing has been asked about. */
  readonly asked: Set<number>;
  readonly basisOf: (instrument: Instrument) => Basis | null;
  ask<T>(question: () => Promise<T>): Promise<T>;
}

/** Sweeps one date and seals it. Null when it is left open for another time. Errors: those of the store, the signal's reason. */
export async function sweepAndSeal(dependencies: DayDependencies, input: SweepDayInput): Promise<SealReceipt | null> {
  const { config, clock, client, logger, store } = dependencies;
  const { grid, signal } = input;
  const settings = config.pipeline;
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    untilAnswered(question, { backoff: backoffOf(dependencies), logger, signal });
  const day: DaySweep = {
    ...input,
    memory: { gaps: new Map(), told: new Set(), gate: new FailureGate({ clock, config: settings }) },
    asked: new Set(),
    basisOf: await basisOn(input, () => ask(() => store.dayState(grid.date))),
    ask,
  };
  let last = await sweepInstruments(dependencies, day, input.instruments, settings.chart_retries);
  if (input.unknownBefore !== undefined) {
    const { unknown } = await ask(() => store.coverage(grid.date));
    if (unknown >= input.unknownBefore) return null;
  }
  return sealDay({
    store,
    clock,
    logger,
    date: grid.date,
    deadline: input.sealBy ?? input.deadline,
    retryMs: settings.seal_retry_ms,
    retryFloorMs: settings.chart_retry_floor_ms,
    backoff: backoffOf(dependencies),
    signal,
    unsettled: () => last.unsettled.length,
    affordableAfterMs: (instruments) =>
      ((input.deadline - clock.now()) * instruments) / Math.max(1, client.stats.chartCallsLeft),
    repair: async (coverage) => {
      const owing = await instrumentsOf(dependencies, coverage, owesMinutes, input.instruments);
      const known = new Set(owing.map((instrument) => instrument.instrumentId));
      const unsettled = last.unsettled.map(({ instrument }) => instrument);
      const others = unsettled.filter(({ instrumentId }) => !known.has(instrumentId));
      last = await sweepInstruments(dependencies, day, [...owing, ...others], 0);
    },
    mayForce: () => input.mustSeal || last.unanswered.length === 0,
  });
}

/** The basis of the date's bars, of instruments that have been adjusted since. */
async function basisOn(
  { grid, instruments, adjustments = [] }: SweepDayInput,
  dayState: () => Promise<readonly MinuteState[]>,
): Promise<(instrument: Instrument) => Basis | null> {
  const later = Map.groupBy(
    adjustments.filter(({ exDate }) => exDate > grid.date),
    ({ instrumentId }) => instrumentId,
  );
  if (!instruments.some(({ instrumentId }) => later.has(instrumentId))) return () => null;
  const official = new Set<string>();
  for (const { instrumentId, ts, source, partial } of await dayState()) {
    if (source === 'chart' && !partial && later.has(instrumentId)) official.add(`${instrumentId} ${ts}`);
  }
  return ({ instrumentId }) => {
    const changes = later.get(instrumentId);
    return changes === undefined ? null : { changes, isOfficial: (ts) => official.has(`${instrumentId} ${ts}`) };
  };
}

export const owesMinutes = ({ unknown }: InstrumentCoverage): boolean => unknown > 0;

/** The instruments of which a coverage `owes` something, as listed on its date. */
export async function instrumentsOf(
  dependencies: DayDependencies,
  coverage: DayCoverage,
  owes: (entry: InstrumentCoverage) => boolean,
  known: readonly Instrument[] = [],
): Promise<readonly Instrument[]> {
  const owing = new Set(coverage.instruments.filter(owes).map((entry) => entry.instrumentId));
  const listed = await dependencies.store.instruments(coverage.date);
  const current = new Map(known.map((instrument) => [instrument.instrumentId, instrument]));
  const rank = new Map(known.map((instrument, position) => [instrument.instrumentId, position]));
  return listed
    .filter((instrument) => owing.has(instrument.instrumentId))
    .map((instrument) => ({
      ...instrument,
      // The charts know an instrument under today's id only.
      securityId: current.get(instrument.instrumentId)?.securityId ?? instrument.securityId,
    }))
    .toSorted((a, b) => (rank.get(a.instrumentId) ?? known.length) - (rank.get(b.instrumentId) ?? known.length));
}

/** Real back-off bounds of store calls. */
export function backoffOf({ config }: DayDependencies): { minMs: number; maxMs: number } {
  return { minMs: config.pipeline.store_retry_min_ms, maxMs: config.pipeline.store_retry_max_ms };
}

/** One sweep, and what it says of the whole date. */
async function sweepInstruments(
  dependencies: DayDependencies,
  input: DaySweep,
  instruments: readonly Instrument[],
  retries: number,
): Promise<SweepResult> {
  const { config, clock, client, logger, desk, gauges } = dependencies;
  const date: TradingDate = input.grid.date;
  const evidenceOf = input.evidenceOf ?? (() => noEvidence);
  await input.gatherEvidence?.();
  const result = await sweep({
    clock,
    client,
    logger,
    config: config.pipeline,
    grid: input.grid,
    instruments,
    evidenceOf,
    basisOf: input.basisOf,
    priority: input.priority,
    maxInFlight: config.performance.max_workers_data,
    batchSize: config.performance.batch_size,
    deadline: input.deadline,
    retries,
    memory: input.memory,
    signal: input.signal,
    deliver: async (bars, absences) => {
      const ack = await desk.send(date, bars, absences);
      gauges.barsWritten += ack.inserted + ack.revised;
      gauges.corrections += ack.revised;
      if (date === gauges.tradingDate) {
        const newest = bars.reduce((latest, bar) => Math.max(latest, bar.ts), gauges.lastDataUpdate ?? 0);
        if (newest > 0) gauges.lastDataUpdate = newest;
      }
      return ack;
    },
    onFinished: (instrument) => input.onFinished?.(instrument),
    onOutOfSession: (candles) => {
      gauges.candlesOutOfSession += candles;
    },
    onImpossible: (candles) => {
      gauges.errors += candles;
    },
  });
  const settled = await explainDay(dependencies, { ...input, evidenceOf, result });
  return { ...result, unsettled: stillUnsettled(result.unsettled, settled) };
}

/** What is left when these minutes are owed no more. */
function stillUnsettled(unsettled: readonly Unsettled[], settled: readonly Absence[]): readonly Unsettled[] {
  const minutes = Map.groupBy(settled, ({ instrumentId }) => instrumentId);
  return unsettled.filter(({ instrument, owed }) => {
    const known = new Set(minutes.get(instrument.instrumentId)?.map(({ ts }) => ts));
    return owed === null || owed.some((ts) => !known.has(ts));
  });
}
