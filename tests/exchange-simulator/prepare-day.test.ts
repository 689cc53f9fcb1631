import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, projectRoot, type RtpError } from '@rtp/core';
import {
  type DayChoice,
  type DayFile,
  loadDay,
  type MarketDay,
  prepareDay,
  SHIPPED_DAYS,
} from '@rtp/exchange-simulator';
import { generateDay } from '../../packages/exchange-simulator/src/generate/generate-day.ts';
import { calendar, dayOf, withTempDir } from './harness.ts';

const HEADER = 'symbol,time,open,high,low,close,volume';

interface Prepared {
  readonly file: DayFile;
  readonly day: MarketDay;
  readonly universe: string;
  // biome-ignore lint/suspicious/noExplicitAny: a file of another package's format.
  readonly overlay: any;
}

async function prepared(choice: (dir: string) => DayChoice): Promise<Prepared> {
  return withTempDir(async (dir) => {
    const out = join(dir, 'out');
    const file = await prepareDay(choice(dir), out);
    const text = (name: string): string => readFileSync(join(out, name), 'utf8');
    expect(JSON.parse(text('day.json'))).toEqual(file);
    return {
      file,
      day: await loadDay(out, calendar),
      universe: text('universe.csv'),
      overlay: JSON.parse(text('calendar-overlay.json')),
    };
  });
}

/** Prepares a day from text written to a file. */
const fromText = (text: string | Buffer, options: Partial<DayChoice> = {}, name = 'bars.csv'): Promise<Prepared> =>
  prepared((dir) => {
    const bars = join(dir, name);
    writeFileSync(bars, text);
    return { bars, ...options };
  });

/** Prepares a day from a Parquet file made by a query. */
async function fromQuery(sql: string): Promise<Prepared> {
  return withTempDir(async (dir) => {
    const bars = join(dir, 'bars.parquet');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(`copy (${sql}) to '${bars}' (format parquet)`);
    connection.closeSync();
    return prepared(() => ({ bars }));
  });
}

async function failure(attempt: Promise<unknown>): Promise<RtpError> {
  try {
    await attempt;
  } catch (error) {
    return error as RtpError;
  }
  throw new Error('it did not fail');
}

const bars = (...rows: string[]): string => [HEADER, ...rows].join('\n');

/** All bars of a loaded day as text, for comparison. */
function dump(day: MarketDay): string[] {
  return day.instruments.flatMap((instrument) =>
    Array.from({ length: instrument.endRow - instrument.firstRow }, (_, index) => {
      const row = instrument.firstRow + index;
      const { open, high, low, close, volume } = day.bar(row);
      return [instrument.symbol, day.bars.ts[row], open, high, low, close, volume].join();
    }),
  );
}

