import type { AbsenceColumns, BarColumns, DecodedBatch } from '@rtp/store-client';
import type { HotDay } from '../days/hot-day.ts';
import { NewestMinutes } from '../days/newest-minutes.ts';

/** Some rows of a section. */
export interface Rows<Columns> {
  readonly length: number;
  readonly columns: Columns;
}

/** A batch's rows by whether an older row of the same minute can exist. */
export interface SplitBatch {
  readonly freshBars: Rows<BarColumns>;
  readonly otherBars: Rows<BarColumns>;
  readonly freshAbsences: Rows<AbsenceColumns>;
  readonly otherAbsences: Rows<AbsenceColumns>;
  /** What the day's newest minutes become once the batch is committed. */
  readonly newestBars: NewestMinutes;
  readonly newestAbsences: NewestMinutes;
}

/** Separates the rows that need no look-up. Of a minute named twice, the second row is never fresh. */
export function splitBatch(day: HotDay, batch: DecodedBatch): SplitBatch {
  const newestBars = new NewestMinutes();
  const newestAbsences = new NewestMinutes();
  const freshBars = mark(batch.bars.columns, (id, ts) => {
    if (ts <= day.newestBars.of(id) || ts <= newestBars.of(id)) return false;
    newestBars.advance(id, ts);
    return true;
  });
  const freshAbsences = mark(batch.absences.columns, (id, ts) => {
    const stored = Math.max(day.newestBars.of(id), day.newestAbsences.of(id));
    if (ts <= stored || ts <= newestBars.of(id) || ts <= newestAbsences.of(id)) return false;
    newestAbsences.advance(id, ts);
    return true;
  });
  return {
    freshBars: pick(batch.bars, freshBars, 1),
    otherBars: pick(batch.bars, freshBars, 0),
    freshAbsences: pick(batch.absences, freshAbsences, 1),
    otherAbsences: pick(batch.absences, freshAbsences, 0),
    newestBars,
    newestAbsences,
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
