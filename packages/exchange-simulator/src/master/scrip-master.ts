import { addDays, type TradingDate, weekdayOf } from '@rtp/core';
import type { MarketDay, MarketInstrument } from '../market/market-day.ts';
import { UNITS_PER_RUPEE } from '../tape/price-grid.ts';
import type { MasterRow } from './master-row.ts';

/** Months of stock futures that are listed at a time. */
const LISTED_EXPIRIES = 3;
/** Ids of made-up rows, outside those of real instruments of their segment. */
const FIRST_FUTURE_ID = 40_000;
const FIRST_NOISE_ID = 8_000_000;
const TEST_SCRIPS = ['011NSETEST', '021NSETEST', '031NSETEST'] as const;
/** Every so many shares, a row of each kind of noise. */
const NOISE_EVERY = 7;

/**
 * The scrip master of the day: a row for each of its shares and indices, unexpired stock futures of its closing-auction shares, and
 * what real masters hold besides, which a reader must not take for shares: expired contracts, bonds under a
 * share's symbol, the share's own row in series BE under another id, the same symbol at BSE, ETFs, test scrips.
 */
export function* scripMaster(day: MarketDay): Generator<MasterRow> {
  let noiseId = FIRST_NOISE_ID;
  let futureId = FIRST_FUTURE_ID;
  const shares = day.instruments.filter((instrument) => !instrument.isIndex);
  for (const scrip of TEST_SCRIPS) yield testScrip(scrip, noiseId++);
  for (const [position, share] of shares.entries()) {
    const kind = position % NOISE_EVERY;
    if (kind === 0) yield bond(share, noiseId++);
    if (kind === 1) yield { ...shareRow(share), securityId: noiseId++, series: 'BE' };
    yield shareRow(share);
    if (kind === 2) yield { ...shareRow(share), securityId: noiseId++, series: 'BE' };
    if (kind === 3) yield { ...shareRow(share), exchange: 'BSE', securityId: noiseId++, series: 'A' };
    if (kind === 4) yield fund(share, noiseId++);
  }
  for (const index of day.instruments) if (index.isIndex) yield indexRow(index);
  const [expired, ...coming] = monthlyExpiries(day.date);
  for (const [position, share] of shares.entries()) {
    if (share.isClosingAuctionShare) for (const expiry of coming) yield stockFuture(share, expiry, futureId++);
    else if (position % NOISE_EVERY === 0) yield stockFuture(share, expired as TradingDate, futureId++);
  }
  for (const scrip of TEST_SCRIPS) yield testFuture(scrip, futureId++);
}

function shareRow(share: MarketInstrument): MasterRow {
  return {
    exchange: 'NSE',
    segment: 'E',
    securityId: share.securityId,
    isin: share.isin,
    instrument: 'EQUITY',
    underlyingId: null,
    underlyingSymbol: share.symbol,
    tradingSymbol: share.symbol,
    symbolName: share.name.toUpperCase(),
    displayName: share.name,
    type: 'ES',
    series: 'EQ',
    lot: 1,
    expiry: '',
    tick: (share.step / UNITS_PER_RUPEE) * 100,
    previousClose: share.previousClose,
  };
}

function indexRow(index: MarketInstrument): MasterRow {
  return {
    ...shareRow(index),
    segment: 'I',
    instrument: 'INDEX',
    underlyingId: index.securityId,
    symbolName: index.symbol,
    type: 'INDEX',
    series: '',
    tick: index.step / UNITS_PER_RUPEE,
  };
}

function stockFuture(share: MarketInstrument, expiry: TradingDate, securityId: number): MasterRow {
  const month = MONTHS[Number(expiry.slice(5, 7)) - 1] as string;
  const symbol = `${share.symbol}-${month}${expiry.slice(0, 4)}-FUT`;
  return {
    ...shareRow(share),
    segment: 'D',
    securityId,
    isin: '',
    instrument: 'FUTSTK',
    underlyingId: share.securityId,
    tradingSymbol: symbol,
    symbolName: symbol,
    displayName: `${share.symbol} ${month.toUpperCase()} FUT`,
    type: 'FUT',
    series: '',
    lot: 500,
    expiry,
  };
}

function bond(share: MarketInstrument, securityId: number): MasterRow {
  return {
    ...shareRow(share),
    securityId,
    isin: `${share.isin.slice(0, 7)}07016`,
    tradingSymbol: `765${share.symbol.slice(0, 5)}34`,
    symbolName: `${share.symbol} 7.65% 2034`,
    displayName: `${share.symbol}-7.65%-20032034-NCD`,
    type: 'DEB',
    series: 'N1',
    tick: 1,
    previousClose: 1_000,
  };
}

function fund(share: MarketInstrument, securityId: number): MasterRow {
  const symbol = `${share.symbol.slice(0, 8)}ETF`;
  return {
    ...shareRow(share),
    securityId,
    isin: `INF${share.isin.slice(3)}`,
    underlyingSymbol: symbol,
    tradingSymbol: symbol,
    symbolName: `AMC - ${symbol}`,
    displayName: `${share.symbol} ETF`,
    type: 'ETF',
    tick: 1,
  };
}

function testScrip(symbol: string, securityId: number): MasterRow {
  return {
    exchange: 'NSE',
    segment: 'E',
    securityId,
    isin: '',
    instrument: 'EQUITY',
    underlyingId: null,
    underlyingSymbol: symbol,
    tradingSymbol: symbol,
    symbolName: symbol,
    displayName: symbol,
    type: 'Other',
    series: 'EQ',
    lot: 1,
    expiry: '',
    tick: 5,
    previousClose: 100,
  };
}

function testFuture(symbol: string, securityId: number): MasterRow {
  return {
    ...testScrip(symbol, securityId),
    segment: 'D',
    instrument: 'FUTSTK',
    underlyingId: 14_747,
    tradingSymbol: `${symbol}-Nov2036-FUT`,
    symbolName: `${symbol}-Nov2036-FUT`,
    displayName: `${symbol} 27 NOV FUT`,
    type: 'FUT',
    series: '',
    lot: 50,
    expiry: '2036-11-27',
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const TUESDAY = 2;

/** The last monthly expiry before `date`, then the next ones: the last Tuesday of each month. */
function monthlyExpiries(date: TradingDate): readonly TradingDate[] {
  let expired = '';
  const coming: TradingDate[] = [];
  let month = addDays(`${date.slice(0, 7)}-01`, -1).slice(0, 7);
  while (coming.length < LISTED_EXPIRIES) {
    const nextMonth = addDays(`${month}-28`, 4).slice(0, 7);
    let expiry = addDays(`${nextMonth}-01`, -1);
    while (weekdayOf(expiry) !== TUESDAY) expiry = addDays(expiry, -1);
    if (expiry < date) expired = expiry;
    else coming.push(expiry);
    month = nextMonth;
  }
  return [expired, ...coming];
}
