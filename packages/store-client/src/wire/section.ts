/**
 * One Arrow table of a batch body, described by its fields. Encoding and decoding follow the description, which is
 * either known beforehand or read from the stream itself.
 */
import {
  bool,
  type DataType,
  float32,
  float64,
  int16,
  int64,
  Precision,
  TimeUnit,
  Type,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  timestamp,
  uint8,
  uint32,
} from '@uwdata/flechette';
import { storeClientErrors } from '../errors.ts';

/**
 * Kinds of columns and the arrays that hold them: `u8` Uint8Array, `bool` Uint8Array of 0 and 1, `u32` Uint32Array,
 * `i16` Int16Array, `f32` Float32Array, `f64` Float64Array, `i64` Float64Array of safe integers, `instant` Float64Array of epoch milliseconds (Arrow
 * timestamp[ms, UTC]).
 */
export const FIELD_KINDS = ['u8', 'bool', 'u32', 'i16', 'f32', 'f64', 'i64', 'instant'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface SectionField {
  readonly name: string;
  readonly kind: FieldKind;
}

/** The array of each kind. */
const ARRAYS = {
  u8: Uint8Array,
  bool: Uint8Array,
  u32: Uint32Array,
  i16: Int16Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: Float64Array,
  instant: Float64Array,
} as const satisfies Readonly<Record<FieldKind, unknown>>;

export type ColumnOf<Kind extends FieldKind> = InstanceType<(typeof ARRAYS)[Kind]>;

/** Columns by field name, all of `length` rows. */
export type SectionColumns<Fields extends readonly SectionField[]> = {
  readonly [Field in Fields[number] as Field['name']]: ColumnOf<Field['kind']>;
};

export interface DecodedSection<Fields extends readonly SectionField[]> {
  readonly length: number;
  readonly columns: SectionColumns<Fields>;
}

type AnyColumn = ColumnOf<FieldKind>;
type AnyColumns = Record<string, AnyColumn>;

const TYPES: Readonly<Record<FieldKind, () => DataType>> = {
  u8: uint8,
  bool,
  u32: uint32,
  i16: int16,
  f32: float32,
  f64: float64,
  i64: int64,
  instant: () => timestamp(TimeUnit.MILLISECOND, 'UTC'),
};

/** Empty columns for `length` rows. */
export function allocateColumns<const Fields extends readonly SectionField[]>(
  fields: Fields,
  length: number,
): SectionColumns<Fields> {
  const columns: AnyColumns = {};
  for (const { name, kind } of fields) columns[name] = allocate(kind, length);
  return columns as SectionColumns<Fields>;
}

/** Columns as one Arrow IPC stream. */
export function encodeSection<const Fields extends readonly SectionField[]>(
  fields: Fields,
  columns: SectionColumns<Fields>,
): Uint8Array {
  const source = columns as AnyColumns;
  const types = Object.fromEntries(fields.map(({ name, kind }) => [name, TYPES[kind]()]));
  const arrays = Object.fromEntries(fields.map(({ name }) => [name, source[name] as AnyColumn]));
  return tableToIPC(tableFromArrays(arrays, { types }), { format: 'stream' }) as Uint8Array;
}

/**
 * Reads an Arrow IPC stream into columns of its own. Errors: RTP_BATCH_INVALID when it is not Arrow, a field is
 * missing, has another type, holds a null, or a whole number is beyond what a double holds exactly.
 */
export function decodeSection<const Fields extends readonly SectionField[]>(
  section: string,
  fields: Fields,
  bytes: Uint8Array,
): DecodedSection<Fields> {
  return readColumns(section, fields, readTable(section, bytes));
}

/** As `decodeSection`, with `fields` first and whatever columns the stream has besides. */
export function decodeOpenSection<const Fields extends readonly SectionField[]>(
  section: string,
  fields: Fields,
  bytes: Uint8Array,
): DecodedSection<Fields> & { readonly others: readonly SectionField[]; readonly otherColumns: readonly AnyColumn[] } {
  const table = readTable(section, bytes);
  const others = table.schema.fields.flatMap(({ name, type }) => {
    if (fields.some((field) => field.name === name)) return [];
    const kind = FIELD_KINDS.find((candidate) => isOfKind(type, candidate));
    if (kind === undefined) throw invalid(`${section}: column ${name} is of a type that is not accepted`);
    return [{ name, kind }];
  });
  const columns = readColumns(section, others, table).columns as AnyColumns;
  const otherColumns = others.map(({ name }) => columns[name] as AnyColumn);
  return { ...readColumns(section, fields, table), others, otherColumns };
}

function readColumns<const Fields extends readonly SectionField[]>(
  section: string,
  fields: Fields,
  table: ReturnType<typeof tableFromIPC>,
): DecodedSection<Fields> {
  const length = table.numRows;
  const columns: AnyColumns = {};
  for (const { name, kind } of fields) {
    const source = table.getChild(name) as SourceColumn | null | undefined;
    if (source === null || source === undefined) throw invalid(`${section}: column ${name} is missing`);
    if (!isOfKind(source.type, kind)) throw invalid(`${section}: column ${name} is not of type ${kind}`);
    if (source.nullCount > 0) throw invalid(`${section}: column ${name} holds nulls`);
    columns[name] = copyColumn(section, name, kind, source, length);
  }
  return { length, columns: columns as SectionColumns<Fields> };
}

interface SourceColumn {
  readonly type: DataType;
  readonly nullCount: number;
  readonly data: readonly { readonly length: number; readonly values: ArrayLike<number | bigint> }[];
}

function readTable(section: string, bytes: Uint8Array): ReturnType<typeof tableFromIPC> {
  try {
    // Typed arrays need aligned storage of their own; a slice of a larger body may not be.
    return tableFromIPC(bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes));
  } catch (cause) {
    throw storeClientErrors.create('RTP_BATCH_INVALID', `${section}: not an Arrow IPC stream.`, { cause });
  }
}

