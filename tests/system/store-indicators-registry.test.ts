import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, test } from '@jest/globals';
import { addDays, atIst, type DataPaths } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import { openAsUser } from '../store/support/catalogue.ts';
import { bar, calendarOf, DATE, openTestStore, removeTempDirs, type TestStore } from '../store/support/fixtures.ts';
import { indicatorRows, row } from '../store/support/indicators.ts';
import { walk } from '../store/support/series.ts';

const SHORT = calendarOf([['09:15', '09:17']]);
const YESTERDAY = addDays(DATE, -1);

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
  removeTempDirs();
});

const NAMES = storedColumns.map(({ name }) => name);
type Row = Readonly<Record<string, string | number | null>>;

/** Every row of the view, by column. */
async function rowsOf(store: Pick<TestStore, 'ask'>): Promise<Row[]> {
  const columns = NAMES.map((name) => `"${name}"::DOUBLE`).join(', ');
  const rows = await store.ask(`SELECT date::VARCHAR, ${columns} FROM indicators ORDER BY date, ts`);
  return rows.map(
    (values) => Object.fromEntries(['date', ...NAMES].map((name, index) => [name, values[index]])) as Row,
  );
}

/** A sealed and an open day of two minutes, the store closed; the rows it had. */
async function twoDays(): Promise<{ paths: DataPaths; rows: readonly Row[] }> {
  const store = await openTestStore({ calendar: SHORT });
  const [id] = (await store.register(['AAA'], YESTERDAY)) as [number];
  await store.register(['AAA']);
  await store.send({ tradingDate: YESTERDAY, bars: walk(id, atIst(YESTERDAY, '09:15'), 2, 1) });
  await store.store.seal(YESTERDAY, false);
  const indicators = indicatorRows([row(id, 0, 1), row(id, 1, 2)]);
  await store.send({ bars: [bar(id, 0), bar(id, 1)], indicators });
  const rows = await rowsOf(store);
  await store.close();
  return { paths: store.paths, rows };
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

/** The store and a user's program read these. */
async function expectRows(store: TestStore, rows: readonly Row[]): Promise<void> {
  await store.store.published();
  const user = await openAsUser(store.paths);
  expect(await rowsOf(user)).toEqual(rows);
  user.close();
  expect(await rowsOf(store)).toEqual(rows);
}

const published = (paths: DataPaths, date: string): string => {
  const folder = join(paths.historyDir, 'indicators', `date=${date}`);
  const names = readdirSync(folder).filter((name) => (date === YESTERDAY ? /^sealed/ : /^c/).test(name));
  return join(folder, names.at(-1) as string);
};

describe('files of another registry', () => {
  test('that lacked a column, had one more, or one of another type, are read and written on', async () => {
    const { paths, rows } = await twoDays();
    const file = join(paths.hotDir, `${DATE}.duckdb`);
    // Both have a value in the first minutes, so that its absence is seen.
    const [lacking, retyped] = storedColumns
      .filter(({ name, valueType }) => valueType === 'f32' && rows.every((values) => values[name] !== null))
      .map(({ name }) => name) as [string, string];
    await change(async (run) => {
      await run(`ATTACH '${file}' AS day`);
      await run(`ALTER TABLE day.indicators DROP COLUMN "${lacking}"`);
      await run(`ALTER TABLE day.indicators ALTER COLUMN "${retyped}" TYPE DOUBLE`);
      await run('ALTER TABLE day.indicators ADD COLUMN abandoned FLOAT');
      await run('UPDATE day.indicators SET abandoned = 7');
      await run('CHECKPOINT day');
      for (const date of [YESTERDAY, DATE]) {
        const columns = `* EXCLUDE ("${lacking}") REPLACE ("${retyped}"::DOUBLE AS "${retyped}"), 7 AS abandoned`;
        await rewrite(run, published(paths, date), columns);
      }
    });
    const store = await again(paths);
    const old = rows.map((values): Row => ({ ...values, [lacking]: null }));
    await expectRows(store, old);
    await store.send({ indicators: indicatorRows([row(1, 1, 9)]) });
    const sent = Object.fromEntries(NAMES.map((name, index) => [name, 9 + index]));
    await expectRows(store, [...old.slice(0, -1), { date: DATE, ...sent }]);
    expect(await store.ask('SELECT abandoned FROM d20160930.indicators ORDER BY commit_seq, ts')).toEqual([
      [7],
      [7],
      [null],
    ]);
    expect(await store.store.seal(DATE, false)).toMatchObject({ indicators: 2 });
    await expectRows(store, await rowsOf(store));
  });
});

describe('a data directory made before there were indicators', () => {
  test('is opened and goes on with them; what is missing reads as none', async () => {
    const { paths } = await twoDays();
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
      for (const table of ['commits', 'seals']) {
        const files = readdirSync(history(table), { recursive: true, encoding: 'utf8' });
        for (const name of files.filter((path) => path.endsWith('.parquet'))) {
          await rewrite(run, history(table, name), '* EXCLUDE (indicators)');
        }
      }
    });
    const store = await again(paths);
    await expectRows(store, []);
    const counts =
      'SELECT list(indicators::INT ORDER BY commit_seq) FROM commits UNION ALL SELECT list(indicators::INT) FROM seals';
    const user = await openAsUser(store.paths);
    expect(await user.ask(counts)).toEqual([[[0, 0, 0]], [[0]]]);
    expect(await user.ask('SELECT count(*)::INT FROM bars')).toEqual([[4]]);
    user.close();
    expect(store.store.receipt(YESTERDAY)).toMatchObject({ generation: 1, indicators: 0 });
    await store.send({ indicators: indicatorRows([row(1, 0, 5)]) });
    await expectRows(store, [{ date: DATE, ...Object.fromEntries(NAMES.map((name, index) => [name, 5 + index])) }]);
    expect(await store.store.seal(DATE, false)).toMatchObject({ bars: 2, indicators: 2 });
    await expectRows(store, await rowsOf(store));
  });
});
