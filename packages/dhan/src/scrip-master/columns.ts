import { dhanErrors } from '../errors.ts';

/** What a row is read for. */
export const FIELDS = [
  'exchange',
  'segment',
  'securityId',
  'isin',
  'instrument',
  'instrumentType',
  'series',
  'symbol',
  'tradingSymbol',
  'displayName',
  'tickSize',
  'expiry',
  'underlyingSecurityId',
] as const;
export type Field = (typeof FIELDS)[number];

/** Column names of the detailed and the compact layout (wire §8). Their order and number change over the years. */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  exchange: ['EXCH_ID', 'SEM_EXM_EXCH_ID'],
  segment: ['SEGMENT', 'SEM_SEGMENT'],
  securityId: ['SECURITY_ID', 'SEM_SMST_SECURITY_ID'],
  isin: ['ISIN'],
  instrument: ['INSTRUMENT', 'SEM_INSTRUMENT_NAME'],
  instrumentType: ['INSTRUMENT_TYPE', 'SEM_EXCH_INSTRUMENT_TYPE'],
  series: ['SERIES', 'SEM_SERIES'],
  symbol: ['UNDERLYING_SYMBOL', 'SEM_TRADING_SYMBOL'],
  tradingSymbol: ['SYMBOL_NAME', 'SEM_TRADING_SYMBOL'],
  displayName: ['DISPLAY_NAME', 'SEM_CUSTOM_SYMBOL'],
  tickSize: ['TICK_SIZE', 'SEM_TICK_SIZE'],
  expiry: ['SM_EXPIRY_DATE', 'SEM_EXPIRY_DATE'],
  underlyingSecurityId: ['UNDERLYING_SECURITY_ID'],
};

const OPTIONAL: ReadonlySet<Field> = new Set(['isin', 'underlyingSecurityId', 'displayName']);

/** Reads one field of a row; the empty text where the file has none (`NA`, `XX`, blank, no such column). */
export type FieldReader = (row: readonly string[], field: Field) => string;

export interface Layout {
  readonly read: FieldReader;
  /** The compact layout names futures by trading symbol only. */
  readonly isCompact: boolean;
}

/** Maps a header row. Errors: RTP_DHAN_SCRIP_MASTER_INVALID naming the columns it lacks. */
export function layoutOf(header: readonly string[]): Layout {
  const columns = header.map((name) => name.trim().toUpperCase());
  const at = {} as Record<Field, number>;
  const missing: string[] = [];
  for (const field of FIELDS) {
    at[field] = NAMES[field].map((name) => columns.indexOf(name)).find((index) => index >= 0) ?? -1;
    if (at[field] < 0 && !OPTIONAL.has(field)) missing.push(NAMES[field].join(' or '));
  }
  if (missing.length > 0) {
    throw dhanErrors.create('RTP_DHAN_SCRIP_MASTER_INVALID', `The scrip master has no column ${missing.join(', ')}.`);
  }
  const read: FieldReader = (row, field) => {
    const value = row[at[field]]?.trim() ?? '';
    return value === 'NA' || value === 'XX' ? '' : value;
  };
  return { read, isCompact: columns.includes('SEM_EXM_EXCH_ID') };
}
