import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type Instrument, loadCalendar } from '@rtp/core';
import type { MasterRow } from '@rtp/dhan';
import { readCredentials, readUniverse } from '@rtp/pipeline';
import { closingAuctionOn } from '../../packages/pipeline/src/universe/closing-auction.ts';
import { joinMaster } from '../../packages/pipeline/src/universe/join-master.ts';
import { changesSince } from '../../packages/pipeline/src/universe/listing-changes.ts';

const dir = mkdtempSync(join(tmpdir(), 'rtp-universe-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const row = (symbol: string, securityId: string, isin: string, given: Partial<MasterRow> = {}): MasterRow => ({
  exchange: 'NSE',
  segment: 'NSE_EQ',
  securityId,
  symbol,
  name: symbol,
  isin,
  series: 'EQ',
  instrument: 'EQUITY',
  tickPaise: 10,
  underlyingSymbol: null,
  underlyingSecurityId: null,
  expiry: null,
  ...given,
});
const nifty = row('NIFTY', '13', '', { segment: 'IDX_I', instrument: 'INDEX', series: '', tickPaise: 5 });
const wanted = (symbol: string, security_id: string, isin: string) => ({ symbol, security_id, isin });
const join_ = (given: Partial<Parameters<typeof joinMaster>[0]>) =>
  joinMaster({
    rows: [],
    indexSymbols: [],
    prioritySymbols: [],
    master: [],
    isClosingAuctionShare: () => false,
    ...given,
  });

describe('the universe and the scrip master', () => {
  test('are joined by ISIN, and the broker id is the master’s', () => {
    const { listings, warnings } = join_({
      rows: [wanted('TCS', '1', 'INE467B01029')],
      master: [row('OTHER', '1', 'INE000000001'), row('TCS', '11536', 'INE467B01029')],
    });
    expect(listings).toEqual([
      {
        segment: 'NSE_EQ',
        securityId: '11536',
        symbol: 'TCS',
        isin: 'INE467B01029',
        series: 'EQ',
        class: 'share',
        tickPaise: 10,
      },
    ]);
    expect(warnings).toEqual(['TCS has moved from id 1 to 11536 (series EQ)']);
  });

  test('are joined by symbol where no ISIN fits, and say so', () => {
    const master = [row('NOISIN', '7', ''), row('SPLIT', '8', 'INE2')];
    const { listings, warnings } = join_({
      rows: [wanted('NOISIN', '7', ''), wanted('SPLIT', '8', 'INE1')],
      master,
    });
    expect(listings.map((listing) => listing.securityId)).toEqual(['7', '8']);
    expect(warnings).toEqual(['SPLIT has changed its ISIN from INE1 to INE2']);
  });

  test('a renamed share keeps its place under its new name', () => {
    const { listings, warnings } = join_({
      rows: [wanted('ZOMATO', '5', 'INE5')],
      master: [row('ETERNAL', '5', 'INE5')],
    });
    expect(listings[0]?.symbol).toBe('ETERNAL');
    expect(warnings).toEqual(['ZOMATO is now called ETERNAL']);
  });

  test('what has changed in listings since an earlier day is told by instrument', () => {
    const instrument = (instrumentId: number, symbol: string, securityId: string, series: string): Instrument => ({
      instrumentId,
      segment: 'NSE_EQ',
      symbol,
      securityId,
      series,
      isin: `INE${instrumentId}`,
      class: 'share',
      tickPaise: 5,
      validFrom: '2026-01-01',
      validTo: null,
      trackedFrom: '2026-01-01',
    });
    const yesterday = [
      instrument(1, 'TCS', '11', 'EQ'),
      instrument(2, 'ITC', '22', 'EQ'),
      instrument(3, 'X', '3', 'EQ'),
    ];
    const today = [instrument(1, 'TCS', '99', 'BE'), instrument(2, 'ITC', '22', 'EQ'), instrument(4, 'NEW', '4', 'EQ')];
    expect(changesSince(yesterday, '2026-11-19', today)).toEqual([
      'TCS has moved from series EQ to BE, from id 11 to 99 since 2026-11-19',
    ]);
  });

  test('EQ comes before BE and BZ', () => {
    const series = (name: string, id: string) => row('SCHNEIDER', id, 'INE1', { series: name });
    const choose = (...rows: MasterRow[]) =>
      join_({ rows: [wanted('SCHNEIDER', '', 'INE1')], master: rows }).listings[0];
    expect(choose(series('BE', '31238'), series('EQ', '31234'))?.securityId).toBe('31234');
    expect(choose(series('BZ', '2'), series('BE', '31238'))).toMatchObject({ securityId: '31238', series: 'BE' });
  });

  test('missing shares, indices and priority symbols are warned about and not fatal', () => {
    const { listings, warnings } = join_({
      rows: [wanted('GONE', '1', 'INE1'), wanted('TCS', '2', 'INE2')],
      indexSymbols: ['NIFTY', 'NOINDEX'],
      prioritySymbols: ['RELIANCE', 'TCS'],
      master: [row('TCS', '2', 'INE2'), nifty],
    });
    expect(listings.map((listing) => listing.symbol)).toEqual(['TCS', 'NIFTY']);
    expect(warnings).toEqual([
      'index NOINDEX is not in the scrip master and is not tracked',
      'GONE is not in the scrip master and is not tracked',
      'priority symbols outside the universe: RELIANCE',
    ]);
  });

  test('priority symbols come first, in their own order, then indices, then the universe', () => {
    const symbols = ['A', 'B', 'C', 'D'];
    const { listings, priorityCount } = join_({
      rows: symbols.map((symbol, id) => wanted(symbol, String(id), '')),
      indexSymbols: ['NIFTY'],
      prioritySymbols: ['D', 'B'],
      master: [nifty, ...symbols.map((symbol, id) => row(symbol, String(id), ''))],
    });
    expect(listings.map((listing) => listing.symbol)).toEqual(['D', 'B', 'NIFTY', 'A', 'C']);
    expect(priorityCount).toBe(2);
  });

  test('an id that an index and a share have in common is two instruments', () => {
    const { listings } = join_({
      rows: [wanted('ABB', '13', '')],
      indexSymbols: ['NIFTY'],
      master: [nifty, row('ABB', '13', '')],
    });
    expect(listings.map(({ segment, securityId }) => [segment, securityId])).toEqual([
      ['IDX_I', '13'],
      ['NSE_EQ', '13'],
    ]);
  });
});

