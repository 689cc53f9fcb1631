import { cpSync, existsSync, statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, dataPaths, MINUTE_MS } from '@rtp/core';
import { openCatalogue } from '@rtp/store-client';
import { openAsUser } from './support/catalogue.ts';
import {
  absence,
  bar,
  calendarOf,
  openTestStore,
  removeTempDirs,
  type TestStore,
  tempDir,
} from './support/fixtures.ts';

const SEALED = '2016-09-29';
const TODAY = '2016-09-30';
const MINUTES = 10;
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;
const at = (date: string, minute: number): number => atIst(date, '09:15') + minute * MINUTE_MS;

let store: TestStore;
let user: Awaited<ReturnType<typeof openAsUser>>;

beforeAll(async () => {
  store = await openTestStore({
    calendar: calendarOf([['09:15', '09:25']]),
    config: { compact_every_commits: 3, retired_file_grace_ms: 60_000 },
  });
  const [a, b] = (await store.register(['AAA', 'BBB'], SEALED)) as [number, number];
  const minutes = Array.from({ length: MINUTES }, (_, minute) => minute);
  const of = (date: string, id: number, more = {}) =>
    minutes.map((minute) => bar(id, minute, { ts: at(date, minute), knownAt: at(date, minute + 1), ...more }));
  await store.send({ tradingDate: SEALED, bars: [...of(SEALED, a), ...of(SEALED, b)] });
  await store.send({
    tradingDate: SEALED,
    bars: of(SEALED, a, { ...OFFICIAL, close: 99, knownAt: at(SEALED, 60) }).slice(0, 2),
  });
  await store.send({ tradingDate: SEALED, bars: of(SEALED, b, { ...OFFICIAL, knownAt: at(SEALED, 60) }) });
  await store.store.seal(SEALED, false);
  await store.register(['AAA', 'BBB'], TODAY);
  for (const minute of minutes.slice(0, 7))
    await store.send({ bars: [bar(a, minute)], absences: [absence(b, minute)] });
  await store.send({
    bars: [
      bar(a, 0, { ...OFFICIAL, knownAt: at(TODAY, 100) }),
      bar(a, 1, { ...OFFICIAL, close: 98, knownAt: at(TODAY, 100) }),
    ],
  });
  await store.store.published();
  user = await openAsUser(store.paths);
});

afterAll(async () => {
  user.close();
  await store.close();
  removeTempDirs();
});