describe('a recorded day', () => {
  test('is the same from CSV, compressed CSV and Parquet, whatever the order of columns and rows', async () => {
    const csv = bars(
      'INFY,2026-11-20T09:15:00+05:30,1500.5,1501,1500,1500.75,1200',
      'ACME,2026-11-20T09:16:00+05:30,10.05,10.05,10.05,10.05,0',
      'ACME,2026-11-20T09:15:00+05:30,10.1,10.2,10.05,10.05,7',
    );
    const shuffled = [
      'volume,close,low,high,open,time,note,symbol',
      '7,10.05,10.05,10.2,10.1,2026-11-20 09:15,x,ACME',
      '1200,1500.75,1500,1501,1500.5,2026-11-20T03:45:00Z,"a, b",INFY',
      '0,10.05,10.05,10.05,10.05,2026-11-20 09:16:00,,ACME',
    ].join('\r\n');
    const values = `(values ('INFY', '2026-11-20 09:15', 1500.5, 1501, 1500, 1500.75, 1200),
      ('ACME', '2026-11-20 09:16', 10.05, 10.05, 10.05, 10.05, 0),
      ('ACME', '2026-11-20 09:15', 10.1, 10.2, 10.05, 10.05, 7)) t(symbol, said, open, high, low, close, volume)`;
    const days = [
      await fromText(csv),
      await fromText(gzipSync(csv), {}, 'no-matter.what'),
      await fromText(shuffled),
      await fromQuery(`select symbol, said::timestamp as time, open, high, low, close, volume from ${values}`),
      await fromQuery(
        `select symbol, (said || ':00+05:30')::timestamptz as time, open, high, low, close, volume from ${values}`,
      ),
      await fromQuery(`select symbol, said || ':00+05:30' as time, open::float as open, high::double as high,
        low::decimal(12, 4) as low, close::float as close, volume::double as volume from ${values}`),
    ];
    const start = atIst('2026-11-20', '09:15');
    for (const { day, file } of days) {
      expect(file).toMatchObject({ date: '2026-11-20', source: 'recorded', symbols: 2, indices: [] });
      expect(dump(day)).toEqual([
        `ACME,${start},10.1,10.2,10.05,10.05,7`,
        `ACME,${start + 60_000},10.05,10.05,10.05,10.05,0`,
        `INFY,${start},1500.5,1501,1500,1500.75,1200`,
      ]);
    }
  });

  test('gives shares of the universe their broker ids, others ids from 9,000,000 and stable ISINs', async () => {
    const one = '2016-09-30 09:15,1,1,1,1,1';
    const { universe, day } = await fromText(bars(`ZZTOP,${one}`, `RELIANCE,${one}`, `AAA,${one}`, `NIFTY,${one}`));
    const rows = universe.trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual([
      ['AAA', '9000000'],
      ['RELIANCE', '2885'],
      ['ZZTOP', '9000001'],
    ]);
    expect(rows.map((row) => row.split(',')[2])).toEqual([
      expect.stringMatching(/^INE9[0-9A-Z]{5}01\d$/),
      'INE002A01018',
      expect.stringMatching(/^INE9[0-9A-Z]{5}01\d$/),
    ]);
    const again = await fromText(bars(`ZZTOP,${one}`));
    expect(again.universe.trim().split('\n')[1]?.split(',')[2]).toBe(rows[2]?.split(',')[2]);
    expect(day.find('IDX_I', 13)?.symbol).toBe('NIFTY');
  });

  test('has the calendar’s windows when these hold all bars, and its own otherwise', async () => {
    const at = (...times: string[]) => bars(...times.map((time) => `ACME,${time},1,1,1,1,1`));
    const regular = await fromText(at('2026-11-20 09:20', '2026-11-20 15:10'));
    expect(regular.file.windows).toEqual([['09:15', '15:30']]);
    const sunday = await fromText(at('2026-11-22 18:15', '2026-11-22 18:26', '2026-11-22 18:25', '2026-11-22 19:00'));
    expect(sunday.file.windows).toEqual([
      ['18:15', '18:27'],
      ['19:00', '19:01'],
    ]);
    expect(sunday.overlay).toEqual({
      date: '2026-11-22',
      name: 'recorded day',
      windows: [
        ['18:15', '18:27'],
        ['19:00', '19:01'],
      ],
      closing_auction_symbols: [],
    });
    const late = await fromText(at('2026-11-20 09:20', '2026-11-20 15:35'));
    expect(late.file.windows).toEqual([
      ['09:20', '09:21'],
      ['15:35', '15:36'],
    ]);
  });

  test('names as closing-auction shares those on the list without a bar from 15:15 on', async () => {
    const { file, day } = await fromText(
      bars('INFY,2026-11-20 15:14,1,1,1,1,1', 'TCS,2026-11-20 15:15,1,1,1,1,1', 'ACME,2026-11-20 15:14,1,1,1,1,1'),
    );
    expect(file.closingAuctionSymbols).toEqual(['INFY']);
    expect(day.instruments.filter((one) => one.isClosingAuctionShare).map((one) => one.symbol)).toEqual(['INFY']);
  });

  test('takes the date that is asked for', async () => {
    const text = bars('ACME,2026-11-19 09:15,1,1,1,1,1', 'ACME,2026-11-20 09:15,2,2,2,2,2');
    expect(dump((await fromText(text, { date: '2026-11-20' })).day)).toHaveLength(1);
    const open = await failure(fromText(text));
    expect([open.code, open.exitCode]).toEqual(['RTP_BARS_DATE_UNKNOWN', 64]);
    expect(open.message).toContain('2026-11-19, 2026-11-20');
    expect((await failure(fromText(text, { date: '2026-11-18' }))).message).toContain('2026-11-19, 2026-11-20');
  });

  test('of an index has no volume, as the broker’s indices', async () => {
    const { day } = await fromText(bars('NIFTY,2026-11-20 09:15,25000,25001,24999,25000.5,77'));
    expect(dump(day)[0]).toMatch(/,25000.5,0$/);
  });
});

