import { ABSENCE_REASONS, BAR_SOURCES, BAR_STATES, type TradingDate } from '@rtp/core';
import { dateLiteral, loadWire, type MinuteColumns } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import { indexOf } from '../publish/published-sql.ts';

/** Rows room is first made for; it doubles when it is full. */
const FIRST_ROOM = 4_096;

/** Every stored minute of a date as one Arrow stream of the wire's `MINUTES_FIELDS`. */
export async function readDayState(run: Pick<Session, 'numbers'>, date: TradingDate): Promise<Uint8Array> {
  const { allocateColumns, encodeDayState, MINUTES_FIELDS, NOT_APPLICABLE } = await loadWire();
  const on = `date = ${dateLiteral(date)}`;
  const sql = `SELECT instrument_id, epoch_ms(ts)::DOUBLE, ${indexOf(BAR_SOURCES, 'source')},
      ${indexOf(BAR_STATES, 'state')}, partial::UTINYINT, ${NOT_APPLICABLE}::UTINYINT FROM bars WHERE ${on}
    UNION ALL SELECT instrument_id, epoch_ms(ts)::DOUBLE, ${NOT_APPLICABLE}::UTINYINT,
      ${NOT_APPLICABLE}::UTINYINT, 0::UTINYINT, ${indexOf(ABSENCE_REASONS, 'reason')} FROM absences WHERE ${on}`;
  let columns = allocateColumns(MINUTES_FIELDS, FIRST_ROOM);
  let length = 0;
  const resized = (from: MinuteColumns, rows: number, room: number): MinuteColumns => {
    const to = allocateColumns(MINUTES_FIELDS, room);
    for (const { name } of MINUTES_FIELDS) to[name].set(from[name].subarray(0, rows));
    return to;
  };
  for await (const chunk of run.numbers(sql)) {
    const rows = chunk[0]?.length ?? 0;
    if (length + rows > columns.ts.length) columns = resized(columns, length, columns.ts.length * 2);
    for (const [index, { name }] of MINUTES_FIELDS.entries())
      columns[name].set(chunk[index] as ArrayLike<number>, length);
    length += rows;
  }
  return encodeDayState(resized(columns, length, length));
}
