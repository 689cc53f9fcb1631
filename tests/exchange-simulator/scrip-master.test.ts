import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MarketDay } from '@rtp/exchange-simulator';
import { call, dayOf, type Exchange, startExchange } from './harness.ts';

let day: MarketDay;
let exchange: Exchange;

beforeAll(async () => {
  day = await dayOf({ generate: 60, seed: 11 });
  exchange = await startExchange(day, '08:00');
});
afterAll(() => exchange.close());

interface Table {
  readonly header: string[];
  readonly rows: Record<string, string>[];
}

async function download(path: string): Promise<Table> {
  const { status, text, headers } = await call(`${exchange.url}${path}`);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv']);
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const header = head.split(',');
  const rows = lines.map((line) => {
    const fields = line.split(',');
    expect(fields).toHaveLength(header.length);
    return Object.fromEntries(header.map((name, index) => [name, fields[index] as string]));
  });
  return { header, rows };
}

const DETAILED = '/api-data/api-scrip-master-detailed.csv';

describe('the scrip master', () => {
  test('has the compact layout of 16 columns', async () => {
    const { header, rows } = await download('/api-data/api-scrip-master.csv');
    expect(header).toHaveLength(16);
    expect(header[0]).toBe('SEM_EXM_EXCH_ID');
    expect(rows.find((row) => row.SEM_TRADING_SYMBOL === '360ONE' && row.SEM_SERIES === 'EQ')).toMatchObject({
      SEM_EXM_EXCH_ID: 'NSE',
      SEM_SEGMENT: 'E',
      SEM_SMST_SECURITY_ID: '13061',
      SEM_INSTRUMENT_NAME: 'EQUITY',
      SEM_LOT_UNITS: '1.0',
      SEM_EXCH_INSTRUMENT_TYPE: 'ES',
    });
    expect(rows.find((row) => row.SEM_INSTRUMENT_NAME === 'FUTSTK')).toMatchObject({
      SEM_SEGMENT: 'D',
      SEM_EXPIRY_DATE: expect.stringMatching(/^\d{4}-\d\d-\d\d 14:30:00$/),
      SEM_STRIKE_PRICE: '-0.01000',
      SEM_EXCH_INSTRUMENT_TYPE: 'FUT',
    });
  });

  test('has the detailed layout of 32 columns and a trailing comma', async () => {
    const { header, rows } = await download(DETAILED);
    expect(header).toHaveLength(33);
    expect(header.slice(-2)).toEqual(['SM_FREEZE_QTY', '']);
    expect(rows.find((row) => row.SECURITY_ID === '13061' && row.SEGMENT === 'E')).toMatchObject({
      EXCH_ID: 'NSE',
      ISIN: 'INE466L01038',
      INSTRUMENT: 'EQUITY',
      UNDERLYING_SYMBOL: '360ONE',
      INSTRUMENT_TYPE: 'ES',
      SERIES: 'EQ',
      LOT_SIZE: '1.0',
      TICK_SIZE: expect.stringMatching(/^\d+\.0000$/),
    });
  });

  test('holds exactly the day’s shares as NSE shares in series EQ, and NIFTY as its index', async () => {
    const { rows } = await download(DETAILED);
    const shares = rows.filter(
      (row) => row.EXCH_ID === 'NSE' && row.SEGMENT === 'E' && row.INSTRUMENT_TYPE === 'ES' && row.SERIES === 'EQ',
    );
    const expected = day.instruments.filter((instrument) => !instrument.isIndex);
    expect(shares.map((row) => [row.UNDERLYING_SYMBOL, row.SECURITY_ID])).toEqual(
      expected.map((instrument) => [instrument.symbol, String(instrument.securityId)]),
    );
    expect(rows.filter((row) => row.SEGMENT === 'I').map((row) => [row.SECURITY_ID, row.UNDERLYING_SYMBOL])).toEqual([
      ['13', 'NIFTY'],
    ]);
  });

  test('names the closing-auction shares by unexpired stock futures, test scrips and expired ones apart', async () => {
    const { rows } = await download(DETAILED);
    const futures = rows.filter((row) => row.INSTRUMENT === 'FUTSTK');
    const unexpired = futures.filter((row) => (row.SM_EXPIRY_DATE as string) >= day.date);
    const underlyings = new Set(unexpired.map((row) => row.UNDERLYING_SYMBOL as string));
    const real = [...underlyings].filter((symbol) => !/^\d+NSETEST$/.test(symbol)).sort();
    const auctionShares = day.instruments.filter((instrument) => instrument.isClosingAuctionShare);
    expect(real).toEqual(auctionShares.map((instrument) => instrument.symbol));
    expect(underlyings.size).toBeGreaterThan(real.length);
    expect(futures.length).toBeGreaterThan(unexpired.length);
    expect(
      new Set(unexpired.filter((row) => row.UNDERLYING_SYMBOL === real[0]).map((row) => row.SM_EXPIRY_DATE)),
    ).toEqual(new Set(['2026-11-24', '2026-12-29', '2027-01-26']));
  });

  test('holds what must not be taken for shares', async () => {
    const { rows } = await download(DETAILED);
    const kinds = new Set(rows.map((row) => `${row.EXCH_ID} ${row.INSTRUMENT_TYPE} ${row.SERIES}`));
    for (const kind of ['NSE DEB N1', 'NSE ES BE', 'BSE ES A', 'NSE ETF EQ', 'NSE Other EQ']) {
      expect([...kinds]).toContain(kind);
    }
    const symbols = new Set(day.instruments.map((instrument) => instrument.symbol));
    expect(rows.some((row) => row.INSTRUMENT_TYPE === 'DEB' && symbols.has(row.UNDERLYING_SYMBOL as string))).toBe(
      true,
    );
    const ids = rows.map((row) => `${row.EXCH_ID} ${row.SEGMENT} ${row.SECURITY_ID}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is offered by segment without authentication', async () => {
    const { rows, header } = await download('/v2/instrument/NSE_EQ');
    expect(header).toHaveLength(33);
    expect(rows.every((row) => row.EXCH_ID === 'NSE' && row.SEGMENT === 'E')).toBe(true);
    expect((await download('/v2/instrument/IDX_I')).rows).toHaveLength(1);
    expect((await call(`${exchange.url}/v2/instrument/NOWHERE`)).status).toBe(400);
  });

  test('of a day before the closing auction has no unexpired stock futures but test scrips, and no index', async () => {
    const old = await startExchange(await dayOf({ shipped: '2025-10-21' }), '08:00');
    try {
      const { text } = await call(`${old.url}${DETAILED}`);
      const futures = text.split('\n').filter((line) => line.includes(',FUTSTK,') && !line.includes('NSETEST'));
      expect(futures.every((line) => line.includes('2025-09-30'))).toBe(true);
      expect(text).not.toContain(',INDEX,');
    } finally {
      await old.close();
    }
  });
});