describe('a bad bars file', () => {
  const good = 'ACME,2026-11-20 09:15,10,11,9,10,5';
  test.each([
    ['high below close', 'ACME,2026-11-20 09:16,10,10.5,9,11,5', 'line 3: high 10.5 is below open, low or close'],
    ['low above open', 'ACME,2026-11-20 09:16,10,11,10.5,11,5', 'line 3: low 10.5 is above open or close'],
    ['a price of zero', 'ACME,2026-11-20 09:16,0,11,0,11,5', 'line 3: open 0 is not a positive price'],
    ['a price that is text', 'ACME,2026-11-20 09:16,ten,11,9,10,5', 'line 3: open "ten" is not a number'],
    ['an empty field', 'ACME,2026-11-20 09:16,10,11,9,,5', 'line 3: close "" is not a number'],
    ['half a share', 'ACME,2026-11-20 09:16,10,11,9,10,5.5', 'line 3: volume 5.5 is not a whole number of shares'],
    ['negative volume', 'ACME,2026-11-20 09:16,10,11,9,10,-1', 'line 3: volume -1 is not a whole number of shares'],
    ['a time within a minute', 'ACME,2026-11-20 09:16:30,10,11,9,10,5', 'line 3: time is not the start of a minute'],
    ['no time', 'ACME,yesterday,10,11,9,10,5', 'line 3: "yesterday" is not a time'],
    ['a date that does not exist', 'ACME,2026-11-31 09:16,10,11,9,10,5', 'line 3: "2026-11-31 09:16" is not a time'],
    ['a symbol that is none', 'acme,2026-11-20 09:16,10,11,9,10,5', 'line 3: "acme" is not a trading symbol'],
    [
      'a minute given twice',
      'ACME,2026-11-20T09:15:00+05:30,10,11,9,10,5',
      'line 3: ACME at 2026-11-20T09:15:00+05:30 was already in row 2',
    ],
    ['a missing field', 'ACME,2026-11-20 09:16,10,11,9,10', 'line 3: 6 fields where the header has 7'],
    ['an open quote', 'ACME,"2026-11-20 09:16,10,11,9,10,5', 'line 3: '],
  ])('with %s is refused with line and reason', async (_, row, reason) => {
    const error = await failure(fromText(bars(good, row)));
    expect([error.code, error.exitCode]).toEqual(['RTP_BARS_FILE_INVALID', 78]);
    expect(error.message).toContain(`bars.csv, ${reason}`);
  });

  test('without a column, without rows, or empty is refused', async () => {
    expect((await failure(fromText('symbol,time,open,high,low,close\n'))).message).toContain('no column "volume"');
    expect((await failure(fromText(`${HEADER}\n`))).message).toContain('no bars');
    expect((await failure(fromText(''))).code).toBe('RTP_BARS_FILE_INVALID');
  });

  test('in Parquet is refused with row and reason', async () => {
    const row = "select 'ACME' as symbol, timestamp '2026-11-20 09:15' as time, 1.0 as open, 1.0 as high, 1.0 as low";
    const bad = await failure(
      fromQuery(
        `${row}, 1.0 as close, 5 as volume union all by name ${row.replace('09:15', '09:16')}, 2.0 as close, 5 as volume`,
      ),
    );
    expect(bad.message).toMatch(/bars\.parquet, row 2: high 1 is below/);
    expect((await failure(fromQuery(`${row}, null::double as close, 5 as volume`))).message).toContain(
      'row 1: close is null',
    );
    const type = await failure(fromQuery(`${row}, 'one' as close, 5 as volume`));
    expect(type.message).toContain('column "close" is VARCHAR, a number is expected');
    const missing = await failure(fromQuery(`${row}, 1.0 as close`));
    expect([missing.code, missing.message]).toEqual([
      'RTP_BARS_FILE_INVALID',
      expect.stringContaining('no column "volume"'),
    ]);
  });

  test('that is missing, a folder, cut short or something else is unreadable', async () => {
    const codeOf = async (attempt: Promise<unknown>) => (await failure(attempt)).code;
    expect(await codeOf(prepared((dir) => ({ bars: join(dir, 'none.csv') })))).toBe('RTP_BARS_FILE_UNREADABLE');
    expect(
      await codeOf(
        prepared((dir) => {
          mkdirSync(join(dir, 'folder'));
          return { bars: join(dir, 'folder') };
        }),
      ),
    ).toBe('RTP_BARS_FILE_UNREADABLE');
    const cut = gzipSync(
      bars(...Array.from({ length: 60 }, (_, m) => good.replace('09:15', `10:${String(m).padStart(2, '0')}`))),
    );
    expect(await codeOf(fromText(cut.subarray(0, cut.length - 40), {}, 'a.csv.gz'))).toBe('RTP_BARS_FILE_UNREADABLE');
    expect(await codeOf(fromText('PAR1 but nothing else', {}, 'a.parquet'))).toBe('RTP_BARS_FILE_UNREADABLE');
    expect(await codeOf(fromText(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]), {}, 'a.csv'))).toBe(
      'RTP_BARS_FILE_UNREADABLE',
    );
  });
});