function isOfKind(type: DataType, kind: FieldKind): boolean {
  const actual = type as { typeId: number; bitWidth?: number; signed?: boolean; precision?: number; unit?: number };
  switch (kind) {
    case 'bool':
      return actual.typeId === Type.Bool;
    case 'f64':
      return actual.typeId === Type.Float && actual.precision === Precision.DOUBLE;
    case 'f32':
      return actual.typeId === Type.Float && actual.precision === Precision.SINGLE;
    case 'i16':
      return actual.typeId === Type.Int && actual.bitWidth === 16 && actual.signed === true;
    case 'instant':
      return actual.typeId === Type.Timestamp && actual.unit === TimeUnit.MILLISECOND;
    case 'i64':
      return actual.typeId === Type.Int && actual.bitWidth === 64 && actual.signed === true;
    case 'u32':
      return actual.typeId === Type.Int && actual.bitWidth === 32 && actual.signed === false;
    case 'u8':
      return actual.typeId === Type.Int && actual.bitWidth === 8 && actual.signed === false;
  }
}

function copyColumn(section: string, name: string, kind: FieldKind, source: SourceColumn, length: number): AnyColumn {
  const target = allocate(kind, length);
  let row = 0;
  for (const part of source.data) {
    if (kind === 'bool') {
      for (let i = 0; i < part.length; i += 1) target[row + i] = (Number(part.values[i >> 3]) >> (i & 7)) & 1;
    } else if (kind === 'i64' || kind === 'instant') {
      for (let i = 0; i < part.length; i += 1) {
        const value = Number(part.values[i]);
        if (!Number.isSafeInteger(value)) throw invalid(`${section}: row ${row + i}, column ${name} is out of range`);
        target[row + i] = value;
      }
    } else {
      target.set((part.values as AnyColumn).subarray(0, part.length), row);
    }
    row += part.length;
  }
  if (row !== length) throw invalid(`${section}: column ${name} has ${row} rows instead of ${length}`);
  return target;
}

function allocate(kind: FieldKind, length: number): AnyColumn {
  return new ARRAYS[kind](length);
}

function invalid(message: string): Error {
  return storeClientErrors.create('RTP_BATCH_INVALID', `${message}.`);
}
