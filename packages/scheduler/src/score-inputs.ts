import { componentOf, type HealthScoreInputs, type PipelineReport, type SystemStatus } from '@rtp/core';
import type { Health } from './health.ts';
import type { PipelineWish } from './pipeline-wish.ts';

/** Failed calls of all that the running process has made, 0 to 1; null before the first. */
export function errorRateOf(report: Pick<PipelineReport, 'calls' | 'errors'> | null): number | null {
  return report === null || report.calls === 0 ? null : Math.min(1, report.errors / report.calls);
}

export interface ScoreSources {
  readonly system: SystemStatus | null;
  readonly wish: Pick<PipelineWish, 'wanted'>;
  readonly health: Health;
  readonly isSessionOpen: boolean;
  /** Of the process that runs; null when none does. */
  readonly running: PipelineReport | null;
  readonly dataAgeMs: number | null;
}

/** What the health score is worked out from, as the scheduler knows it. */
export function scoreInputs({
  system,
  wish,
  health,
  isSessionOpen,
  running,
  dataAgeMs,
}: ScoreSources): HealthScoreInputs {
  const line = system === null ? undefined : componentOf(system, 'pipeline');
  const ackMs = running?.sealToAckP99Ms ?? null;
  return {
    wanted: wish.wanted,
    isPipelineServing: line?.state === 'ready' || line?.state === 'degraded',
    isPipelineUp: (line?.pid ?? null) !== null,
    isSessionOpen,
    errorRate: errorRateOf(running),
    dataAgeMs,
    cycleMs: running === null || ackMs === null ? null : running.graceMs + ackMs,
    critical: health.status === 'failed' ? health.reasons : [],
  };
}
