import { ABSENCE_REASONS, BAR_SOURCES, BAR_STATES, type TradingDate } from '@rtp/core';
import { dateLiteral, loadWire } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import { indexOf } from '../publish/published-sql.ts';

/** Every stored minute of a date as one Arrow stream of the wire's `MINUTES_FIELDS`. */
export async function readDayState(run: Pick<Session, 'rows' | 'chunks'>, date: TradingDate): Promise<Uint8Array> {
  const { allocateColumns, encodeDayState, MINUTES_FIELDS, NOT_APPLICABLE } = await loadWire();
  const on = `date = ${dateLiteral(date)}`;
  const sql = `SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, ${indexOf(BAR_SOURCES, 'source')},
      ${indexOf(BAR_STATES, 'state')}, partial, ${NOT_APPLICABLE}::UTINYINT FROM bars WHERE ${on}
    UNION ALL SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, ${NOT_APPLICABLE}::UTINYINT,
      ${NOT_APPLICABLE}::UTINYINT, false, ${indexOf(ABSENCE_REASONS, 'reason')} FROM absences WHERE ${on}`;
  const parts = [];
  let length = 0;
  for await (const chunk of run.chunks(sql)) {
    parts.push(chunk);
    length += chunk[0]?.length ?? 0;
  }
  const columns = allocateColumns(MINUTES_FIELDS, length);
  const targets = MINUTES_FIELDS.map(({ name }) => columns[name] as Float64Array);
  let row = 0;
  for (const chunk of parts) {
    for (const [index, target] of targets.entries()) target.set(chunk[index] as number[], row);
    row += chunk[0]?.length ?? 0;
  }
  return encodeDayState(columns);
}
