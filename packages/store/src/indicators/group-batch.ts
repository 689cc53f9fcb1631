import { atIst, type EpochMs, MINUTE_MS, type TradingDate } from '@rtp/core';
import type { IndicatorRows, IndicatorValues } from '@rtp/store-client';
import type { GroupRows } from './bulk-runner.ts';
import { STORED_NAMES } from './group-runner.ts';

/** Some rows of a group as a batch carries them. */
export function rowsOfGroup(
  { bars, columns }: GroupRows,
  rows: Uint32Array,
  date: TradingDate,
  knownAt: EpochMs,
): IndicatorRows {
  const start = atIst(date, '00:00');
  const ids = instrumentOfRows(bars);
  // A day that has none yet: nothing is copied.
  const isAll = rows.length === bars.minutes.length;
  const pick = <Values extends Uint32Array | IndicatorValues>(from: Values, to: Values): Values => {
    for (let at = 0; at < rows.length; at += 1) to[at] = from[rows[at]!]!;
    return to;
  };
  return {
    names: STORED_NAMES,
    instrumentIds: pick(ids, new Uint32Array(rows.length)),
    ts: Float64Array.from(rows, (row) => start + bars.minutes[row]! * MINUTE_MS),
    knownAt: new Float64Array(rows.length).fill(knownAt),
    columns: columns.map((values) => {
      if (isAll) return values;
      if (values instanceof Int16Array) return pick(values, new Int16Array(rows.length));
      if (values instanceof Float32Array) return pick(values, new Float32Array(rows.length));
      return pick(values, new Float64Array(rows.length));
    }),
  };
}

function instrumentOfRows({ instrumentIds, ends, minutes }: GroupRows['bars']): Uint32Array {
  const ids = new Uint32Array(minutes.length);
  let from = 0;
  for (const [index, id] of instrumentIds.entries()) {
    ids.fill(id, from, ends[index]);
    from = ends[index]!;
  }
  return ids;
}
