import type { EpochMs } from '@rtp/core';

/** What an operator wished for the pipeline against the calendar; kept over restarts of the scheduler. */
export interface OperatorOverride {
  readonly wanted: 'up' | 'down';
  readonly since: EpochMs;
  /** Market instant at which it lapses; null while only a wish or the pipeline's own end can lift it. */
  readonly until: EpochMs | null;
  /** Who asked, for people: `control api`, `rtp pipeline stop`. */
  readonly by: string;
}

/** What came of an operator's wish. */
export interface PipelineChange {
  /** False when things were so already. */
  readonly changed: boolean;
  /** What is so now, for people. */
  readonly text: string;
}

/** An operator's hold on the pipeline. Each takes effect before it returns; nothing waits for a process. */
export interface PipelineControl {
  readonly override: OperatorOverride | null;
  /** Lifts a manual stop; out of the calendar's hours wants the pipeline up until it has nothing left to do. */
  startPipeline(by: string): PipelineChange;
  /** Wants the pipeline down until the next session's preparation or a manual start. */
  stopPipeline(by: string): PipelineChange;
}
