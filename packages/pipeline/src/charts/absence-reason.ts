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
  /** The same minutes are lacking in one answer only, in two one after the other, or in all for `gap_lasting_ms`. */
  readonly lacked: 'once' | 'twice' | 'lasting';
  readonly volume: VolumeEvidence;
  /** The instrument's whole day: every minute was still, or one moved; `open` otherwise. */
  readonly day: 'still' | 'moved' | 'open';
}

/**
 * Why an expected minute has no bar (wire §11). A minute is without trades only if the chart lacks it **and** volume did not
 * move, which has to be proved.
 *
 * | chart        | moved        | still       | unseen        | doubtful               | unobserved           |
 * |--------------|--------------|-------------|---------------|------------------------|----------------------|
 * | `flat`       | `broker_lag` | `no_trades` | `no_trades`   | `no_trades`            | `no_trades`          |
 * | `short`      | `broker_lag` | `no_trades` | `unknown`     | `no_trades` if lasting | `no_trades` if twice |
 * | `behind`     | `broker_lag` | `no_trades` | `broker_lag`  | `no_trades` if lasting | `no_trades` if twice |
 * | `empty`      | `broker_lag` | by the day, all four: still `no_trades`, moved `broker_lag`, open `unknown` ||||
 * | `impossible` | `broker_lag` | `unknown`   | `unknown`     | `unknown`              | `unknown`            |
 * | `limited`    | `rate_limited` in all five                                                   |||||
 * | `failed`     | `unknown`    | `unknown`   | `feed_silent` | `feed_silent`          | `feed_silent`        |
 *
 * Until it has been lacked as long as that, a minute of a short chart is `unknown`, one of a chart that is behind `broker_lag`.
 *
 * Where no counter can say anything of the minute and its date is over, two answers that lack the same minutes while they
 * have others of the day are the only evidence there is; where counters that came later leave it open, or the date is not over,
 * a lasting gap is. An empty chart proves nothing by itself (wire §4.6). Halts, closes and listings are found in what this leaves: see
 * `findHalts`, `marketWideAbsences`, `isUnlisted`.
 */
export function absenceReason({ chart, lacked, volume, day }: AbsenceEvidence): AbsenceReason {
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
      if (isProved(volume, lacked)) return 'no_trades';
      return chart === 'behind' ? 'broker_lag' : 'unknown';
  }
}

function isProved(volume: VolumeEvidence, lacked: AbsenceEvidence['lacked']): boolean {
  if (volume === 'unobserved') return lacked !== 'once';
  return volume === 'still' || (volume === 'doubtful' && lacked === 'lasting');
}
