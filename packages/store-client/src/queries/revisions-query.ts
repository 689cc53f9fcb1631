import { BAR_STATES, type TradingDate } from '@rtp/core';
import { dateLiteral } from './query-runner.ts';

export interface RevisionsQuery {
  readonly instrumentId: number;
  /** First and last date, inclusive. */
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Revisions of the newest minutes kept at most. */
  readonly limit?: number;
}

/** Columns of `revisionsSql`, in order; `time`, `known_at` and `superseded_at` are epoch ms. */
export const REVISION_COLUMNS = [
  'time',
  'revision',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'source',
  'state',
  'partial',
  'known_at',
  'commit_seq',
  'supersedes',
  'superseded_by',
  'superseded_at',
] as const;

const STATES = `[${BAR_STATES.map((state) => `'${state}'`).join(', ')}]`;
const rank = (column: string): string => `list_position(${STATES}, ${column})`;

/**
 * SQL for every revision of every minute of one instrument, by minute and revision. `state` is the highest that the
 * revision reached while it was the newest.
 */
export function revisionsSql({ instrumentId, from, to, limit }: RevisionsQuery): string {
  const where = `instrument_id = ${instrumentId} AND date BETWEEN ${dateLiteral(from)} AND ${dateLiteral(to)}`;
  const all = `
    WITH r AS (
      SELECT *, lag(revision) OVER of_minute AS supersedes, lead(revision) OVER of_minute AS superseded_by,
        lead(known_at) OVER of_minute AS superseded_at, lead(commit_seq) OVER of_minute AS next_commit
      FROM bars_revisions WHERE ${where} WINDOW of_minute AS (PARTITION BY date, ts ORDER BY revision)),
    c AS (SELECT date, from_ts, to_ts, commit_seq, ${rank('state')} AS rank FROM confirmations WHERE ${where}),
    raised AS (
      SELECT r.ts, r.revision, max(c.rank) AS rank
      FROM r JOIN c ON c.date = r.date AND r.ts BETWEEN c.from_ts AND c.to_ts AND c.commit_seq > r.commit_seq
        AND c.commit_seq < coalesce(r.next_commit, c.commit_seq + 1)
      GROUP BY r.ts, r.revision)
    SELECT epoch_ms(r.ts)::DOUBLE AS time, r.revision::DOUBLE AS revision, open, high, low, close,
      volume::DOUBLE AS volume, source, ${STATES}[greatest(${rank('state')}, coalesce(raised.rank, 0))] AS state, partial,
      epoch_ms(known_at)::DOUBLE AS known_at, commit_seq::DOUBLE AS commit_seq, supersedes::DOUBLE AS supersedes,
      superseded_by::DOUBLE AS superseded_by, epoch_ms(superseded_at)::DOUBLE AS superseded_at
    FROM r LEFT JOIN raised ON raised.ts = r.ts AND raised.revision = r.revision`;
  if (limit === undefined) return `${all} ORDER BY time, revision`;
  return `SELECT * FROM (${all} ORDER BY time DESC, revision DESC LIMIT ${limit}) ORDER BY time, revision`;
}
