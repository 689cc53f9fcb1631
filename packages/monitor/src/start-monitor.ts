import {
  type ChildContext,
  type MonitorReport,
  type RunningComponent,
  readProcessUsage,
  realInterval,
} from '@rtp/core';
import { CoverageWatch, createStoreClient } from '@rtp/store-client';
import { keptProof } from './proof/kept-proof.ts';
import { ProofWatch } from './proof/proof-watch.ts';
import { runProof } from './proof/run-proof.ts';
import { writeReport } from './report/write-report.ts';
import { Sampler } from './sampler.ts';

/** The monitor process: the metric history of the running system, and the proof of its sealed days. Nothing depends on it. */
export async function startMonitor(context: ChildContext): Promise<RunningComponent<'monitor'>> {
  const { calendar, clock, config, logger, paths, signal } = context;
  const store = createStoreClient({ socketPath: paths.storeSocket });
  const sampler = new Sampler({
    clock,
    calendar,
    logger,
    metricsDir: paths.metricsDir,
    coverage: new CoverageWatch(store, config.monitor.coverage_interval_ms),
    usageOf: readProcessUsage,
  });
  const { monitor } = config;
  const proofs = new ProofWatch({
    clock,
    calendar,
    logger,
    store,
    times: {
      intervalMs: monitor.proof_interval_ms,
      intervalFloorMs: monitor.proof_interval_floor_ms,
      delayMs: monitor.proof_delay_ms,
      delayFloorMs: monitor.proof_delay_floor_ms,
      marginMs: monitor.proof_margin_ms,
      retryMs: monitor.proof_retry_ms,
      days: monitor.proof_days,
    },
    kept: (date) => keptProof(paths, date),
    prove: (date, stopping) => runProof(paths, date, monitor.proof_timeout_ms, stopping),
  });
  const proving = proofs.run(signal);
  const report = (): MonitorReport => {
    const { degraded, ...sampled } = sampler.report();
    const conditions = [degraded, proofs.degraded].filter((text) => text !== '');
    return { ...sampled, proof: proofs.report(), degraded: conditions.join('; ') };
  };
  const ticks = realInterval(config.monitor.sample_interval_ms, () => void sampler.tick());
  return {
    report,
    progress: () => sampler.report().samples,
    onSystemStatus: (status) => sampler.observe(status),
    onAlert: (alert) => logger.error(`ALERT: ${alert.summary}`, { ...alert }),
    onOrder: (order) => writeReport(paths, order, monitor.report_timeout_ms, signal),
    stop: async () => {
      ticks.cancel();
      await Promise.all([sampler.settled(), proving]);
      await store.close();
    },
  };
}
