/** One instrument of the scrip master, in no particular layout. */
export interface MasterRow {
  readonly exchange: 'NSE' | 'BSE';
  /** E equity, D derivatives, I index. */
  readonly segment: 'E' | 'D' | 'I';
  readonly securityId: number;
  /** Empty where there is none. */
  readonly isin: string;
  readonly instrument: 'EQUITY' | 'FUTSTK' | 'INDEX';
  readonly underlyingId: number | null;
  /** The ticker of a share, of a derivative's underlying, or of an index. */
  readonly underlyingSymbol: string;
  readonly tradingSymbol: string;
  readonly symbolName: string;
  readonly displayName: string;
  /** ES share, ETF, DEB and DBT debt, FUT, INDEX, Other. */
  readonly type: string;
  /** EQ, BE, N1, …; empty where there is none. */
  readonly series: string;
  readonly lot: number;
  /** `YYYY-MM-DD`; empty where there is none. */
  readonly expiry: string;
  /** Paise for shares and derivatives, rupees for indices, as the broker has it. */
  readonly tick: number;
  readonly previousClose: number;
}

/** Columns of the compact file (wire §8). */
const COMPACT_HEADER =
  'SEM_EXM_EXCH_ID,SEM_SEGMENT,SEM_SMST_SECURITY_ID,SEM_INSTRUMENT_NAME,SEM_EXPIRY_CODE,SEM_TRADING_SYMBOL,' +
  'SEM_LOT_UNITS,SEM_CUSTOM_SYMBOL,SEM_EXPIRY_DATE,SEM_STRIKE_PRICE,SEM_OPTION_TYPE,SEM_TICK_SIZE,SEM_EXPIRY_FLAG,' +
  'SEM_EXCH_INSTRUMENT_TYPE,SEM_SERIES,SM_SYMBOL_NAME';

/** Columns of the detailed file as published since August 2026: 32 and a trailing comma. */
const DETAILED_HEADER =
  'EXCH_ID,SEGMENT,SECURITY_ID,ISIN,INSTRUMENT,UNDERLYING_SECURITY_ID,UNDERLYING_SYMBOL,SYMBOL_NAME,DISPLAY_NAME,' +
  'INSTRUMENT_TYPE,SERIES,LOT_SIZE,SM_EXPIRY_DATE,STRIKE_PRICE,OPTION_TYPE,TICK_SIZE,EXPIRY_FLAG,BRACKET_FLAG,' +
  'COVER_FLAG,ASM_GSM_FLAG,ASM_GSM_CATEGORY,BUY_SELL_INDICATOR,BUY_CO_MIN_MARGIN_PER,BUY_CO_SL_RANGE_MAX_PERC,' +
  'BUY_CO_SL_RANGE_MIN_PERC,BUY_BO_MIN_MARGIN_PER,BUY_BO_PROFIT_RANGE_MAX_PERC,BUY_BO_PROFIT_RANGE_MIN_PERC,' +
  'MTF_LEVERAGE,SM_UPPER_LIMIT,SM_LOWER_LIMIT,SM_FREEZE_QTY,';

/** Closing time that the compact file writes into stock futures' expiry. */
const EXPIRY_TIME = '14:30:00';

/** The compact file, `api-scrip-master.csv`. */
export function compactCsv(rows: Iterable<MasterRow>): string {
  const lines = [COMPACT_HEADER];
  for (const row of rows) lines.push(compactLine(row));
  return `${lines.join('\n')}\n`;
}

/** The detailed file, `api-scrip-master-detailed.csv`, and the per-segment lists. */
export function detailedCsv(rows: Iterable<MasterRow>): string {
  const lines = [DETAILED_HEADER];
  for (const row of rows) lines.push(detailedLine(row));
  return `${lines.join('\n')}\n`;
}

function compactLine(row: MasterRow): string {
  const [expiry, strike, option, flag] = compactTerms(row);
  const fields = [
    row.exchange,
    row.segment,
    row.securityId,
    row.instrument,
    0,
    row.tradingSymbol,
    row.lot.toFixed(1),
    row.displayName,
    expiry,
    strike,
    option,
    row.tick.toFixed(4),
    flag,
    row.type,
    row.segment === 'I' ? 'X' : row.series,
    row.segment === 'D' ? '' : row.symbolName,
  ];
  return fields.map(clean).join(',');
}

function compactTerms(row: MasterRow): readonly [string, string, string, string] {
  if (row.segment === 'D') return [`${row.expiry} ${EXPIRY_TIME}`, '-0.01000', 'XX', 'M'];
  if (row.segment === 'I') return ['0001-01-01', '', 'XX', ''];
  return ['', '', '', 'NA'];
}

function detailedLine(row: MasterRow): string {
  const [expiry, strike, option, flag] = detailedTerms(row);
  const fields = [
    row.exchange,
    row.segment,
    row.securityId,
    row.isin || 'NA',
    row.instrument,
    row.underlyingId ?? '',
    row.underlyingSymbol,
    row.symbolName,
    row.displayName,
    row.type,
    row.series || 'NA',
    row.lot.toFixed(1),
    expiry,
    strike,
    option,
    row.tick.toFixed(4),
    flag,
    ...['N', 'N', 'N', 'NA', 'A'],
    ...[0, 0, 0, 0, 0, 0],
    row.segment === 'E' && row.type === 'ES' ? '4.545455' : 0,
    (row.previousClose * 1.2).toFixed(4),
    (row.previousClose * 0.8).toFixed(4),
    0,
    '',
  ];
  return fields.map(clean).join(',');
}

function detailedTerms(row: MasterRow): readonly [string, string, string, string] {
  if (row.segment === 'D') return [row.expiry, '-0.01000', 'XX', 'M'];
  if (row.segment === 'I') return ['0001-01-01', '', 'XX', 'N'];
  return ['', '', '', 'NA'];
}

/** The broker's files quote nothing, so no field may hold a comma. */
function clean(field: string | number): string {
  return String(field).replaceAll(/[,\r\n"]/g, ' ');
}