describe('the catalogue', () => {
  test('is a read-only file', () => {
    expect(statSync(store.paths.catalogueFile).mode & 0o777).toBe(0o444);
  });

  test('shows each minute once, sealed and open days alike, in its final state', async () => {
    const rows =
      await user.ask(`SELECT date, symbol, count(*)::INT, count(DISTINCT ts)::INT, max(revision), list(DISTINCT state ORDER BY state)
      FROM bars GROUP BY ALL ORDER BY ALL`);
    expect(rows).toEqual([
      [SEALED, 'AAA', 10, 10, 2, ['provisional', 'reconciled']],
      [SEALED, 'BBB', 10, 10, 1, ['reconciled']],
      [TODAY, 'AAA', 7, 7, 2, ['provisional', 'reconciled']],
    ]);
  });

  test('answers like the store itself', async () => {
    const sql = `SELECT symbol, date::VARCHAR, epoch_ms(ts)::DOUBLE, close, state, revision::DOUBLE FROM bars ORDER BY ALL`;
    expect(await user.ask(sql)).toEqual(await store.ask(sql));
    const absences = 'SELECT symbol, epoch_ms(ts)::DOUBLE, reason FROM absences ORDER BY ALL';
    expect(await user.ask(absences)).toEqual(await store.ask(absences));
  });

  test('keeps every revision', async () => {
    const rows = await user.ask(`SELECT date, close, revision, state FROM bars_revisions WHERE symbol = 'AAA'
      AND ts IN (SELECT ts FROM bars WHERE revision = 2) ORDER BY ALL`);
    expect(rows).toEqual([
      [SEALED, 99, 2, 'reconciled'],
      [SEALED, 99, 2, 'reconciled'],
      [SEALED, 100.5, 1, 'provisional'],
      [SEALED, 100.5, 1, 'provisional'],
      [TODAY, 98, 2, 'reconciled'],
      [TODAY, 100.5, 1, 'provisional'],
    ]);
  });

  test('gives what was known at an instant', async () => {
    const known = (instant: number) =>
      user.ask(`SELECT close, revision, state FROM bars_as_of(make_timestamptz(${instant} * 1000)) WHERE date = '${TODAY}'
        AND symbol = 'AAA' ORDER BY ts LIMIT 2`);
    expect(await known(at(TODAY, 1))).toEqual([[100.5, 1, 'provisional']]);
    expect(await known(at(TODAY, 5))).toEqual([
      [100.5, 1, 'provisional'],
      [100.5, 1, 'provisional'],
    ]);
    expect(await known(at(TODAY, 101))).toEqual([
      [100.5, 1, 'reconciled'],
      [98, 2, 'reconciled'],
    ]);
  });

  test('counts what is owed, stored and missing', async () => {
    const rows =
      await user.ask(`SELECT date, symbol, expected::INT, bars::INT, absences::INT, missing::INT, provisional::INT
      FROM coverage ORDER BY ALL`);
    expect(rows).toEqual([
      [SEALED, 'AAA', 10, 10, 0, 0, 8],
      [SEALED, 'BBB', 10, 10, 0, 0, 0],
      [TODAY, 'AAA', 10, 7, 0, 3, 5],
      [TODAY, 'BBB', 10, 0, 7, 3, 0],
    ]);
  });

  test('means the same in any session time zone', async () => {
    for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
      await user.ask(`SET TimeZone = '${zone}'`);
      const [row] = await user.ask(`SELECT time_ist::VARCHAR, date::VARCHAR, epoch_ms(ts)::DOUBLE FROM bars
        WHERE symbol = 'AAA' AND date = '${TODAY}' ORDER BY ts LIMIT 1`);
      expect(row).toEqual(['2016-09-30 09:15:00', TODAY, at(TODAY, 0)]);
    }
    await user.ask("SET TimeZone = 'UTC'");
  });

  test('explains every view and every column', async () => {
    expect(await user.ask('SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL')).toEqual([]);
    const columns = await user.ask(
      `SELECT c.table_name || '.' || c.column_name FROM duckdb_columns() c WHERE NOT c.internal AND c.comment IS NULL ORDER BY 1`,
    );
    expect(columns.flat()).toEqual([]);
  });

  test('is seen by a session that was open before the commit', async () => {
    await store.send({ bars: [bar(1, 8)] });
    await store.store.published();
    expect(await user.ask(`SELECT count(*)::INT FROM bars WHERE date = '${TODAY}'`)).toEqual([[8]]);
    expect(await user.ask('SELECT max(commit_seq)::INT FROM commits')).toEqual([
      [store.store.report('').lastCommitSeq],
    ]);
  });

  test('joins by instrument and by day', async () => {
    const rows =
      await user.ask(`SELECT i.isin, s.generation, count(*)::INT FROM bars b JOIN instruments i USING (instrument_id)
      JOIN seals s USING (date) WHERE s.complete GROUP BY ALL ORDER BY ALL`);
    expect(rows).toEqual([
      ['INEAAA', 1, 10],
      ['INEBBB', 1, 10],
    ]);
  });

  test('works under any name it is attached by', async () => {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    await connection.run(`ATTACH '${store.paths.catalogueFile}' AS elsewhere (READ_ONLY)`);
    for (const from of ['elsewhere.bars', 'elsewhere.coverage', 'elsewhere.bars_as_of(now())', 'elsewhere.absences']) {
      const [row] = (await connection.runAndReadAll(`SELECT count(*)::INT FROM ${from}`)).getRowsJson();
      expect([from, Number(row?.[0]) > 0]).toEqual([from, true]);
    }
    connection.closeSync();
    instance.closeSync();
  });

  test('reads the sealed day from its sealed file alone', async () => {
    const [row] = await user.ask(`EXPLAIN ANALYZE SELECT count(*) FROM bars WHERE date = '${SEALED}'`);
    const plan = String(row?.[1]);
    expect(plan).toContain('sealed-');
    expect(plan).not.toContain('slab-');
  });
});

describe('bars brought to the newest share basis', () => {
  test('are multiplied by the factors of later ex-dates only', async () => {
    const at100 = "instrument_id = 1 AND date = DATE '2016-09-30' AND revision = 1";
    expect(
      await user.ask(`SELECT DISTINCT close, volume::INT, price_factor FROM bars_adjusted WHERE ${at100}`),
    ).toEqual([[100.5, 1_000, 1]]);
    const insert = (exDate: string, price: number, volume: number): Promise<unknown> =>
      store.ask(`INSERT INTO ref.adjustments VALUES (1, 'AAA', '${exDate}', ${price}, ${volume}, now())`);
    await insert('2016-09-30', 0.1, 10);
    await insert('2016-10-03', 0.5, 2);
    await insert('2017-01-02', 0.2, 5);
    user.close();
    store = await store.reopen();
    user = await openAsUser(store.paths);
    const rows = await user.ask(
      `SELECT DISTINCT close, volume::INT, round(price_factor, 9) FROM bars_adjusted WHERE ${at100}`,
    );
    expect(rows).toEqual([[10.05, 10_000, 0.1]]);
    const [sealed] = await user.ask(`SELECT DISTINCT round(price_factor, 9), volume_factor FROM bars_adjusted
      WHERE instrument_id = 1 AND date = '${SEALED}'`);
    expect(sealed).toEqual([0.01, 100]);
  });
});

describe('the catalogue of a data directory that moved', () => {
  test('is refused with what to do, and rebuilt by the next start', async () => {
    const moved = tempDir();
    await store.store.published();
    cpSync(store.paths.historyDir, `${moved}/history`, { recursive: true });
    cpSync(store.paths.catalogueFile, `${moved}/market.duckdb`); // duckdb-file: no process has this copy open
    await expect(openCatalogue(dataPaths(moved))).rejects.toMatchObject({ code: 'RTP_CATALOGUE_UNREADABLE' });
    expect(existsSync(`${moved}/market.duckdb`)).toBe(true);
  });
});
