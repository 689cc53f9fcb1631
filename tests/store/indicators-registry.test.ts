import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, test } from '@jest/globals';
import { addDays, type DataPaths } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import { openAsUser } from './support/catalogue.ts';
import { bar, calendarOf, DATE, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';
import { indicatorRows, row } from './support/indicators.ts';

const SHORT = calendarOf([['09:15', '09:17']]);
const YESTERDAY = addDays(DATE, -1);
const DAY_BEFORE_MS = 86_400_000;

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
  removeTempDirs();
});

const [FIRST, SECOND, THIRD] = storedColumns.map(({ name }) => name) as [string, string, string];

/** A sealed and an open day of two minutes, the store closed. */
async function twoDays(): Promise<DataPaths> {
  const store = await openTestStore({ calendar: SHORT });
  const [id] = (await store.register(['AAA'], YESTERDAY)) as [number];
  await store.register(['AAA']);
  const indicators = indicatorRows([row(id, 0, 1), row(id, 1, 2)]);
  const yesterday = { ...indicators, ts: indicators.ts.map((ts) => ts - DAY_BEFORE_MS) };
  const bars = [bar(id, 0), bar(id, 1)];
  const before = bars.map((one) => ({ ...one, ts: one.ts - DAY_BEFORE_MS }));
  await store.send({ tradingDate: YESTERDAY, bars: before, indicators: yesterday });
  await store.store.seal(YESTERDAY, false);
  await store.send({ bars, indicators });
  await store.close();
  return store.paths;
}

type Run = (sql: string) => Promise<unknown[][]>;

const DAY_TABLES = ['bars', 'absences', 'confirmations', 'commits'];
const REFERENCE_TABLES = ['instruments', 'days', 'sessions', 'tracked', 'seals', 'daily_official', 'adjustments'];

/** Leaves the tables that the first version had. */
async function asOfVersion1(run: Run, alias: string, tables: readonly string[]): Promise<void> {
  const found = await run(`SELECT table_name FROM duckdb_tables() WHERE database_name = '${alias}'`);
  const kept = [...tables, 'schema_version'];
  for (const [name] of found) if (!kept.includes(name as string)) await run(`DROP TABLE ${alias}."${name}"`);
  await run(`DELETE FROM ${alias}.schema_version WHERE version > 1`);
}

/** Changes files of a closed store as another version would have left them. */
async function change(work: (run: Run) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await work(async (sql) => (await connection.runAndReadAll(sql)).getRows());
  connection.closeSync();
  instance.closeSync();
}

/** Writes a published file again, with other columns. */
async function rewrite(run: Run, file: string, columns: string): Promise<void> {
  await run(
    `COPY (SELECT ${columns} FROM read_parquet('${file}', hive_partitioning = false)) TO '${file}.new' (FORMAT parquet)`,
  );
  renameSync(`${file}.new`, file);
}

async function again(paths: DataPaths): Promise<TestStore> {
  open = await openTestStore({ calendar: SHORT, dataDir: paths.dataDir });
  return open;
}

const seen = (store: Pick<TestStore, 'ask'>, columns: readonly string[]): Promise<unknown[][]> =>
  store.ask(`SELECT date::VARCHAR, ${columns.map((name) => `"${name}"::DOUBLE`).join(', ')} FROM indicators
    ORDER BY date, ts`);

/** The store and a user's program read the same. */
async function expectRows(store: TestStore, columns: readonly string[], rows: unknown[][]): Promise<void> {
  await store.store.published();
  const user = await openAsUser(store.paths);
  expect(await seen(user, columns)).toEqual(rows);
  user.close();
  expect(await seen(store, columns)).toEqual(rows);
}

