import { type AbsenceReason, type EpochMs, MINUTE_MS, type TradingDate } from '@rtp/core';
import { dateLiteral, type QueryRunner } from './query-runner.ts';

/** Minutes of one instrument that follow each other and have the same reason. */
export interface AbsentMinutes {
  readonly symbol: string;
  readonly instrumentId: number;
  readonly reason: AbsenceReason;
  /** First and last minute. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly minutes: number;
}

/**
 * Expected minutes of a date, over by `now`, that have no bar for one of `reasons`, by symbol and time. `unknown` are
 * also those of which nothing is recorded.
 */
export async function queryAbsentMinutes(
  run: QueryRunner,
  date: TradingDate,
  now: EpochMs,
  reasons: readonly AbsenceReason[],
  instrumentId?: number,
): Promise<readonly AbsentMinutes[]> {
  const on = `date = ${dateLiteral(date)}`;
  const only = instrumentId === undefined ? '' : ` AND instrument_id = ${instrumentId}`;
  const rows = await run.rows(`
    WITH owed AS (
      SELECT t.instrument_id, t.symbol, e.ms
      FROM (SELECT * FROM tracked WHERE ${on}${only}) t
        JOIN (SELECT class, unnest(range(epoch_ms(open_ts), epoch_ms(close_ts), ${MINUTE_MS})) AS ms
          FROM sessions WHERE ${on}) e USING (class)
      WHERE e.ms + ${MINUTE_MS} <= ${now}),
    absent AS (
      SELECT o.instrument_id, o.symbol, o.ms, coalesce(a.reason, 'unknown') AS reason
      FROM owed o
        ANTI JOIN (SELECT instrument_id, epoch_ms(ts) AS ms FROM bars WHERE ${on}${only}) b USING (instrument_id, ms)
        LEFT JOIN (SELECT instrument_id, epoch_ms(ts) AS ms, reason FROM absences WHERE ${on}${only}) a
          USING (instrument_id, ms)),
    runs AS (
      SELECT *, ms - row_number() OVER (PARTITION BY instrument_id, reason ORDER BY ms) * ${MINUTE_MS} AS run
      FROM absent WHERE reason IN (${reasons.map((reason) => `'${reason}'`).join(', ')}))
    SELECT symbol, instrument_id::DOUBLE, reason, min(ms)::DOUBLE, max(ms)::DOUBLE, count(*)::DOUBLE
    FROM runs GROUP BY symbol, instrument_id, reason, run ORDER BY symbol, min(ms)`);
  return rows.map(([symbol, id, reason, from, to, minutes]) => {
    return { symbol, instrumentId: id, reason, from, to, minutes } as AbsentMinutes;
  });
}
