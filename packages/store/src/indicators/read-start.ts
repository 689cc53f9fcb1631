/** The answer to "where do the indicators of a date go on from?". */
import { BAR_SOURCES, BAR_STATES, type TradingDate } from '@rtp/core';
import { type BarColumns, dateLiteral, loadWire } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import { indexOf } from '../publish/published-sql.ts';
import type { SeriesStates } from './series-states.ts';

type Run = Pick<Session, 'numbers'>;

/** Encodes the states before a date with what is stored of it. The bars must be those of the same commit. */
export async function readStart(
  run: Run,
  date: TradingDate,
  states: SeriesStates,
  instrumentIds: readonly number[],
): Promise<Uint8Array> {
  const { encodeIndicatorStart } = await loadWire();
  const start = states.startOf(instrumentIds);
  const counts = await countRows(run, date);
  const rows = Uint32Array.from(start.instrumentIds, (id) => counts.get(id) ?? 0);
  return encodeIndicatorStart({ ...start, rows, bars: await wholeBars(run, date) });
}

/** Rows of indicators by instrument; one whose minute has no whole bar does not count. */
async function countRows(run: Run, date: TradingDate): Promise<Map<number, number>> {
  const on = `date = ${dateLiteral(date)}`;
  const counts = new Map<number, number>();
  const sql = `SELECT i.instrument_id, count(*)::UINTEGER
    FROM (SELECT instrument_id, ts FROM indicators WHERE ${on}) i
      SEMI JOIN (SELECT instrument_id, ts FROM bars WHERE ${on} AND NOT partial) b
        ON b.instrument_id = i.instrument_id AND b.ts = i.ts
    GROUP BY i.instrument_id`;
  for await (const [ids, rows] of run.numbers(sql) as AsyncGenerator<[ArrayLike<number>, ArrayLike<number>]>) {
    for (let row = 0; row < ids.length; row += 1) counts.set(ids[row]!, rows[row]!);
  }
  return counts;
}

async function wholeBars(run: Run, date: TradingDate): Promise<BarColumns> {
  const { allocateColumns, BARS_FIELDS } = await loadWire();
  const sql = `SELECT instrument_id, epoch_ms(ts)::DOUBLE, open, high, low, close, volume::DOUBLE,
      ${indexOf(BAR_SOURCES, 'source')}, ${indexOf(BAR_STATES, 'state')}, partial::UTINYINT, epoch_ms(known_at)::DOUBLE
    FROM bars WHERE date = ${dateLiteral(date)} AND NOT partial`;
  let columns = allocateColumns(BARS_FIELDS, 0);
  let length = 0;
  const resized = (room: number): BarColumns => {
    const to = allocateColumns(BARS_FIELDS, room);
    for (const { name } of BARS_FIELDS) to[name].set(columns[name].subarray(0, Math.min(length, room)));
    return to;
  };
  for await (const chunk of run.numbers(sql)) {
    const rows = chunk[0]!.length;
    if (length + rows > columns.ts.length) columns = resized(Math.max(4_096, columns.ts.length * 2));
    for (const [index, { name }] of BARS_FIELDS.entries()) columns[name].set(chunk[index]!, length);
    length += rows;
  }
  return resized(length);
}
