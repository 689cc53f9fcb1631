import type { EpochMs, Instrument, TradingDate } from '@rtp/core';
import type { CallPriority } from '@rtp/dhan';
import type { DayCoverage, SealReceipt } from '@rtp/store-client';
import type { DayGrid } from '../bars/day-grid.ts';
import { type FeedEvidence, noEvidence } from '../charts/reconcile.ts';
import { type SweepResult, sweep } from '../charts/sweep.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import type { DayDependencies } from './dependencies.ts';
import { sealDay } from './seal-day.ts';

export interface SweepDayInput {
  readonly grid: DayGrid;
  /** To be swept, priority symbols first. */
  readonly instruments: readonly Instrument[];
  readonly evidenceOf?: (instrument: Instrument) => FeedEvidence;
  readonly priority: CallPriority;
  /** When asking ends. */
  readonly deadline: EpochMs;
  /** When an incomplete date is sealed as it is; `deadline` where left out. */
  readonly sealBy?: EpochMs;
  /** Seal at the deadline even if the broker has not answered for some instruments. */
  readonly mustSeal: boolean;
  /** The date has been sealed with unknown minutes: seal it again only if the sweep brings some of them. */
  readonly unknownBefore?: number;
  readonly signal: AbortSignal;
  onFinished?(instrument: Instrument): void;
}

/** Sweeps one date and seals it. Null when it is left open for another time. Errors: those of the store, the signal's reason. */
export async function sweepAndSeal(dependencies: DayDependencies, input: SweepDayInput): Promise<SealReceipt | null> {
  const { config, clock, client, logger, store } = dependencies;
  const { grid, signal } = input;
  const settings = config.pipeline;
  const gaps = new Map<number, string>();
  let last = await sweepInstruments(dependencies, input, input.instruments, gaps, settings.chart_retries);
  if (input.unknownBefore !== undefined) {
    const { unknown } = await untilAnswered(() => store.coverage(grid.date), {
      backoff: backoffOf(dependencies),
      logger,
      signal,
    });
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
      const owing = await instrumentsWithUnknown(dependencies, coverage, input.instruments);
      const known = new Set(owing.map((instrument) => instrument.instrumentId));
      const unsettled = last.unsettled.filter((instrument) => !known.has(instrument.instrumentId));
      last = await sweepInstruments(dependencies, input, [...owing, ...unsettled], gaps, 0);
    },
    mayForce: () => input.mustSeal || last.unanswered.length === 0,
  });
}

/** The instruments a coverage owes minutes of, as listed on its date. */
export async function instrumentsWithUnknown(
  dependencies: DayDependencies,
  coverage: DayCoverage,
  known: readonly Instrument[] = [],
): Promise<readonly Instrument[]> {
  const owing = new Set(coverage.instruments.filter((entry) => entry.unknown > 0).map((entry) => entry.instrumentId));
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

function sweepInstruments(
  dependencies: DayDependencies,
  input: SweepDayInput,
  instruments: readonly Instrument[],
  gaps: Map<number, string>,
  retries: number,
): Promise<SweepResult> {
  const { config, clock, client, logger, desk, gauges } = dependencies;
  const date: TradingDate = input.grid.date;
  return sweep({
    clock,
    client,
    logger,
    config: config.pipeline,
    grid: input.grid,
    instruments,
    evidenceOf: input.evidenceOf ?? (() => noEvidence),
    priority: input.priority,
    maxInFlight: config.performance.max_workers_data,
    batchSize: config.performance.batch_size,
    deadline: input.deadline,
    retries,
    gaps,
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
  });
}
