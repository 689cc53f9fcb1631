import { type Absence, type EpochMs, MINUTE_MS, type TradingDate } from '@rtp/core';
import { dateLiteral, type QueryRunner } from '@rtp/store-client';

/** Expected minutes of a day, over by `now`, that are neither bars nor absences: one whose reason is known keeps it. */
export async function unknownMinutes(run: QueryRunner, date: TradingDate, now: EpochMs): Promise<readonly Absence[]> {
  const on = `date = ${dateLiteral(date)}`;
  const rows = await run.rows(`
    SELECT t.instrument_id::DOUBLE, e.ms::DOUBLE
    FROM tracked t
      JOIN (SELECT class, unnest(range(epoch_ms(open_ts), epoch_ms(close_ts), ${MINUTE_MS})) AS ms
        FROM sessions WHERE ${on}) e USING (class)
      ANTI JOIN (SELECT instrument_id, epoch_ms(ts) AS ms FROM bars WHERE ${on}
        UNION ALL SELECT instrument_id, epoch_ms(ts) FROM absences WHERE ${on}) s
        ON s.instrument_id = t.instrument_id AND s.ms = e.ms
    WHERE t.${on} AND e.ms + ${MINUTE_MS} <= ${now}`);
  return rows.map(([instrumentId, ts]) => ({
    instrumentId: instrumentId as number,
    ts: ts as number,
    reason: 'unknown',
    knownAt: now,
  }));
}
