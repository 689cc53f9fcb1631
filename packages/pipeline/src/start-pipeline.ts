import { type ChildContext, describeError, monotonicMs, type PipelineReport, type RunningComponent } from '@rtp/core';
import type { DhanClient } from '@rtp/dhan';
import type { StoreClient } from '@rtp/store-client';
import type { HistoryPorts } from './backfill/history-ports.ts';
import { BrokerWatch } from './day/broker-watch.ts';
import { DayRunner } from './day/day-runner.ts';
import type { DayDependencies } from './day/dependencies.ts';
import { Gauges } from './day/gauges.ts';
import { BatchSender } from './delivery/batch-sender.ts';
import { IndicatorDesk } from './indicators/indicator-desk.ts';

export const PRODUCER_ID = 'pipeline';

/** What the pipeline reaches the outside through. */
export interface PipelinePorts {
  readonly store: StoreClient;
  readonly client: DhanClient;
  readonly openFeed: DayDependencies['openFeed'];
  /** Grows with every start: wall-clock ms of it. */
  readonly epoch: number;
  /** Work on past dates; without it no backfill is carried out, and no daily candle asked for. */
  readonly history?: HistoryPorts;
}

/** Real time kept back of a stop's deadline for closing connections. */
const CLOSE_RESERVE_MS = 1_000;
/** Real time for what is queued when the manager is gone, and the store probably with it. */
const HURRIED_DELIVERY_MS = 500;

/**
 * Starts the pipeline's run of today and returns at once. A failure that only the owner can mend ends the process through
 * `context.exit`.
 */
export function startPipeline(
  context: Pick<ChildContext, 'config' | 'clock' | 'calendar' | 'logger' | 'signal' | 'raise' | 'exit'>,
  ports: PipelinePorts,
): RunningComponent<'pipeline'> {
  const { config, clock, logger } = context;
  const { store, client } = ports;
  const gauges = new Gauges();
  const sender = new BatchSender({
    store,
    logger,
    producerId: PRODUCER_ID,
    epoch: ports.epoch,
    maxRows: config.pipeline.delivery_max_rows,
    retryMinMs: config.pipeline.store_retry_min_ms,
    retryMaxMs: config.pipeline.store_retry_max_ms,
  });
  const stopping = new AbortController();
  const signal = AbortSignal.any([context.signal, stopping.signal]);
  const desk = new IndicatorDesk({
    ...context,
    store,
    sender,
    batchSize: config.performance.batch_size,
    batchRows: config.pipeline.delivery_batch_rows,
    backoff: { minMs: config.pipeline.store_retry_min_ms, maxMs: config.pipeline.store_retry_max_ms },
    onTrouble: (text) => gauges.setDegraded('indicators', text),
  });
  const runner = new DayRunner({ ...context, ...ports, history: ports.history ?? null, desk, gauges }, signal);
  const watch = new BrokerWatch({
    ...context,
    config: config.broker,
    client,
    gauges,
    signal,
    neededUntil: (now) => runner.tokenNeededUntil(now),
    isFeedDenied: () => isLive(gauges) && runner.session?.isFeedDenied === true,
  });
  const run = runner.run().catch((error: unknown) => {
    if (signal.aborted) return;
    logger.error('the day cannot go on', { error: describeError(error) });
    context.exit(error);
  });

  return {
    report: () => {
      watch.look();
      return reportOf(gauges, runner, sender, client, clock.now());
    },
    onOrder: async (order) => {
      if (order.name !== 'reconnect-source') throw new Error(`The pipeline takes no order ${order.name}.`);
      if (runner.session === null || !isLive(gauges)) return 'no live sources are in use';
      return runner.session.reconnect(order.reason);
    },
    progress: () => gauges.minutesSealed + gauges.barsWritten + gauges.sweepDone + client.stats.calls,
    stop: async ({ cause, deadline }) => {
      stopping.abort(new Error('the pipeline is stopping'));
      await runner.stop();
      const isHurried = cause === 'orphaned' || cause === 'failed';
      await sender.stop(isHurried ? monotonicMs() + HURRIED_DELIVERY_MS : deadline - CLOSE_RESERVE_MS);
      await run;
      await client.close();
      await store.close();
    },
  };
}

/** Whether a session that has been made is under way, not swept yet. */
const isLive = ({ phase }: Gauges): boolean => phase === 'prepare' || phase === 'session';

function reportOf(
  gauges: Gauges,
  { session, backfill }: DayRunner,
  sender: BatchSender,
  client: DhanClient,
  now: number,
): PipelineReport {
  const { stats } = client;
  const live = session !== null && isLive(gauges) ? session : null;
  const degraded = [...gauges.degraded.values()];
  if (sender.failedAttempts > 1) degraded.push(`the store does not answer, ${sender.queuedRows} rows wait`);
  return {
    phase: live !== null ? live.phaseAt(now) : gauges.phase === 'done' && backfill?.isBusy ? 'job' : gauges.phase,
    tradingDate: gauges.tradingDate,
    symbols: gauges.symbols,
    source: live?.source ?? 'none',
    sourceReason: live?.sourceReason ?? '',
    sources: live?.sourceReports ?? [],
    lastSealedMinute: gauges.lastSealedMinute,
    minutesSealed: gauges.minutesSealed,
    lastDataUpdate: gauges.lastDataUpdate,
    barsWritten: gauges.barsWritten,
    corrections: gauges.corrections,
    outOfSession: gauges.candlesOutOfSession + (session?.outOfSession ?? 0),
    graceMs: session?.graceMs ?? 0,
    feedLagP95Ms: session?.feedLagP95Ms ?? null,
    sealToAckP50Ms: gauges.sealToAck.percentile(0.5),
    sealToAckP99Ms: gauges.sealToAck.percentile(0.99),
    calls: stats.calls,
    errors: stats.errors + gauges.errors,
    rateLimited: stats.rateLimited,
    chartCallsLeft: stats.chartCallsLeft,
    budget: stats.budget,
    tokenExpiresAt: stats.tokenExpiresAt,
    tokenWarning: gauges.degraded.get('token') ?? '',
    planLapsedSince: stats.planLapsedSince,
    leaseHeldBy: stats.leaseHeldBy,
    clockSkewMs: stats.clockSkewMs,
    universeWarnings: gauges.universeWarnings,
    backfill: backfill?.report() ?? null,
    sweepDone: gauges.sweepDone,
    sweepTotal: gauges.sweepTotal,
    sealed: gauges.sealed,
    degraded: degraded.join('; '),
  };
}
