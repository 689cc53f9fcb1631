import type { EpochMs, PipelineReport } from '@rtp/core';

/** Names as reports carry them, best first. */
export type LiveSourceName = Exclude<PipelineReport['source'], 'none'>;

/** Whether a source delivers the live minutes of a group right now, and if not, why. */
export interface SourceHealth {
  readonly isUp: boolean;
  readonly reason: string;
}

export const UP: SourceHealth = Object.freeze({ isUp: true, reason: '' });

/** Where live minutes of a group can come from. Sources run side by side; the group's switch says which one is answerable. */
export interface LiveSource {
  readonly name: LiveSourceName;
  /** Market time it must be up again before it is chosen over a worse one that works. */
  readonly recoveryMs: number;
  health(now: EpochMs): SourceHealth;
}
