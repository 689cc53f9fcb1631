import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { closingAuctionUnderlyings, type MasterRow, parseScripMaster } from '@rtp/dhan';
import { recordingLogger } from './support/recording-logger.ts';

const fixture = (name: string): Readable => createReadStream(join(import.meta.dirname, 'fixtures', name));
const read = (source: Readable | string, logger = recordingLogger()) =>
  parseScripMaster(typeof source === 'string' ? Readable.from([source]) : source, logger);
const find = (rows: readonly MasterRow[], symbol: string) => rows.filter((row) => row.symbol === symbol);

const WIRE_HEADER =
  'EXCH_ID,SEGMENT,SECURITY_ID,ISIN,INSTRUMENT,UNDERLYING_SECURITY_ID,UNDERLYING_SYMBOL,SYMBOL_NAME,DISPLAY_NAME,INSTRUMENT_TYPE,SERIES,LOT_SIZE,SM_EXPIRY_DATE,STRIKE_PRICE,OPTION_TYPE,TICK_SIZE,';
const HDFCBANK = 'NSE,E,1333,INE040A01034,EQUITY,,HDFCBANK,HDFC BANK LTD,HDFC Bank,ES,EQ,1.0,,,,5.0000,';
const COMPACT_HEADER =
  'SEM_EXM_EXCH_ID,SEM_SEGMENT,SEM_SMST_SECURITY_ID,SEM_INSTRUMENT_NAME,SEM_EXPIRY_CODE,SEM_TRADING_SYMBOL,SEM_LOT_UNITS,SEM_CUSTOM_SYMBOL,SEM_EXPIRY_DATE,SEM_STRIKE_PRICE,SEM_OPTION_TYPE,SEM_TICK_SIZE,SEM_EXPIRY_FLAG,SEM_EXCH_INSTRUMENT_TYPE,SEM_SERIES,SM_SYMBOL_NAME';

describe('the published layouts', () => {
  test('compact: shares of three series, NSE indices, nothing of other exchanges or kinds', async () => {
    const rows = await read(fixture('scrip-master-sample-compact.csv'));
    const count = (series: string) => rows.filter((row) => row.series === series && row.segment === 'NSE_EQ').length;
    expect([count('EQ'), count('BE'), count('BZ')]).toEqual([112, 20, 4]);
    expect(rows.filter(({ segment }) => segment === 'IDX_I')).toHaveLength(25);
    expect(rows).toHaveLength(161);
    expect(find(rows, 'J&KBANK')).toEqual([
      {
        exchange: 'NSE',
        segment: 'NSE_EQ',
        securityId: '5633',
        symbol: 'J&KBANK',
        name: 'Jammu & Kashmir Bank',
        isin: '',
        series: 'EQ',
        instrument: 'EQUITY',
        tickPaise: 1,
        underlyingSymbol: null,
        underlyingSecurityId: null,
        expiry: null,
      },
    ]);
    expect(find(rows, 'NIFTY')).toMatchObject([
      { segment: 'IDX_I', securityId: '13', name: 'Nifty 50', tickPaise: 5, series: '' },
    ]);
    expect(find(rows, 'SENSEX')).toEqual([]);
  });

  test('detailed, 31 columns of 2026: with ISIN', async () => {
    const rows = await read(fixture('scrip-master-sample-detailed.csv'));
    expect(rows.filter(({ segment }) => segment === 'NSE_EQ')).toHaveLength(132 + 25 + 5);
    expect(find(rows, 'DYNAMATECH')).toMatchObject([{ isin: 'INE221B01012', tickPaise: 50, securityId: '4525' }]);
    expect(find(rows, 'FINNIFTY')).toMatchObject([{ segment: 'IDX_I', securityId: '27', isin: '', tickPaise: 5 }]);
    expect(rows.some(({ symbol }) => symbol.includes('NSETEST'))).toBe(false);
  });

  test('detailed, 39 columns of 2025: stock futures with spreadsheet dates', async () => {
    const rows = await read(fixture('scrip-master-sample-detailed-2025.csv'));
    expect(rows.filter(({ instrument }) => instrument === 'FUTSTK')).toHaveLength(66);
    expect(find(rows, 'TITAN-Aug2025-FUT')).toMatchObject([
      {
        segment: 'NSE_FNO',
        underlyingSymbol: 'TITAN',
        underlyingSecurityId: '3506',
        expiry: '2025-08-28',
        tickPaise: 10,
      },
    ]);
  });

  test('detailed as on the wire, with a trailing comma and rows that occur twice', async () => {
    const wire = fixture('scrip-master-sample-detailed-wire-2026-09.csv');
    await expect(read(wire)).rejects.toMatchObject({ code: 'RTP_DHAN_SCRIP_MASTER_INVALID' });
    const rows = await read(`${WIRE_HEADER}\n${HDFCBANK}\n${HDFCBANK}\n`);
    expect(rows).toMatchObject([{ symbol: 'HDFCBANK', isin: 'INE040A01034', tickPaise: 5 }]);
  });

  test('the same id in two segments is two instruments', async () => {
    const rows = await read(
      [
        COMPACT_HEADER,
        'NSE,E,13,EQUITY,0,ABB,1.0,ABB India,,,,50.0000,NA,ES,EQ,ABB INDIA LIMITED',
        'NSE,I,13,INDEX,0,NIFTY,1.0,Nifty 50,0001-01-01,,XX,0.0500,,INDEX,X,NIFTY',
      ].join('\n'),
    );
    expect(rows.map(({ segment, symbol }) => [segment, symbol])).toEqual([
      ['NSE_EQ', 'ABB'],
      ['IDX_I', 'NIFTY'],
    ]);
  });
});

