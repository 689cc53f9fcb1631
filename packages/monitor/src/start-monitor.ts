import { type ChildContext, type RunningComponent, readProcessUsage, realInterval } from '@rtp/core';
import { CoverageWatch, createStoreClient } from '@rtp/store-client';
import { Sampler } from './sampler.ts';

/** The monitor process: the metric history of the running system. Nothing depends on it. */
export async function startMonitor(context: ChildContext): Promise<RunningComponent<'monitor'>> {
  const { calendar, clock, config, logger, paths } = context;
  const store = createStoreClient({ socketPath: paths.storeSocket });
  const sampler = new Sampler({
    clock,
    calendar,
    logger,
    metricsDir: paths.metricsDir,
    coverage: new CoverageWatch(store, config.monitor.coverage_interval_ms),
    usageOf: readProcessUsage,
  });
  const ticks = realInterval(config.monitor.sample_interval_ms, () => void sampler.tick());
  return {
    report: () => sampler.report(),
    progress: () => sampler.report().samples,
    onSystemStatus: (status) => sampler.observe(status),
    stop: async () => {
      ticks.cancel();
      await sampler.settled();
      await store.close();
    },
  };
}
