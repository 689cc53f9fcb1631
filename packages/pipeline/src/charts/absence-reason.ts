import type { AbsenceReason } from '@rtp/core';
import type { VolumeEvidence } from './live-evidence.ts';

/**
 * What the charts have of an expected minute for which there is no official bar.
 *
 * - `flat`: a candle without volume. `short`: other minutes of the day, later ones too. `behind`: only earlier ones.
 *   `empty`: none of the day. `impossible`: a candle that cannot be true.
 * - No answer at all: `limited`, because of rate limits or the day's cap; `failed`, for any other reason.
 */
export type ChartEvidence = 'flat' | 'short' | 'behind' | 'empty' | 'impossible' | 'limited' | 'failed';

/** What is known about an expected minute for which there is no official bar. */
export interface AbsenceEvidence {
  readonly chart: ChartEvidence;
  /** The chart was asked again and lacked the same minutes. */
  readonly isRepeated: boolean;
  readonly volume: VolumeEvidence;
  /** The instrument's whole day: every minute was still, or one moved; `open` otherwise. */
  readonly day: 'still' | 'moved' | 'open';
}

/**
 * Why an expected minute has no bar (wire §11). A minute is without trades only if the chart lacks it **and** volume did not
 * move, which has to be proved.
 *
 * | chart        | moved          | still       | unseen        | unobserved                              |
 * |--------------|----------------|-------------|---------------|-----------------------------------------|
 * | `flat`       | `broker_lag`   | `no_trades` | `no_trades`   | `no_trades`                             |
 * | `short`      | `broker_lag`   | `no_trades` | `unknown`     | `no_trades` if repeated, or `unknown`    |
 * | `behind`     | `broker_lag`   | `no_trades` | `broker_lag`  | `no_trades` if repeated, or `broker_lag` |
 * | `empty`      | `broker_lag`   | by the day: still `no_trades`, moved `broker_lag`, open `unknown`, all three |||
 * | `impossible` | `broker_lag`   | `unknown`   | `unknown`     | `unknown`                               |
 * | `limited`    | `rate_limited` in all four                                             ||||
 * | `failed`     | `unknown`      | `unknown`   | `feed_silent` | `feed_silent`                           |
 *
 * Where nobody had observed the instrument by that minute (history, a start after the fact), two answers that lack the same
 * minutes while they have others of the day are the only evidence there is. An empty chart proves nothing by itself
 * (wire §4.6). Halts, closes and listings are found in what this leaves: see `findHalts`, `marketWideAbsences`, `isUnlisted`.
 */
export function absenceReason({ chart, isRepeated, volume, day }: AbsenceEvidence): AbsenceReason {
  if (chart === 'limited') return 'rate_limited';
  if (chart === 'failed') return volume === 'moved' || volume === 'still' ? 'unknown' : 'feed_silent';
  if (volume === 'moved') return 'broker_lag';
  switch (chart) {
    case 'flat':
      return 'no_trades';
    case 'impossible':
      return 'unknown';
    case 'empty':
      return day === 'still' ? 'no_trades' : day === 'moved' ? 'broker_lag' : 'unknown';
    default:
      if (volume === 'still' || (volume === 'unobserved' && isRepeated)) return 'no_trades';
      return chart === 'behind' ? 'broker_lag' : 'unknown';
  }
}
