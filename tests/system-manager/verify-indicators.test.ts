/** The proof on a small catalogue that says what a test wants it to say. */
import { mkdirSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { dataPaths } from '@rtp/core';
import { IndicatorEngine, sessionFields, storedColumns, storedValue } from '@rtp/indicators';
import type { IndicatorProof } from '../../packages/system-manager/src/indicators/proof/proof.ts';
import type { VerifyRequest } from '../../packages/system-manager/src/indicators/proof/verify-indicators.ts';
import { verifyIndicators } from '../../packages/system-manager/src/indicators/proof/verify-indicators.ts';
import { endSystems, temporaryDir } from './support/systems.ts';

jest.setTimeout(30_000);
afterEach(endSystems);

const DATES = ['2025-09-03', '2025-09-04'];
const BARS_A_DAY = 60;
const SYMBOLS = ['ACC', 'INFY', 'ZEEL'];
const opening = (date: string): number => Date.parse(`${date}T09:15:00+05:30`);
const sessions = {
  tradingDay: (date: string) => ({
    windows: [{ openMs: opening(date), closeMs: Date.parse(`${date}T15:30:00+05:30`) }],
  }),
};

interface Row {
  readonly symbol: number;
  readonly time: number;
  readonly values: readonly number[];
}

function barsOf(symbol: number): readonly (readonly number[])[] {
  return DATES.flatMap((date) =>
    Array.from({ length: BARS_A_DAY }, (_, minute) => {
      const wave = (at: number): number =>
        Math.round((100 + symbol * 20 + 8 * Math.sin(at * 0.7) + (at % 7)) * 100) / 100;
      const [open, close] = [wave(minute), wave(minute + 1)];
      return [
        opening(date) + minute * 60_000,
        open,
        Math.max(open, close) + 0.5,
        Math.min(open, close) - 0.5,
        close,
        100 + minute,
      ];
    }),
  );
}

/** Right rows of both dates: of one bulk run. */
function rowsOf(symbol: number): readonly Row[] {
  const bars = barsOf(symbol);
  const column = (index: number): Float64Array => Float64Array.from(bars, (bar) => bar[index]!);
  const names = storedColumns.map(({ name }) => name);
  const out = names.map(() => new Float64Array(bars.length));
  const times = column(0);
  const prices = { open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
  const fields = {
    ...prices,
    tick: times.map(() => 0.05),
    bench: times.map(() => Number.NaN),
    ...sessionFields(times, sessions),
  };
  new IndicatorEngine(names, 1).run(0, { length: bars.length, ...fields }, out);
  return bars.map(([time], bar) => ({
    symbol,
    time: time!,
    values: storedColumns.map((of, index) => storedValue(of, out[index]![bar]!)),
  }));
}

/** Makes a data directory whose catalogue has those bars, and the rows that `change` makes of the right ones. */
async function catalogue(change: (rows: readonly Row[]) => readonly Row[], partial = 'false'): Promise<string> {
  const { dataDir, catalogueFile } = dataPaths(temporaryDir());
  mkdirSync(dataDir, { recursive: true });
  const instance = await DuckDBInstance.create(catalogueFile);
  const connection = await instance.connect();
  const of = SYMBOLS.map((symbol, index) => `(${index}, '${symbol}')`).join(', ');
  const dates = DATES.map((date) => `('${date}')`).join(', ');
  const time = 'make_timestamptz(ms::BIGINT * 1000)';
  const date = "strftime(timezone('Asia/Kolkata', ts), '%Y-%m-%d')::DATE";
  const text = (rows: readonly (readonly number[])[]): string =>
    rows.map((row) => `(${row.map((value) => (Number.isNaN(value) ? 'NULL' : value)).join(', ')})`).join(',\n');
  const bars = SYMBOLS.flatMap((_, symbol) => barsOf(symbol).map((bar) => [symbol, ...bar]));
  const rows = change(SYMBOLS.flatMap((_, symbol) => rowsOf(symbol))).map(({ symbol, time: ms, values }) => [
    symbol,
    ms,
    ...values,
  ]);
  const columns = storedColumns.map(({ name }) => `"${name}"`).join(', ');
  for (const sql of [
    "SET TimeZone = 'Asia/Kolkata'",
    `CREATE TABLE names AS SELECT * FROM (VALUES ${of}) t(instrument_id, symbol)`,
    `CREATE TABLE days AS SELECT d::DATE AS date, 'sealed' AS state FROM (VALUES ${dates}) t(d)`,
    'CREATE TABLE seals AS SELECT date, 3 AS generation FROM days',
    `CREATE TABLE sessions AS SELECT date, 'share' AS class, (date || ' 09:15')::TIMESTAMPTZ AS open_ts,
      (date || ' 15:30')::TIMESTAMPTZ AS close_ts FROM days`,
    `CREATE TABLE instruments AS SELECT instrument_id, symbol, 'NSE_EQ' AS segment, 'share' AS class, '' AS isin,
      DATE '2020-01-01' AS valid_from, NULL::DATE AS valid_to, 5 AS tick_paise, DATE '2020-01-01' AS tracked_from FROM names`,
    `CREATE TABLE given AS SELECT * FROM (VALUES ${text(bars)}) t(instrument_id, ms, open, high, low, close, volume)`,
    `CREATE TABLE bars AS SELECT *, ${date} AS date FROM (SELECT instrument_id, symbol, ${time} AS ts, open::DOUBLE AS open,
      high::DOUBLE AS high, low::DOUBLE AS low, close::DOUBLE AS close, volume::BIGINT AS volume, 'chart' AS source, 'reconciled' AS state, 1 AS revision, (${partial}) AS partial,
      ${time} AS known_at
      FROM given JOIN names USING (instrument_id))`,
    rows.length === 0
      ? `CREATE TABLE computed (instrument_id INTEGER, ms DOUBLE, ${storedColumns.map(({ name }) => `"${name}" DOUBLE`).join(', ')})`
      : `CREATE TABLE computed AS SELECT * FROM (VALUES ${text(rows)}) t(instrument_id, ms, ${columns})`,
    `CREATE TABLE indicators AS SELECT *, ${date} AS date FROM (SELECT instrument_id, symbol, ${time} AS ts, ${columns}
      FROM computed JOIN names USING (instrument_id))`,
    `CREATE TABLE catalogue_info AS SELECT '${dataDir}' AS data_dir`,
  ]) {
    await connection.run(sql);
  }
  connection.closeSync();
  instance.closeSync();
  return dataDir;
}

const verify = (dataDir: string, request: VerifyRequest = {}): Promise<IndicatorProof> =>
  verifyIndicators(dataPaths(dataDir), request);

const on = (row: Row, symbol: string, date: string, minute: number): boolean =>
  SYMBOLS[row.symbol] === symbol && row.time === opening(date) + minute * 60_000;
const rsi = storedColumns.findIndex(({ name }) => name === 'rsi_14');
const withValue = (row: Row, value: number): Row => ({
  ...row,
  values: row.values.map((before, index) => (index === rsi ? value : before)),
});

describe('the proof of a date', () => {
  test('compares every stored value of the newest sealed date, and served and other values of a sample', async () => {
    const proof = await verify(await catalogue((rows) => rows));
    expect(proof).toMatchObject({
      date: '2025-09-04',
      generation: 3,
      verdict: 'proved',
      whole: true,
      symbols: 3,
      bars: 3 * BARS_A_DAY,
      rows: 3 * BARS_A_DAY,
      missing: 0,
      surplus: 0,
    });
    expect(proof.stored.columns).toHaveLength(storedColumns.length);
    const values = proof.stored.columns.find(({ column }) => column === 'rsi_14')?.values;
    expect(values).toBe(3 * BARS_A_DAY);
    expect(proof.read.values).toBeGreaterThan(10_000);
    expect(proof.opinion.values).toBeGreaterThan(10_000);
  });

  test('of another date, of some symbols, is of those only', async () => {
    const dataDir = await catalogue((rows) => rows);
    const proof = await verify(dataDir, { date: '2025-09-03', symbols: ['infy'] });
    expect(proof).toMatchObject({ date: '2025-09-03', verdict: 'proved', whole: false, symbols: 1, bars: BARS_A_DAY });
    await expect(verify(dataDir, { symbols: ['INFYY'] })).rejects.toMatchObject({ code: 'RTP_SYMBOL_UNKNOWN' });
    await expect(verify(dataDir, { date: '2025-09-05' })).rejects.toMatchObject({ code: 'RTP_DAY_UNKNOWN' });
  });

  test.each([
    ['a value a quantum off', (value: number) => value + 0.01],
    ['a value that is gone', () => Number.NaN],
  ])('fails of %s, and says where', async (_, change) => {
    const dataDir = await catalogue((rows) =>
      rows.map((row) => (on(row, 'INFY', '2025-09-04', 40) ? withValue(row, change(row.values[rsi]!)) : row)),
    );
    const proof = await verify(dataDir);
    expect(proof).toMatchObject({ verdict: 'failed', missing: 0, surplus: 0, stored: { wrong: 1 } });
    const at = { symbol: 'INFY', time: opening('2025-09-04') + 40 * 60_000 };
    expect(proof.stored.columns[0]).toMatchObject({ column: 'rsi_14', wrong: 1, at });
    expect(proof.summary).toContain('1 stored values are wrong (rsi_14)');
  });

  test('fails of rows that are missing, there twice, or of no bar', async () => {
    const dataDir = await catalogue((rows) =>
      rows.flatMap((row) => {
        if (on(row, 'ACC', '2025-09-04', 5)) return [];
        if (on(row, 'ACC', '2025-09-04', 6)) return [row, row];
        return on(row, 'ZEEL', '2025-09-04', 7) ? [row, { ...row, time: opening('2025-09-04') + 200 * 60_000 }] : [row];
      }),
    );
    expect(await verify(dataDir)).toMatchObject({ verdict: 'failed', missing: 1, surplus: 2, stored: { wrong: 0 } });
  });

  test('fails of a row of a partial bar', async () => {
    const dataDir = await catalogue((rows) => rows, "symbol = 'ACC' AND ts = TIMESTAMPTZ '2025-09-04 10:14:00+05:30'");
    expect(await verify(dataDir)).toMatchObject({ verdict: 'failed', bars: 3 * BARS_A_DAY - 1, surplus: 1 });
  });

  test('without a row at all fails; without a bar it is no proof', async () => {
    const without = await verify(await catalogue(() => []));
    expect(without).toMatchObject({ verdict: 'failed', missing: 3 * BARS_A_DAY, rows: 0 });
    const nothing = await catalogue(() => [], 'true');
    await expect(verify(nothing)).rejects.toMatchObject({ code: 'RTP_INDICATORS_NOT_COMPARED', exitCode: 1 });
  });
});
