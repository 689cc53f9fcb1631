/** The Arrow schemas of a batch and of a day's state. Enumerations travel as indexes into core's lists. */
import { ABSENCE_REASONS, type Absence, BAR_SOURCES, BAR_STATES, type Bar } from '@rtp/core';
import { storeClientErrors } from '../errors.ts';
import { allocateColumns, type SectionColumns, type SectionField } from './section.ts';

export const BARS_FIELDS = [
  { name: 'instrument_id', kind: 'u32' },
  { name: 'ts', kind: 'instant' },
  { name: 'open', kind: 'f64' },
  { name: 'high', kind: 'f64' },
  { name: 'low', kind: 'f64' },
  { name: 'close', kind: 'f64' },
  { name: 'volume', kind: 'i64' },
  { name: 'source', kind: 'u8' },
  { name: 'state', kind: 'u8' },
  { name: 'partial', kind: 'bool' },
  { name: 'known_at', kind: 'instant' },
] as const satisfies readonly SectionField[];

export const ABSENCES_FIELDS = [
  { name: 'instrument_id', kind: 'u32' },
  { name: 'ts', kind: 'instant' },
  { name: 'reason', kind: 'u8' },
  { name: 'known_at', kind: 'instant' },
] as const satisfies readonly SectionField[];

/** In `MINUTES_FIELDS`, an enumeration that does not apply. */
export const NOT_APPLICABLE = 255;

/** A day's state: one row a stored minute. */
export const MINUTES_FIELDS = [
  { name: 'instrument_id', kind: 'u32' },
  { name: 'ts', kind: 'instant' },
  { name: 'source', kind: 'u8' },
  { name: 'state', kind: 'u8' },
  { name: 'partial', kind: 'bool' },
  { name: 'reason', kind: 'u8' },
] as const satisfies readonly SectionField[];

export type BarColumns = SectionColumns<typeof BARS_FIELDS>;
export type AbsenceColumns = SectionColumns<typeof ABSENCES_FIELDS>;
export type MinuteColumns = SectionColumns<typeof MINUTES_FIELDS>;

/** Bars as columns. */
export function barColumns(bars: readonly Bar[]): BarColumns {
  const columns = allocateColumns(BARS_FIELDS, bars.length);
  bars.forEach((bar, row) => {
    columns.instrument_id[row] = bar.instrumentId;
    columns.ts[row] = bar.ts;
    columns.open[row] = bar.open;
    columns.high[row] = bar.high;
    columns.low[row] = bar.low;
    columns.close[row] = bar.close;
    columns.volume[row] = bar.volume;
    columns.source[row] = BAR_SOURCES.indexOf(bar.source);
    columns.state[row] = BAR_STATES.indexOf(bar.state);
    columns.partial[row] = bar.partial ? 1 : 0;
    columns.known_at[row] = bar.knownAt;
  });
  return columns;
}

/** Absences as columns. */
export function absenceColumns(absences: readonly Absence[]): AbsenceColumns {
  const columns = allocateColumns(ABSENCES_FIELDS, absences.length);
  absences.forEach((absence, row) => {
    columns.instrument_id[row] = absence.instrumentId;
    columns.ts[row] = absence.ts;
    columns.reason[row] = ABSENCE_REASONS.indexOf(absence.reason);
    columns.known_at[row] = absence.knownAt;
  });
  return columns;
}

/** Checks values that their types cannot. Errors: RTP_BATCH_INVALID naming row and column. */
export function checkBars(length: number, columns: BarColumns): void {
  for (const name of ['open', 'high', 'low', 'close'] as const) {
    const row = columns[name].findIndex((price) => !Number.isFinite(price) || price < 0);
    if (row >= 0) throw invalidRow('bars', row, name, `${columns[name][row]} is not a price`);
  }
  for (let row = 0; row < length; row += 1) {
    if ((columns.volume[row] as number) < 0) throw invalidRow('bars', row, 'volume', 'is negative');
    if ((columns.source[row] as number) >= BAR_SOURCES.length) throw invalidRow('bars', row, 'source', 'is unknown');
    if ((columns.state[row] as number) >= BAR_STATES.length) throw invalidRow('bars', row, 'state', 'is unknown');
  }
}

/** Errors: RTP_BATCH_INVALID naming row and column. */
export function checkAbsences(length: number, columns: AbsenceColumns): void {
  for (let row = 0; row < length; row += 1) {
    const reason = columns.reason[row] as number;
    if (reason >= ABSENCE_REASONS.length) throw invalidRow('absences', row, 'reason', 'is unknown');
  }
}

export function invalidRow(section: string, row: number, column: string, problem: string): Error {
  return storeClientErrors.create('RTP_BATCH_INVALID', `${section}: row ${row}, column ${column}: ${problem}.`);
}