describe('files of another registry', () => {
  test('that lacked a column, had one more, or one of another type, are read and written on', async () => {
    const paths = await twoDays();
    const file = join(paths.hotDir, `${DATE}.duckdb`);
    await change(async (run) => {
      await run(`ATTACH '${file}' AS day`);
      await run(`ALTER TABLE day.indicators DROP COLUMN "${FIRST}"`);
      await run(`ALTER TABLE day.indicators ALTER COLUMN "${SECOND}" TYPE BIGINT`);
      await run('ALTER TABLE day.indicators ADD COLUMN abandoned FLOAT');
      await run('UPDATE day.indicators SET abandoned = 7');
      await run('CHECKPOINT day');
      for (const [date, name] of [
        [YESTERDAY, 'sealed-000000000002.parquet'],
        [DATE, 'c000000000003.parquet'],
      ] as const) {
        const columns = `* EXCLUDE ("${FIRST}") REPLACE ("${SECOND}"::BIGINT AS "${SECOND}"), 7 AS abandoned`;
        await rewrite(run, join(paths.historyDir, 'indicators', `date=${date}`, name), columns);
      }
    });
    const store = await again(paths);
    const old = [
      [YESTERDAY, null, 2, 3],
      [YESTERDAY, null, 3, 4],
      [DATE, null, 2, 3],
    ];
    await expectRows(store, [FIRST, SECOND, THIRD], [...old, [DATE, null, 3, 4]]);
    await store.send({ indicators: indicatorRows([row(1, 1, 9)]) });
    await expectRows(store, [FIRST, SECOND, THIRD], [...old, [DATE, 9, 10, 11]]);
    expect(await store.ask('SELECT abandoned FROM d20160930.indicators ORDER BY commit_seq, ts')).toEqual([
      [7],
      [7],
      [null],
    ]);
    expect(await store.store.seal(DATE, false)).toMatchObject({ indicators: 2 });
    await expectRows(store, [FIRST, SECOND, THIRD], [...old, [DATE, 9, 10, 11]]);
  });
});

describe('a data directory made before there were indicators', () => {
  test('is opened and goes on with them; what is missing reads as none', async () => {
    const paths = await twoDays();
    await change(async (run) => {
      const file = join(paths.hotDir, `${DATE}.duckdb`);
      // The file had blocks of the default size then.
      await run(`ATTACH '${file}' AS small; ATTACH '${file}.large' AS day; COPY FROM DATABASE small TO day`);
      await asOfVersion1(run, 'day', DAY_TABLES);
      await run('ALTER TABLE day.commits DROP COLUMN indicators; DETACH small; DETACH day');
      renameSync(`${file}.large`, file);
      await run(`ATTACH '${join(paths.hotDir, 'reference.duckdb')}' AS ref`);
      await asOfVersion1(run, 'ref', REFERENCE_TABLES);
      await run('ALTER TABLE ref.seals DROP COLUMN indicators; DETACH ref');
      const history = (...names: string[]): string => join(paths.historyDir, ...names);
      rmSync(history('indicators'), { recursive: true });
      for (const commits of [
        history('commits', 'date=0001-01-01', 'schema.parquet'),
        history('commits', `date=${YESTERDAY}`, 'c000000000001.parquet'),
        history('commits', `date=${YESTERDAY}`, 'sealed-000000000002.parquet'),
        history('commits', `date=${DATE}`, 'c000000000003.parquet'),
        history('seals', 'v000000000000.parquet'),
        history('seals', 'v000000000001.parquet'),
      ]) {
        await rewrite(run, commits, '* EXCLUDE (indicators)');
      }
    });
    const store = await again(paths);
    await expectRows(store, [FIRST], []);
    const counts =
      'SELECT list(indicators::INT ORDER BY commit_seq) FROM commits UNION ALL SELECT list(indicators::INT) FROM seals';
    const user = await openAsUser(store.paths);
    expect(await user.ask(counts)).toEqual([[[0, 0]], [[0]]]);
    expect(await user.ask('SELECT count(*)::INT FROM bars')).toEqual([[4]]);
    user.close();
    expect(store.store.receipt(YESTERDAY)).toMatchObject({ generation: 1, indicators: 0 });
    await store.send({ indicators: indicatorRows([row(1, 0, 5)]) });
    await expectRows(store, [FIRST], [[DATE, 5]]);
    expect(await store.store.seal(DATE, false)).toMatchObject({ bars: 2, indicators: 1 });
    await expectRows(store, [FIRST], [[DATE, 5]]);
  });
});