describe('a generated day', () => {
  let first: MarketDay;
  beforeAll(async () => {
    first = await dayOf({ generate: 30, seed: 11 });
  });

  test('is decided by symbols, seed and date', async () => {
    const again = await prepared(() => ({ generate: 30, seed: 11 }));
    expect(dump(again.day)).toEqual(dump(first));
    expect(again.file).toMatchObject({ date: '2026-11-20', source: 'generated', symbols: 30, indices: ['NIFTY'] });
    expect(dump(await dayOf({ generate: 30, seed: 12 }))).not.toEqual(dump(first));
    const otherDate = await dayOf({ generate: 30, seed: 11, date: '2026-11-19' });
    expect(otherDate.date).toBe('2026-11-19');
    expect(otherDate.bars.close.slice(0, 50)).not.toEqual(first.bars.close.slice(0, 50));
  });

  test('ends at 15:14 for closing-auction shares, at 15:29 for others and for the index', () => {
    const auctionShares = first.instruments.filter((one) => one.isClosingAuctionShare);
    expect(auctionShares.length).toBeGreaterThan(5);
    for (const instrument of first.instruments) {
      const minutes = instrument.isClosingAuctionShare ? 360 : 375;
      expect([instrument.symbol, instrument.endRow - instrument.firstRow]).toEqual([instrument.symbol, minutes]);
    }
  });

  test('is busiest at the open and the close, and thin names have minutes without trades', () => {
    const turnoverAt = (from: string, to: string): number => {
      let sum = 0;
      const fromMs = atIst(first.date, from);
      const toMs = atIst(first.date, to);
      for (let row = 0; row < first.bars.ts.length; row += 1) {
        const ts = first.bars.ts[row] as number;
        if (ts < fromMs || ts >= toMs) continue;
        sum += (first.bars.volume[row] as number) * (first.bars.close[row] as number);
      }
      return sum;
    };
    expect(turnoverAt('09:15', '09:30')).toBeGreaterThan(1.5 * turnoverAt('12:30', '12:45'));
    expect(turnoverAt('14:50', '15:05')).toBeGreaterThan(1.1 * turnoverAt('12:30', '12:45'));
    let flat = 0;
    for (const instrument of first.instruments) {
      if (instrument.isIndex) continue;
      for (let row = instrument.firstRow; row < instrument.endRow; row += 1)
        if (first.bars.volume[row] === 0) flat += 1;
    }
    expect(flat).toBeGreaterThan(20);
    expect(flat).toBeLessThan(0.1 * first.bars.ts.length);
  });

  test('takes the universe’s shares first, then made-up ones', () => {
    const known = (symbol: string) => ({ symbol, securityId: '77', isin: 'INE002A01018', name: symbol, industry: '' });
    const universe = new Map(['RELIANCE', 'SIM0002'].map((symbol) => [symbol, known(symbol)]));
    const { universe: rows } = generateDay({ symbols: 4, seed: 1, date: '2025-10-21', calendar, universe });
    expect(rows.map((row) => [row.symbol, row.securityId])).toEqual([
      ['RELIANCE', '77'],
      ['SIM0001', '9000000'],
      ['SIM0002', '77'],
      ['SIM0003', '9000001'],
    ]);
  });

  test('on a Muhurat day has that day’s hours and no closing auction', async () => {
    const { file } = await prepared(() => ({ generate: 10, seed: 1, date: '2025-10-21' }));
    expect(file.windows).toEqual([['13:45', '14:45']]);
    expect(file.closingAuctionSymbols).toEqual([]);
  });
});

