/** The section of indicators: whose row it is, then one column an indicator, named and typed by the stream itself. */
import { storeClientErrors } from '../errors.ts';
import { type IndicatorKind, type IndicatorRows, type IndicatorValues, indicatorKind } from '../indicator-rows.ts';
import { decodeOpenSection, encodeSection, type FieldKind, type SectionColumns, type SectionField } from './section.ts';
import { invalidRow } from './sections.ts';

const SECTION = 'indicators';

export const INDICATOR_KEY_FIELDS = [
  { name: 'instrument_id', kind: 'u32' },
  { name: 'ts', kind: 'instant' },
  { name: 'known_at', kind: 'instant' },
] as const satisfies readonly SectionField[];

/** Rows of indicators as one Arrow IPC stream. Errors: RTP_BATCH_INVALID when the columns do not fit each other. */
export function encodeIndicators(rows: IndicatorRows): Uint8Array {
  checkShape(rows);
  const { names, instrumentIds, ts, knownAt, columns } = rows;
  const others = names.map((name, index) => ({ name, kind: indicatorKind(columns[index] as IndicatorValues) }));
  const values = Object.fromEntries(names.map((name, index) => [name, columns[index]]));
  const all = { instrument_id: instrumentIds, ts, known_at: knownAt, ...values };
  return encodeSection([...INDICATOR_KEY_FIELDS, ...others], all as SectionColumns<readonly SectionField[]>);
}

/** Errors: RTP_BATCH_INVALID as of `decodeSection`, or for a column that is no indicator's or holds an infinity. */
export function decodeIndicators(bytes: Uint8Array): IndicatorRows {
  const { columns: key, others, otherColumns } = decodeOpenSection(SECTION, INDICATOR_KEY_FIELDS, bytes);
  for (const { name, kind } of others) {
    if (!isIndicatorKind(kind)) throw invalidColumn(name, `is of type ${kind}, which no indicator is`);
  }
  const names = others.map(({ name }) => name);
  const columns = otherColumns as readonly IndicatorValues[];
  const rows = { names, instrumentIds: key.instrument_id, ts: key.ts, knownAt: key.known_at, columns };
  checkShape(rows);
  checkValues(names, columns);
  return rows;
}

function checkShape({ names, instrumentIds, ts, knownAt, columns }: IndicatorRows): void {
  const all = [...INDICATOR_KEY_FIELDS.map(({ name }) => name as string), ...names];
  for (const [index, values] of [instrumentIds, ts, knownAt, ...columns].entries()) {
    const name = all[index];
    if (name === undefined) throw invalidColumn(`number ${index + 1}`, 'has no name');
    if (values.length !== ts.length) throw invalidColumn(name, `has ${values.length} rows instead of ${ts.length}`);
  }
  const twice = all.find((name, index) => all.indexOf(name) !== index);
  if (twice !== undefined) throw invalidColumn(twice, 'is there twice');
  const empty = names[columns.length];
  if (empty !== undefined) throw invalidColumn(empty, 'has no values');
}

const isIndicatorKind = (kind: FieldKind): kind is IndicatorKind => kind === 'f32' || kind === 'f64' || kind === 'i16';

function checkValues(names: readonly string[], columns: readonly IndicatorValues[]): void {
  for (const [index, values] of columns.entries()) {
    if (values instanceof Int16Array) continue;
    for (let row = 0; row < values.length; row += 1) {
      const value = values[row] as number;
      if (value !== Number.POSITIVE_INFINITY && value !== Number.NEGATIVE_INFINITY) continue;
      throw invalidRow(SECTION, row, names[index] as string, 'is infinite');
    }
  }
}

function invalidColumn(column: string, problem: string): Error {
  return storeClientErrors.create('RTP_BATCH_INVALID', `${SECTION}: column ${column} ${problem}.`);
}
