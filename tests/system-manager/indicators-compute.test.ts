import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { istIso, loadCalendar, projectRoot, RtpError } from '@rtp/core';
import { IndicatorEngine, indicatorColumns, sessionFields } from '@rtp/indicators';
import { computeFile } from '../../packages/system-manager/src/indicators/compute/compute-file.ts';
import { endSystems, temporaryDir } from './support/systems.ts';

jest.setTimeout(60_000);

let dir: string;
beforeEach(() => {
  dir = temporaryDir();
});
afterEach(endSystems);

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function compute(args: readonly string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TZ: 'America/New_York' };
  return new Promise((resolve) => {
    const options = { env, cwd: dir, maxBuffer: 64 * 1_048_576 };
    execFile(join(projectRoot, 'bin/rtp'), ['indicators', 'compute', ...args], options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

interface Bar {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const START = Date.parse('2016-09-29T09:15:00+05:30');

/** Two sessions of a walk, `seed` apart. */
function walk(seed: number, length = 700): readonly Bar[] {
  let price = 100 + seed;
  let state = seed * 7_919 + 1;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Array.from({ length }, (_, index) => {
    const open = price;
    price = Math.round((price + (random() - 0.5) * 2) * 100) / 100;
    const [high, low] = [Math.max(open, price) + Math.round(random() * 50) / 100, Math.min(open, price) - 0.5];
    const time = START + Math.floor(index / 375) * 86_400_000 + (index % 375) * 60_000;
    return { time, open, high, low, close: price, volume: Math.floor(random() * 1_000) };
  });
}

const fields = ({ open, high, low, close, volume }: Bar): string => [open, high, low, close, volume].join(',');
const csvOf = (bars: readonly Bar[]): string =>
  ['time,open,high,low,close,volume', ...bars.map((bar) => `${istIso(bar.time)},${fields(bar)}`), ''].join('\n');

/** What the engine gives in one bulk run. */
function expected(names: readonly string[], bars: readonly Bar[], session: 'nse' | 'none' = 'nse'): Float64Array[] {
  const column = (of: (bar: Bar) => number): Float64Array => Float64Array.from(bars, of);
  const times = column(({ time }) => time);
  const days = session === 'none' ? 'none' : loadCalendar({ file: 'config/calendar.json' });
  const out = names.map(() => new Float64Array(bars.length));
  new IndicatorEngine(names, 1).run(
    0,
    {
      length: bars.length,
      open: column(({ open }) => open),
      high: column(({ high }) => high),
      low: column(({ low }) => low),
      close: column(({ close }) => close),
      volume: column(({ volume }) => volume),
      bench: column(() => Number.NaN),
      tick: column(() => 0.05),
      ...sessionFields(times, days),
    },
    out,
  );
  return out;
}

function parseCsv(text: string): { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const [header = '', ...rows] = text.trimEnd().split('\n');
  return { header: header.split(','), rows: rows.map((row) => row.split(',')) };
}

const numberOf = (cell: string | undefined): number => (cell === '' || cell === undefined ? Number.NaN : Number(cell));

async function parquetRows(file: string): Promise<readonly Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(
      `SELECT * REPLACE (epoch_ms(time)::DOUBLE AS time) FROM read_parquet('${file}')`,
    );
    return result.getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const NAMES = ['rsi_14', 'ema_20', 'obv', 'vwap', 'pivot_p', 'atr_14'].filter((name) =>
  indicatorColumns.some((column) => column.name === name),
);

describe('values', () => {
  test('are those of one run of the engine, in full, empty before the first one', async () => {
    const bars = walk(1);
    const file = write('bars.csv', csvOf(bars));
    const { exitCode, stdout, stderr } = await compute([file, '--columns', NAMES.join()]);
    expect([exitCode, stderr]).toEqual([0, '']);
    const { header, rows } = parseCsv(stdout);
    expect(header).toEqual(['time', 'open', 'high', 'low', 'close', 'volume', ...NAMES]);
    expect(rows.map(([time]) => time)).toEqual(bars.map(({ time }) => istIso(time)));
    const values = expected(NAMES, bars);
    for (const [index, name] of NAMES.entries()) {
      const column = rows.map((row) => numberOf(row[6 + index]));
      expect([name, column]).toEqual([name, [...values[index]!]]);
    }
  });

  test('are the same as CSV, JSON and Parquet, from CSV, compressed CSV and Parquet', async () => {
    const bars = walk(2, 60);
    const plain = write('bars.csv', csvOf(bars));
    const outcomes = [
      await compute([plain, '--columns', 'rsi_14', '--out', 'a.parquet']),
      await compute([write('bars.csv.gz', gzipSync(csvOf(bars))), '--columns', 'rsi_14', '--out', 'b.json']),
      await compute(['a.parquet', '--columns', 'rsi_14', '--out', 'c.csv']),
    ];
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const [rsi] = expected(['rsi_14'], bars);
    const wanted = Array.from(rsi!, (value) => (Number.isNaN(value) ? null : value));
    const rows = await parquetRows(join(dir, 'a.parquet'));
    expect(rows.map(({ rsi_14 }) => rsi_14)).toEqual(wanted);
    expect(rows.map(({ time }) => time)).toEqual(bars.map(({ time }) => time));
    const json = JSON.parse(readFileSync(join(dir, 'b.json'), 'utf8')) as Record<string, unknown>[];
    expect(json.map((row) => row.rsi_14)).toEqual(wanted);
    expect(json[0]).toMatchObject({ time: '2016-09-29T09:15:00+05:30', close: bars[0]!.close, rsi_14: null });
    const csv = parseCsv(readFileSync(join(dir, 'c.csv'), 'utf8'));
    expect(csv.rows.map((row) => numberOf(row.at(-1)))).toEqual([...rsi!]);
  });

  test('of a long file do not depend on the portions it is computed in', async () => {
    const bars = Array.from({ length: 9 }, (_, week) =>
      walk(week, 600).map((bar) => ({ ...bar, time: bar.time + week * 604_800_000 })),
    ).flat();
    const { stdout } = await compute([write('bars.csv', csvOf(bars)), '--columns', 'ema_200', '--session', 'none']);
    const [ema] = expected(['ema_200'], bars, 'none');
    expect(parseCsv(stdout).rows.map((row) => numberOf(row.at(-1)))).toEqual([...ema!]);
  });
});

describe('series', () => {
  const [a, b] = [walk(3, 40), walk(4, 40)];
  const line = (symbol: string, bar: Bar): string => `${symbol},${istIso(bar.time)},${fields(bar)}`;

  test('each symbol is its own, whatever the order of rows', async () => {
    const rows = [...a.map((bar) => line('ZEE', bar)), ...b.map((bar) => line('ACC', bar))].reverse();
    const file = write('bars.csv', ['symbol,time,open,high,low,close,volume', ...rows].join('\n'));
    const { stdout, stderr } = await compute([file, '--columns', 'rsi_14']);
    expect(stderr).toBe('note: the rows were not in order of time and have been sorted\n');
    const found = parseCsv(stdout).rows.map((row) => [row[0], numberOf(row.at(-1))]);
    const of = (symbol: string, bars: readonly Bar[]): unknown[] =>
      Array.from(expected(['rsi_14'], bars)[0]!, (value) => [symbol, value]);
    expect(found).toEqual([...of('ACC', b), ...of('ZEE', a)]);

    const one = await compute([file, '--columns', 'rsi_14', '--symbol', 'ZEE']);
    expect(parseCsv(one.stdout).rows.map((row) => [row[0], numberOf(row.at(-1))])).toEqual(of('ZEE', a));
    const none = await compute([file, '--columns', 'rsi_14', '--symbol', 'ZEEL']);
    expect(none).toMatchObject({ exitCode: 64, stdout: '' });
    expect(none.stderr).toContain('has no rows of ZEEL; did you mean ZEE?');
  });

  test('a minute that is there twice is an error that names both lines', async () => {
    const rows = [line('ACC', a[0]!), line('ZEE', a[0]!), line('ACC', a[1]!), line('ACC', a[0]!)];
    const file = write('bars.csv', ['symbol,time,open,high,low,close,volume', ...rows].join('\n'));
    const { exitCode, stdout, stderr } = await compute([file]);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toContain('line 5, time: ACC at 2016-09-29T09:15:00+05:30 was there before, in line 2');
  });
});

describe('how a file names and writes things', () => {
  const rows = [
    ['2016-09-30 09:15', '1475207100', '1475207100000', '2016-09-30T03:45:00Z', '2016-09-30T09:15:00.000+0530'],
    ['2016-09-30 09:16', '1475207160', '1475207160000', '2016-09-30T03:46:00Z', '2016-09-30T09:16:00.000+0530'],
  ] as const;

  test.each([0, 1, 2, 3, 4])('times of kind %d are understood, IST without an offset', async (kind) => {
    const text = rows.map((row) => `${row[kind]},10,11,9,10,100`).join('\n');
    const { stdout, stderr } = await compute([
      write('b.csv', `Timestamp, O,H,L,"C",Vol\n${text}\n`),
      '--columns',
      'bop',
    ]);
    expect(stderr).toBe('');
    expect(stdout).toBe(
      'time,open,high,low,close,volume,bop\n' +
        '2016-09-30T09:15:00+05:30,10,11,9,10,100,0\n2016-09-30T09:16:00+05:30,10,11,9,10,100,0\n',
    );
  });

  test('other columns are named and not used', async () => {
    const file = write('b.csv', 'date,open,high,low,close,oi,volume\n2016-09-30,10,11,9,10,7,100\n');
    const { exitCode, stderr } = await compute([file, '--columns', 'bop']);
    expect([exitCode, stderr]).toEqual([0, 'note: columns not used: oi\n']);
  });

  test('without volume, columns that need it are left out, or refused when asked for', async () => {
    const file = write('b.csv', 'time,open,high,low,close\n2016-09-30T09:15,10,11,9,10\n');
    const all = await compute([file]);
    const [header = ''] = all.stdout.split('\n', 1);
    expect(header.split(',')).toContain('rsi_14');
    expect(header.split(',')).not.toContain('obv');
    expect(all.stderr).toMatch(/note: \d+ columns need "volume", which the file lacks, and are left out/);
    const asked = await compute([file, '--columns', 'obv,rsi_14']);
    expect(asked).toMatchObject({ exitCode: 64, stdout: '' });
    expect(asked.stderr).toContain('lacks a column: obv needs "volume"');
  });
});

/** Why a file is refused; that it is before the first row. */
async function problemOf(file: string): Promise<RtpError> {
  const request = {
    file,
    columns: indicatorColumns,
    byName: new Set<string>(),
    symbol: null,
    sessions: 'none',
    tick: 0.05,
  } as const;
  const error: unknown = await computeFile(request, async () => {
    throw new Error('the file was taken for a good one');
  }).catch((thrown: unknown) => thrown);
  if (!(error instanceof RtpError)) throw error;
  return error;
}

describe('a bad file', () => {
  const HEAD = 'symbol,time,open,high,low,close,volume\n';
  const good = 'A,2016-09-30T09:15,10,11,9,10,5\n';

  test.each([
    ['', 'is empty'],
    [HEAD, 'has a header but no rows'],
    ['time,open,high,low\n', 'has no column "close"'],
    ['time,timestamps,open,high,low,clsoe\n', 'has no column "close" (is it "clsoe"?)'],
    ['date,ts,open,high,low,close\n', '"date" and "ts" could both be the time'],
    [`${HEAD}${good}A,2016-09-30T09:16,10,9,8,9,5\n`, 'line 3, high: 9.0 is below the open 10.0'],
    [`${HEAD}${good}\nA,2016-09-30T09:16,10,11,9.5,9,5\n`, 'line 4, low: 9.5 is above the close 9.0'],
    [`${HEAD}A,2016-09-30T09:16,ten,11,9,9,5\n`, 'line 2, open: "ten" is not a number'],
    [`${HEAD}A,2016-09-30T09:16,10,11,9,NaN,5\n`, 'line 2, close: "NaN" is not a finite number'],
    [`${HEAD}A,2016-09-30T09:16,10,11,,9,5\n`, 'line 2, low: is empty'],
    [`${HEAD}A,2016-09-30T09:16,10,11,-9,9,5\n`, 'line 2, low: -9.0 is not a positive price'],
    [`${HEAD}A,2016-09-30T09:16,10,11,9,9,-5\n`, 'line 2, volume: -5.0 is negative'],
    [`${HEAD}A,30-09-2016 09:15,10,11,9,9,5\n`, 'line 2, time: "30-09-2016 09:15" is not a time as ISO 8601'],
    [`${HEAD}A,20160930,10,11,9,9,5\n`, 'line 2, time: "20160930" is not a time'],
    [
      `${HEAD}A,1475207100,10,11,9,9,5\nA,1475207160000,10,11,9,9,5\n`,
      'line 3, time: "1475207160000" is not a time in seconds',
    ],
    [
      `${HEAD}"A\nB",2016-09-30T09:15,10,11,9,9,5\nA,2016-09-30T09:15,10,11,9\n`,
      'line 4: 5 fields where the header has 7',
    ],
    [`${HEAD},2016-09-30T09:15,10,11,9,9,5\n`, 'line 2, symbol: is empty'],
    ['\u0000\u0001', 'is neither CSV, CSV.gz nor Parquet'],
  ])('%j: the reason and the place, and no row is computed', async (text, reason) => {
    const problem = await problemOf(write('bars.csv', text));
    expect(problem.code).toMatch(/^RTP_OHLCV_FILE_(INVALID|UNREADABLE)$/);
    expect(problem.exitCode).toBe(64);
    expect(problem.message).toContain(reason);
  });

  test('the first ten of many bad rows are named, and how many there are', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => `A,2016-09-30T09:${index + 10},10,9,8,9,5`);
    const { message } = await problemOf(write('bars.csv', `${HEAD}${rows.join('\n')}\n`));
    expect(message).toContain('30 rows are no bars');
    expect(message.match(/^ {2}line \d+, /gm)).toHaveLength(10);
    expect(message).toContain('and 20 more');
  });

  test('a file that is no Parquet, and one that is not there', async () => {
    const fake = await compute([write('bars.parquet', 'time,open\n')]);
    expect(fake.stderr).toMatch(/^RTP_OHLCV_FILE_UNREADABLE: .* is not a Parquet file/);
    expect((await compute(['nowhere.csv'])).stderr).toMatch(
      /^RTP_OHLCV_FILE_UNREADABLE: .*nowhere\.csv cannot be read/,
    );
  });

  test('a result that is there already stays when the new one fails', async () => {
    const out = write('out.csv', 'precious\n');
    const failed = await compute([write('bars.csv', `${HEAD}A,x,1,1,1,1,1\n`), '--out', 'out.csv']);
    expect([failed.exitCode, failed.stdout]).toEqual([64, '']);
    expect(failed.stderr).toContain('RTP_OHLCV_FILE_INVALID');
    expect(readFileSync(out, 'utf8')).toBe('precious\n');
    expect(readdirSync(dir).sort()).toEqual(['bars.csv', 'out.csv']);
  });
});

describe('what is asked for', () => {
  const file = (): string => write('b.csv', 'time,open,high,low,close,volume\n2016-09-30T09:15,10,11,9,10,5\n');

  test.each([
    [['--columns', 'rsi14'], 'RTP_INDICATOR_UNKNOWN: "rsi14" (did you mean rsi_14?)'],
    [['--columns', 'rsi_14', '--family', 'volume'], 'cannot be used with option'],
    [['--columns', 'rsi_14,'], 'It takes names separated by commas'],
    [['--out', 'result.xlsx'], 'its name ends in .csv, .json or .parquet'],
    [['--out', 'no/such/folder/o.csv'], 'RTP_OUTPUT_UNWRITABLE'],
    [['--out', 'no/such/folder/o.parquet'], 'RTP_OUTPUT_UNWRITABLE'],
    [['--tick', '0'], 'It takes a price above 0'],
    [['--session', 'bse'], 'It takes one of nse, none.'],
  ])('%j is refused with exit code 64', async (args, message) => {
    const { exitCode, stdout, stderr } = await compute([file(), ...args]);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toContain(message);
    expect(existsSync(join(dir, 'no'))).toBe(false);
  });

  test('a date that the calendar cannot tell of names the way without sessions', async () => {
    const bars = write('old.csv', 'time,open,high,low,close\n1999-09-30T09:15,10,11,9,10\n');
    const refused = await compute([bars, '--columns', 'bop']);
    expect(refused.stderr).toMatch(/^RTP_CALENDAR_OUT_OF_RANGE: .*\n--session none/);
    expect(await compute([bars, '--columns', 'bop', '--session', 'none'])).toMatchObject({ exitCode: 0 });
  });
});