describe('shipped days', () => {
  test('are complete', async () => {
    expect([...SHIPPED_DAYS.keys()]).toEqual(['2016-09-30', '2025-10-21']);
    const full = await dayOf({ shipped: '2016-09-30' });
    expect([full.instruments.length, full.bars.ts.length]).toEqual([83, 31_125]);
    expect(full.bars.volume.filter((volume) => volume === 0)).toHaveLength(290);
    const muhurat = await prepared(() => ({ shipped: '2025-10-21' }));
    expect(muhurat.file.windows).toEqual([['13:45', '14:45']]);
    expect(muhurat.day.instruments.map((one) => one.symbol)).toEqual([
      'HDFCBANK',
      'ICICIBANK',
      'INFY',
      'RELIANCE',
      'TCS',
    ]);
    expect(muhurat.day.bars.ts).toHaveLength(300);
  });
});

describe('the program', () => {
  const run = (...args: string[]) => {
    const program = join(projectRoot, 'packages/exchange-simulator/src/prepare-day.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  test('prepares a day and ends', async () => {
    await withTempDir(async (dir) => {
      const { status, stdout } = run('--shipped', '2025-10-21', '--out', dir);
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ date: '2025-10-21', symbols: 5 });
      expect((await loadDay(dir, calendar)).instruments).toHaveLength(5);
    });
  });

  test('writes CODE: message and what to do, and exits with the error’s code', async () => {
    await withTempDir(async (dir) => {
      writeFileSync(join(dir, 'bars.csv'), bars('ACME,2026-11-20 09:15,10,9,9,10,5'));
      const bad = run('--bars', join(dir, 'bars.csv'), '--out', join(dir, 'out'));
      expect(bad.status).toBe(78);
      expect(bad.stderr).toMatch(
        /^RTP_BARS_FILE_INVALID: .*bars\.csv, line 2: high 9 is below open, low or close\.\n.+\n$/,
      );
      expect(run('--out', dir)).toMatchObject({ status: 64, stderr: expect.stringMatching(/^RTP_SIMULATOR_USAGE: /) });
    });
  });

  test.each([
    ['no day', {}, 'RTP_SIMULATOR_USAGE'],
    ['two days', { generate: 5, shipped: '2016-09-30' }, 'RTP_SIMULATOR_USAGE'],
    ['too many symbols', { generate: 5_001 }, 'RTP_SIMULATOR_USAGE'],
    ['an odd seed', { generate: 5, seed: -1 }, 'RTP_SIMULATOR_USAGE'],
    ['an odd date', { generate: 5, date: '2026-02-30' }, 'RTP_DATE_INVALID'],
    ['a day that is not shipped', { shipped: '2020-01-01' }, 'RTP_BARS_DATE_UNKNOWN'],
  ])('refuses %s', async (_, choice, code) => {
    expect(await failure(prepared(() => choice))).toMatchObject({ code, exitCode: 64 });
  });
});