describe('variants', () => {
  const share = (id: string, tick: string) => `NSE,E,${id},EQUITY,0,TCS,1.0,Tata Consultancy,,,,${tick},NA,ES,EQ,TATA`;

  test.each([
    ['11536', '10'],
    ['11536.0', '10.0'],
    ['11536.0000', '10.0000'],
    [' 11536 ', ' 10 '],
  ])('numbers as a spreadsheet leaves them: %j', async (id, tick) => {
    expect(await read(`${COMPACT_HEADER}\n${share(id, tick)}`)).toMatchObject([{ securityId: '11536', tickPaise: 10 }]);
  });

  test('a byte-order mark, CRLF, blank lines and reordered columns', async () => {
    const columns = [
      'SERIES',
      'EXCH_ID',
      'TICK_SIZE',
      'SEGMENT',
      'INSTRUMENT_TYPE',
      'SECURITY_ID',
      'INSTRUMENT',
      'UNDERLYING_SYMBOL',
      'SYMBOL_NAME',
      'SM_EXPIRY_DATE',
    ];
    const text = `\ufeff${columns.join(',')}\r\n\r\nEQ,NSE,5,E,ES,1594,EQUITY,INFY,INFOSYS LIMITED,NA\r\n`;
    expect(await read(text)).toMatchObject([{ symbol: 'INFY', securityId: '1594', name: 'INFOSYS LIMITED', isin: '' }]);
  });

  test('a file cut into pieces anywhere reads the same', async () => {
    const bytes = Buffer.from(`${WIRE_HEADER}\n${HDFCBANK}\n`);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7));
    expect(await read(Readable.from(pieces))).toHaveLength(1);
  });

  test('quoted fields with commas and line breaks in them', async () => {
    const quoted = 'NSE,E,1,EQUITY,0,ABC,1,"A, B\nand\nC",,,,5,NA,ES,EQ,"ABC\nLTD"';
    const rows = await read(`${COMPACT_HEADER}\n${quoted}\n${share('11536', '5')}`);
    expect(rows.map(({ symbol, tickPaise }) => [symbol, tickPaise])).toEqual([
      ['ABC', 5],
      ['TCS', 5],
    ]);
  });

  test('a compact stock future names its underlying, hyphens included', async () => {
    const future =
      'NSE,D,51234,FUTSTK,0,BAJAJ-AUTO-Nov2026-FUT,75.0,BAJAJ-AUTO NOV FUT,2026-11-24 14:30:00,-0.01000,XX,10.0000,M,FUT,,';
    const rows = await read(`${COMPACT_HEADER}\n${share('11536', '5')}\n${future}`);
    expect(rows[1]).toMatchObject({ underlyingSymbol: 'BAJAJ-AUTO', expiry: '2026-11-24', underlyingSecurityId: null });
  });
});

describe('damage', () => {
  const refused = expect.objectContaining({ code: 'RTP_DHAN_SCRIP_MASTER_INVALID' });

  test('a missing column is named', async () => {
    await expect(read(`${COMPACT_HEADER.replace('SEM_SERIES,', '')}\n`)).rejects.toThrow(/SERIES or SEM_SERIES/);
  });

  test('a page in place of the file, an empty file, and a file without shares are refused', async () => {
    for (const text of [
      '<html><body>Service unavailable</body></html>',
      '',
      `${COMPACT_HEADER}\n`,
      `${COMPACT_HEADER}\nNSE,E,"2885`,
    ]) {
      await expect(read(text)).rejects.toEqual(refused);
    }
  });

  test('a few unreadable rows are skipped with a warning, many are an error', async () => {
    const good = Array.from({ length: 200 }, (_, i) => `NSE,E,${i + 1},EQUITY,0,S${i},1,S,,,,5,NA,ES,EQ,S`);
    const bad = 'NSE,E,,EQUITY,0,NOID,1,S,,,,5,NA,ES,EQ,S';
    const logger = recordingLogger();
    expect(await read([COMPACT_HEADER, ...good, bad].join('\n'), logger)).toHaveLength(200);
    expect(logger.lines.join()).toContain('"unreadable":1');
    await expect(read([COMPACT_HEADER, ...good.slice(0, 50), bad].join('\n'))).rejects.toEqual(refused);
  });
});

describe('the closing auction', () => {
  test('is made of the underlyings of stock futures that have not expired, without test symbols', async () => {
    const rows = await read(fixture('scrip-master-sample-detailed-2025.csv'));
    const names = (date: string) => closingAuctionUnderlyings(rows, date);
    expect(names('2025-07-31')).toContain('TITAN');
    expect([...names('2025-07-31')].some((name) => name.includes('NSETEST'))).toBe(false);
    expect(rows.some(({ underlyingSymbol }) => underlyingSymbol === '011NSETEST')).toBe(true);
    expect(names('2025-08-28')).toContain('TITAN');
    expect(names('2026-08-28').size).toBe(0);
  });
});
