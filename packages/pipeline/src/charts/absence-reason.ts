import type { AbsenceReason } from '@rtp/core';

/** What is known about an expected minute for which there is no official bar. */
export interface AbsenceEvidence {
  /** `flat`: a candle without volume. `short`: the chart has other minutes of the day. `empty`: it has none. */
  readonly chart: 'flat' | 'short' | 'empty';
  /** The chart was asked again and lacked the same minutes. */
  readonly isRepeated: boolean;
  /** The feed saw the whole minute. */
  readonly isWatched: boolean;
  /** The feed saw every minute of the instrument's day, and no volume moved in any. */
  readonly isQuietDay: boolean;
  /** Cumulative volume moved in the minute. */
  readonly hasMoved: boolean;
}

/**
 * Why an expected minute has no bar (wire §11). A minute is without trades only if the chart lacks it and
 * volume did not move; where nobody watched, a chart must lack it twice; an empty chart proves nothing by itself.
 */
export function absenceReason(evidence: AbsenceEvidence): AbsenceReason {
  if (evidence.hasMoved) return 'unknown';
  if (evidence.chart === 'flat') return 'no_trades';
  if (evidence.chart === 'empty') return evidence.isQuietDay ? 'no_trades' : 'unknown';
  return evidence.isWatched || evidence.isRepeated ? 'no_trades' : 'unknown';
}
