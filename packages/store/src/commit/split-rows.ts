import { MINUTE_MS } from '@rtp/core';
import type { AbsenceColumns, BarColumns, DecodedBatch } from '@rtp/store-client';
import type { DayMinutes } from '../days/day-minutes.ts';

/** Some rows of a section. */
export interface Rows<Columns> {
  readonly length: number;
  readonly columns: Columns;
}

/** A batch's rows by whether anything is stored of their minutes. */
export interface SplitBatch {
  readonly freshBars: Rows<BarColumns>;
  readonly otherBars: Rows<BarColumns>;
  readonly freshAbsences: Rows<AbsenceColumns>;
  readonly otherAbsences: Rows<AbsenceColumns>;
}

/**
 * Separates the rows that need no look-up: bars of minutes without a bar, absences of minutes without anything. Of a
 * minute named twice, the second row is never fresh.
 */
export function splitBatch(minutes: DayMinutes, batch: DecodedBatch): SplitBatch {
  const seen = new Set<number>();
  const isFirst = (id: number, ts: number): boolean => {
    // Minutes of a day are fewer than 2048.
    const key = id * 2_048 + (ts - minutes.startMs) / MINUTE_MS;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
  const freshBars = mark(batch.bars.columns, (id, ts) => isFirst(id, ts) && !minutes.hasBar(id, ts));
  const freshAbsences = mark(batch.absences.columns, (id, ts) => isFirst(id, ts) && !minutes.hasAny(id, ts));
  return {
    freshBars: pick(batch.bars, freshBars, 1),
    otherBars: pick(batch.bars, freshBars, 0),
    freshAbsences: pick(batch.absences, freshAbsences, 1),
    otherAbsences: pick(batch.absences, freshAbsences, 0),
  };
}

type IdAndTime = { readonly instrument_id: Uint32Array; readonly ts: Float64Array };

function mark(columns: IdAndTime, isFresh: (instrumentId: number, ts: number) => boolean): Uint8Array {
  const marks = new Uint8Array(columns.instrument_id.length);
  for (let row = 0; row < marks.length; row += 1) {
    marks[row] = isFresh(columns.instrument_id[row] as number, columns.ts[row] as number) ? 1 : 0;
  }
  return marks;
}

/** The rows marked `wanted`; the section itself when that is all of them. */
function pick<Columns extends object>(section: Rows<Columns>, marks: Uint8Array, wanted: 0 | 1): Rows<Columns> {
  let length = 0;
  for (const value of marks) if (value === wanted) length += 1;
  if (length === section.length) return section;
  const columns = Object.entries(section.columns as Record<string, Float64Array>).map(
    ([name, column]) => [name, column.filter((_, row) => marks[row] === wanted)] as const,
  );
  return { length, columns: Object.fromEntries(columns) as Columns };
}
