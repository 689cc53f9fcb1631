import { parseTradingDate, type TradingDate } from '@rtp/core';
import type { Layout } from './columns.ts';
import type { MasterRow } from './master-row.ts';

/** Main-board series: normal, trade-for-trade, and trade-for-trade of non-compliant companies. */
const SHARE_SERIES: ReadonlySet<string> = new Set(['EQ', 'BE', 'BZ']);
const FUTURE_SUFFIX = /-(?:\d{1,2})?[A-Z][a-z]{2}\d{4}-FUT$/;
const YEAR_FIRST = /^(\d{4})-(\d{2})-(\d{2})/;
const DAY_FIRST = /^(\d{1,2})[/-](\d{1,2})[/-](\d{2}|\d{4})(?:\s|$)/;

/** A wanted row; `skip` for the many others; `bad` for a wanted one that cannot be read. */
export function readRow(row: readonly string[], { read, isCompact }: Layout): MasterRow | 'skip' | 'bad' {
  if (read(row, 'exchange') !== 'NSE') return 'skip';
  const segment = read(row, 'segment');
  const instrument = read(row, 'instrument');
  const symbol = read(row, 'symbol');
  const common = {
    exchange: 'NSE' as const,
    securityId: wholeNumber(read(row, 'securityId')),
    name: read(row, 'displayName') || read(row, 'tradingSymbol'),
    underlyingSymbol: null,
    underlyingSecurityId: null,
    expiry: null,
  };
  if (segment === 'E' && instrument === 'EQUITY') {
    const series = read(row, 'series');
    if (read(row, 'instrumentType') !== 'ES' || !SHARE_SERIES.has(series)) return 'skip';
    const tickPaise = positive(read(row, 'tickSize'));
    return checked({ ...common, segment: 'NSE_EQ', instrument, symbol, series, isin: read(row, 'isin'), tickPaise });
  }
  if (segment === 'I' && instrument === 'INDEX') {
    const tickPaise = indexTickPaise(positive(read(row, 'tickSize')));
    return checked({ ...common, segment: 'IDX_I', instrument, symbol, series: '', isin: '', tickPaise });
  }
  if (segment === 'D' && instrument === 'FUTSTK') {
    const tradingSymbol = read(row, 'tradingSymbol');
    return checked({
      ...common,
      segment: 'NSE_FNO',
      instrument,
      symbol: tradingSymbol,
      series: '',
      isin: '',
      tickPaise: positive(read(row, 'tickSize')),
      underlyingSymbol: isCompact ? tradingSymbol.replace(FUTURE_SUFFIX, '') : symbol,
      underlyingSecurityId: wholeNumber(read(row, 'underlyingSecurityId')) || null,
      expiry: expiryDate(read(row, 'expiry')),
    });
  }
  return 'skip';
}

function checked(row: MasterRow): MasterRow | 'bad' {
  const expiryMissing = row.instrument === 'FUTSTK' && row.expiry === null;
  return row.securityId === '' || row.symbol === '' || row.tickPaise === 0 || expiryMissing
    ? 'bad'
    : Object.freeze(row);
}

/** `2885`, `2885.0` and `2885.0000` alike; empty for anything else. */
const wholeNumber = (text: string): string => /^(\d+)(?:\.0+)?$/.exec(text)?.[1] ?? '';

/** A number above 0, else 0. */
function positive(text: string): number {
  const value = text === '' ? 0 : Number(text);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** Share ticks are paise; index ticks are written in rupees (`0.05`, wire §8). */
const indexTickPaise = (tick: number): number => (tick < 1 ? Math.round(tick * 100) : tick);

/** `2026-11-24 14:30:00`, `2026-11-24`, and the spreadsheet's `24/11/26`; null for none (`0001-01-01`) or nonsense. */
export function expiryDate(text: string): TradingDate | null {
  const yearFirst = YEAR_FIRST.exec(text);
  const dayFirst = yearFirst === null ? DAY_FIRST.exec(text) : null;
  const year = yearFirst?.[1] ?? (dayFirst?.[3]?.length === 2 ? `20${dayFirst[3]}` : dayFirst?.[3]);
  const month = yearFirst?.[2] ?? dayFirst?.[2];
  const day = yearFirst?.[3] ?? dayFirst?.[1];
  if (year === undefined || month === undefined || day === undefined || year === '0001') return null;
  try {
    return parseTradingDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
  } catch {
    return null;
  }
}
