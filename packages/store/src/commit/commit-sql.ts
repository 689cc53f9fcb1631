import type { EpochMs } from '@rtp/core';

/**
 * The revision rules, as set operations on one day's file. For each staged bar, by strength (whole before
 * partial, then source; a bar raised to `confirmed` or beyond counts as official, whatever brought it):
 *
 *   no bar yet                                     → insert, revision 1
 *   partial, else equal to a whole provisional one → revise: its own source withdraws it
 *   weaker than the stored one                     → ignore
 *   same values, and no partial bar made whole     → confirm when its state is higher, else ignore
 *   other values                                   → revise, next revision
 *
 * Only the minutes and instruments of the batch are looked up, so that the day's size hardly matters.
 */
export const VERDICT = { ignore: 0, insert: 1, revise: 2, confirm: 3 } as const;

/** Strength of an official bar: source `chart`, whole. */
const OFFICIAL = 5;

/** An SQL literal of an instant. */
export const instant = (ms: EpochMs): string => `TIMESTAMPTZ '${new Date(ms).toISOString()}'`;

/** `current_bars`: the stored bar of every minute in the batch's span, of the batch's instruments. */
export function currentBarsSql(alias: string, round: number, [first, last]: readonly [number, number]): string {
  const within = `BETWEEN ${instant(first)} AND ${instant(last)}`;
  return `CREATE OR REPLACE TEMP TABLE current_bars AS
    WITH top AS (
      SELECT instrument_id, ts, max(revision) AS revision, arg_max(struct_pack(open, high, low, close, volume, source,
        state, partial, commit_seq), revision) AS v
      FROM ${alias}.bars
      WHERE ts ${within} AND instrument_id IN (SELECT DISTINCT instrument_id FROM stage_bars WHERE round = ${round})
      GROUP BY instrument_id, ts),
    raised AS (
      SELECT t.instrument_id, t.ts, max(c.state) AS state
      FROM top t JOIN ${alias}.confirmations c ON c.instrument_id = t.instrument_id
        AND t.ts BETWEEN c.from_ts AND c.to_ts AND c.commit_seq > t.v.commit_seq
      GROUP BY t.instrument_id, t.ts)
    SELECT t.instrument_id, t.ts, t.revision, t.v, greatest(t.v.state, coalesce(r.state, 0::UTINYINT)) AS state
    FROM top t LEFT JOIN raised r USING (instrument_id, ts)`;
}

/** `verdict`: every staged bar of the round with what becomes of it. */
export function verdictSql(round: number, commitSeq: number): string {
  const same = ['open', 'high', 'low', 'close', 'volume'].map((column) => `s.${column} = c.v.${column}`).join(' AND ');
  const stored = `CASE WHEN c.state >= 1 THEN ${OFFICIAL} ELSE c.v.source + 3 * (NOT c.v.partial)::TINYINT END`;
  const withdrawn = `s.partial = 1 AND NOT c.v.partial AND s.source = c.v.source AND c.state = 0 AND ${same}`;
  return `CREATE OR REPLACE TEMP TABLE verdict AS
    SELECT s.*, c.revision AS stored_revision, CASE
      WHEN c.revision IS NULL THEN ${VERDICT.insert}
      WHEN ${withdrawn} THEN ${VERDICT.revise}
      WHEN s.source + 3 * (1 - s.partial) < ${stored} THEN ${VERDICT.ignore}
      WHEN ${same} AND (NOT c.v.partial OR s.partial = 1) THEN CASE
        WHEN s.state <= c.state THEN ${VERDICT.ignore}
        -- A confirmation speaks of older commits only, and this bar came in the same batch.
        WHEN c.v.commit_seq = ${commitSeq} THEN ${VERDICT.revise}
        ELSE ${VERDICT.confirm} END
      ELSE ${VERDICT.revise} END AS verdict
    FROM stage_bars s LEFT JOIN current_bars c USING (instrument_id, ts) WHERE s.round = ${round}`;
}

/** What the round changes: instrument, epoch ms, verdict, and the bar's source, state and partial. */
export const changesSql = `SELECT instrument_id, epoch_ms(ts)::DOUBLE, verdict::UTINYINT, source, state, partial
  FROM verdict WHERE verdict <> ${VERDICT.ignore}`;

export function insertBarsSql(alias: string, commitSeq: number): string {
  return `INSERT INTO ${alias}.bars SELECT instrument_id, ts, open, high, low, close, volume, source, state,
      partial = 1, coalesce(stored_revision, 0) + 1, known_at, ${commitSeq}
    FROM verdict WHERE verdict IN (${VERDICT.insert}, ${VERDICT.revise})`;
}

/**
 * Confirmed minutes as ranges, one row for minutes that follow each other among the instrument's stored bars: a
 * range is broken only by a bar that stays below its state. It speaks of bars of older commits only, so bars that
 * this commit writes inside it are not touched.
 */
export function insertConfirmationsSql(alias: string, commitSeq: number): string {
  return `INSERT INTO ${alias}.confirmations
    WITH raised_to AS (SELECT DISTINCT instrument_id, state FROM verdict WHERE verdict = ${VERDICT.confirm}),
    marked AS (
      SELECT r.instrument_id, r.state, c.ts, v.known_at,
        coalesce(v.verdict = ${VERDICT.confirm} AND v.state = r.state, false) AS confirmed
      FROM raised_to r JOIN current_bars c USING (instrument_id)
        LEFT JOIN verdict v ON v.instrument_id = c.instrument_id AND v.ts = c.ts
      WHERE coalesce(v.verdict, 0) <> ${VERDICT.revise} AND c.state < r.state),
    ranges AS (
      SELECT *, count(*) FILTER (NOT confirmed) OVER (PARTITION BY instrument_id, state ORDER BY ts) AS island FROM marked)
    SELECT instrument_id, min(ts), max(ts), state, max(known_at), ${commitSeq}
    FROM ranges WHERE confirmed GROUP BY instrument_id, state, island`;
}

/** Absences of minutes without a bar whose reason is new; of a minute named twice the last row counts. */
export function insertAbsencesSql(alias: string, commitSeq: number, [first, last]: readonly [number, number]): string {
  const within = `x.ts BETWEEN ${instant(first)} AND ${instant(last)}`;
  return `INSERT INTO ${alias}.absences
    WITH given AS (
      SELECT instrument_id, ts, arg_max(reason, row) AS reason, arg_max(known_at, row) AS known_at
      FROM stage_absences GROUP BY instrument_id, ts),
    stored AS (
      SELECT x.instrument_id, x.ts, arg_max(x.reason, x.commit_seq) AS reason
      FROM ${alias}.absences x WHERE ${within} GROUP BY x.instrument_id, x.ts)
    SELECT g.instrument_id, g.ts, g.reason, g.known_at, ${commitSeq}
    FROM given g LEFT JOIN stored s USING (instrument_id, ts)
      ANTI JOIN (SELECT x.instrument_id, x.ts FROM ${alias}.bars x WHERE ${within}) b
        ON b.instrument_id = g.instrument_id AND b.ts = g.ts
    WHERE s.reason IS DISTINCT FROM g.reason`;
}

/** Absences a commit wrote: instrument, epoch ms, reason. */
export function absencesWrittenSql(alias: string, commitSeq: number): string {
  return `SELECT instrument_id, epoch_ms(ts)::DOUBLE, reason FROM ${alias}.absences WHERE commit_seq = ${commitSeq}`;
}
