import { ABSENCE_REASONS, BAR_SOURCES, BAR_STATES, type TradingDate } from '@rtp/core';
import { dateLiteral, loadWire, type MinuteColumns } from '@rtp/store-client';
import type { DayMinutes } from '../days/day-minutes.ts';
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

/** The same of a day that is open, from what is known of its minutes. */
export async function encodeMinutes(minutes: DayMinutes): Promise<Uint8Array> {
  const { allocateColumns, encodeDayState, MINUTES_FIELDS, NOT_APPLICABLE } = await loadWire();
  let length = 0;
  minutes.forEach(() => {
    length += 1;
  });
  const columns = allocateColumns(MINUTES_FIELDS, length);
  let row = 0;
  minutes.forEach((instrumentId, ts, minute) => {
    const isBar = minute.kind === 'bar';
    columns.instrument_id[row] = instrumentId;
    columns.ts[row] = ts;
    columns.source[row] = isBar ? BAR_SOURCES.indexOf(minute.source) : NOT_APPLICABLE;
    columns.state[row] = isBar ? BAR_STATES.indexOf(minute.state) : NOT_APPLICABLE;
    columns.partial[row] = isBar && minute.partial ? 1 : 0;
    columns.reason[row] = isBar ? NOT_APPLICABLE : ABSENCE_REASONS.indexOf(minute.reason);
    row += 1;
  });
  return encodeDayState(columns);
}