describe('the closing auction', () => {
  const calendar = loadCalendar({ file: 'config/calendar.json' });

  test('has the underlyings of the day’s stock futures', () => {
    const isIn = closingAuctionOn('2026-11-20', new Set(['TCS']), calendar);
    expect([isIn('TCS'), isIn('RELIANCE')]).toEqual([true, false]);
  });

  test('has the calendar’s list when the master names none', () => {
    const isIn = closingAuctionOn('2026-11-20', new Set(), calendar);
    expect([isIn('RELIANCE'), isIn('NOSUCHSHARE')]).toEqual([true, false]);
  });

  test('has nobody before it began', () => {
    expect(closingAuctionOn('2026-07-31', new Set(['TCS']), calendar)('TCS')).toBe(false);
  });
});

describe('the universe file', () => {
  const write = (text: string): string => {
    const path = join(dir, 'universe.csv');
    writeFileSync(path, text);
    return path;
  };
  const codeOf = (text: string): unknown => {
    try {
      return readUniverse(write(text));
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test('is read by header, in any order of columns, each symbol once', () => {
    const rows = codeOf(
      '\uFEFFisin,name,symbol,security_id\nINE1,"A, Ltd",M&M,1\n\nINE1,A,M&M,1\nINE2,B, BAJAJ-AUTO ,2\n',
    );
    expect(rows).toEqual([wanted('M&M', '1', 'INE1'), wanted('BAJAJ-AUTO', '2', 'INE2')]);
  });

  test.each([
    ['lacks a column', 'symbol,isin\nTCS,INE1\n'],
    ['has a row without a symbol', 'symbol,security_id,isin\n,1,INE1\n'],
    ['is no CSV', 'symbol,security_id,isin\n"TCS,1,INE1\n'],
  ])('that %s is an error', (_case, text) => {
    expect(codeOf(text)).toBe('RTP_UNIVERSE_UNREADABLE');
  });

  test('that does not exist is an error that names it', () => {
    expect(() => readUniverse(join(dir, 'nowhere.csv'))).toThrow('nowhere.csv');
  });

  test('that ships has 500 shares', () => {
    expect(readUniverse('config/universe.csv')).toHaveLength(500);
  });
});

describe('credentials', () => {
  const base = { DHAN_CLIENT_ID: '1', DHAN_PIN: '2', DHAN_TOTP_SECRET: '3' };

  test('are a token, or PIN and TOTP secret', () => {
    expect(readCredentials(base)).toEqual({ clientId: '1', pin: '2', totpSecret: '3' });
    expect(readCredentials({ DHAN_CLIENT_ID: '1', DHAN_API_TOKEN: 't' })).toEqual({ clientId: '1', apiToken: 't' });
  });

  test.each([
    ['DHAN_CLIENT_ID', { ...base, DHAN_CLIENT_ID: '' }],
    ['DHAN_TOTP_SECRET', { ...base, DHAN_TOTP_SECRET: undefined }],
    ['DHAN_PIN', { ...base, DHAN_PIN: undefined }],
    ['DHAN_API_TOKEN', { DHAN_CLIENT_ID: '1' }],
  ])('without %s are an error that names it, with exit code 77', (name, env) => {
    expect(() => readCredentials(env)).toThrow(
      expect.objectContaining({ exitCode: 77, message: expect.stringContaining(name) }),
    );
  });
});
