import { type EpochMs, MINUTE_MS, type PipelineReport, type SessionAt } from '@rtp/core';

export interface SealingLagInput {
  readonly report: Pick<PipelineReport, 'phase' | 'source' | 'lastSealedMinute' | 'graceMs'>;
  readonly now: EpochMs;
  readonly session: Pick<SessionAt, 'window'>;
  readonly speed: number;
  /** Real ms since the pipeline became ready. */
  readonly readyForMs: number;
}

/** Minutes of the market a pipeline has to catch up with its first seal. */
const WARM_UP_MINUTES = 3;

/**
 * How far, in real ms, the sealing of minutes lags behind the market: the time since the minute after the newest sealed
 * one should have been sealed. 0 when nothing is due, when the pipeline is not on the feed (charts are slower by
 * nature) or has only just started.
 */
export function sealingLagMs(input: SealingLagInput): number {
  const { report, now, session, speed, readyForMs } = input;
  const isComparable =
    report.phase === 'session' &&
    report.source === 'feed' &&
    report.lastSealedMinute !== null &&
    session.window !== null &&
    readyForMs * speed > WARM_UP_MINUTES * MINUTE_MS;
  if (!isComparable) return 0;
  const sealedUntil = Math.max((report.lastSealedMinute ?? 0) + MINUTE_MS, session.window?.openMs ?? 0);
  return Math.max(0, (now - sealedUntil - MINUTE_MS - report.graceMs) / speed);
}
