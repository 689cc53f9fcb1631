import {
  componentOf,
  type EpochMs,
  type PipelineReport,
  reportOf,
  type SystemStatus,
  type TradingDate,
} from '@rtp/core';
import type { FinishedRun } from './pipeline-wish.ts';

/** What the scheduler remembers of the pipeline from one snapshot to the next, over its processes' lives. */
export interface PipelineMemory {
  readonly pid: number | null;
  /** The report of the process that runs now; null when none runs or it has not spoken. */
  readonly running: PipelineReport | null;
  /** The newest report of any process. */
  readonly last: PipelineReport | null;
  /** Start of the newest minute with an acknowledged bar, of any process. */
  readonly lastDataUpdate: EpochMs | null;
  /** Newest date of which a seal receipt was reported. */
  readonly sealedDate: TradingDate | null;
  /** The last time a process turned to phase `done`. */
  readonly finished: FinishedRun | null;
  /** Since when the live minutes come from the source they come from. */
  readonly sourceSince: EpochMs | null;
}

export const emptyPipelineMemory: PipelineMemory = Object.freeze({
  pid: null,
  running: null,
  last: null,
  lastDataUpdate: null,
  sealedDate: null,
  finished: null,
  sourceSince: null,
});

/** The memory after one more snapshot, taken at market instant `now`. */
export function rememberPipeline(memory: PipelineMemory, status: SystemStatus, now: EpochMs): PipelineMemory {
  const line = componentOf(status, 'pipeline');
  const pid = line?.pid ?? null;
  // While a process starts, the snapshot may still carry its predecessor's report.
  const hasSpoken = pid !== null && line?.state !== 'starting' && line?.state !== 'backoff';
  const running = hasSpoken ? reportOf(status, 'pipeline') : null;
  if (running === null) return { ...memory, pid, running: null };
  const isFinished = running.phase === 'done';
  const wasFinished = memory.running?.phase === 'done' && memory.pid === pid;
  return {
    pid,
    running,
    last: running,
    lastDataUpdate: newest(memory.lastDataUpdate, running.lastDataUpdate),
    sealedDate: running.sealed ? running.tradingDate : memory.sealedDate,
    finished: isFinished && !wasFinished ? { at: now, tradingDate: running.tradingDate } : memory.finished,
    sourceSince: memory.last?.source === running.source ? memory.sourceSince : now,
  };
}

function newest(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
