import type { EpochMs, PipelineReport } from '@rtp/core';

/** Names as reports carry them, best first. */
export type LiveSourceName = Exclude<PipelineReport['source'], 'none'>;

/** Whether a source delivers the live minutes right now, and if not, why. */
export interface SourceHealth {
  readonly isUp: boolean;
  readonly reason: string;
}

/** Where live minutes can come from. Sources run side by side; the switch says which one is answerable. */
export interface LiveSource {
  readonly name: LiveSourceName;
  health(now: EpochMs): SourceHealth;
}
