import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type DataPaths, dataPaths } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import {
  absence,
  bar,
  DATE,
  openTestStore,
  removeTempDirs,
  type TestStore,
  tempDir,
} from '../store/support/fixtures.ts';
import { expectedValue, indicatorRows, row } from '../store/support/indicators.ts';

const MINUTES = 12;
const [FIRST, LAST] = [storedColumns[0]?.name, storedColumns.at(-1)?.name];

/** A day of some minutes in the WAL, everything published, the store closed as by a crash. */
let template: string;
beforeAll(async () => {
  const store = await openTestStore({ config: { compact_every_commits: 5 } });
  const ids = await store.register(['AAA', 'BBB']);
  for (let minute = 0; minute < MINUTES; minute += 1) {
    const [bars, absences] = [[bar(ids[0] as number, minute)], [absence(ids[1] as number, minute)]];
    await store.send({ bars, absences, indicators: indicatorRows([row(ids[0] as number, minute)]) });
  }
  await store.send({ bars: [bar(ids[0] as number, 0, { source: 'chart', state: 'confirmed' })] });
  await store.send({ bars: [bar(ids[0] as number, 1, { source: 'chart', state: 'confirmed', close: 100.1 })] });
  await store.store.published();
  await store.store.close({ checkpoint: false });
  template = store.paths.dataDir;
});
afterAll(removeTempDirs);

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

const file = (paths: DataPaths): string => join(paths.hotDir, `${DATE}.duckdb`);

/** A copy of the crashed day. */
function crashedDay(): DataPaths {
  const directory = tempDir();
  execFileSync('cp', ['-a', `${template}/.`, directory]);
  return dataPaths(directory);
}

async function startAgain(paths: DataPaths): Promise<TestStore> {
  open = await openTestStore({ dataDir: paths.dataDir });
  return open;
}

/** Writes bytes into a file from another process, as damage would. */
function damage(path: string, offset: number, bytes = '\\377\\000\\377'): void {
  execFileSync('sh', ['-c', `printf '${bytes}' | dd of="$1" bs=1 seek=${offset} conv=notrunc status=none`, 'sh', path]);
}

async function expectWholeDay(store: TestStore): Promise<void> {
  const bars = await store.ask(`SELECT count(*)::DOUBLE, count(DISTINCT ts)::DOUBLE,
    count(*) FILTER (state = 'confirmed')::DOUBLE, max(revision)::DOUBLE FROM bars`);
  expect(bars).toEqual([[MINUTES, MINUTES, 2, 2]]);
  const values = await store.ask(`SELECT "${FIRST}"::DOUBLE, "${LAST}"::DOUBLE FROM d20160930.indicators ORDER BY ts`);
  expect(values).toEqual(
    Array.from({ length: MINUTES }, (_, minute) => [minute, expectedValue(minute, storedColumns.length - 1)]),
  );
  expect(await store.ask('SELECT count(*)::DOUBLE FROM absences')).toEqual([[MINUTES]]);
  expect(await store.ask('SELECT count(*)::DOUBLE, max(commit_seq)::DOUBLE FROM commits')).toEqual([
    [MINUTES + 2, MINUTES + 2],
  ]);
  expect(await store.send({ bars: [bar(1, MINUTES)] })).toMatchObject({ inserted: 1, commitSeq: MINUTES + 3 });
}

const aside = (paths: DataPaths): string[] => {
  const folder = join(paths.hotDir, 'damaged');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
};

describe('a hot file found at the start', () => {
  test('with its WAL is replayed', async () => {
    const crashed = crashedDay();
    expect(statSync(`${file(crashed)}.wal`).size).toBeGreaterThan(0);
    const store = await startAgain(crashed);
    await expectWholeDay(store);
    expect(aside(crashed)).toEqual([]);
  });

  test('whose WAL has a flipped byte keeps what came before, gets the rest from Parquet, and the damage is kept', async () => {
    const crashed = crashedDay();
    damage(`${file(crashed)}.wal`, Math.floor(statSync(`${file(crashed)}.wal`).size / 2));
    const store = await startAgain(crashed);
    await expectWholeDay(store);
    expect(aside(crashed)).toEqual([`${DATE}.duckdb.1`, `${DATE}.duckdb.1.wal`]);
  });

  test('whose WAL ends in zeros, as after a power loss, is opened', async () => {
    const crashed = crashedDay();
    const wal = `${file(crashed)}.wal`;
    execFileSync('truncate', ['-s', String(statSync(wal).size + 64), wal]);
    await expectWholeDay(await startAgain(crashed));
  });

  test('whose WAL was cut short gets its last commits back from Parquet', async () => {
    const crashed = crashedDay();
    const wal = `${file(crashed)}.wal`;
    execFileSync('truncate', ['-s', String(Math.floor(statSync(wal).size / 3)), wal]);
    await expectWholeDay(await startAgain(crashed));
  });

  test('whose WAL was cut anywhere has a commit whole or not at all, indicators and bars alike', async () => {
    const { size } = statSync(`${file(dataPaths(template))}.wal`);
    for (const share of [0.15, 0.4, 0.65, 0.9]) {
      const crashed = crashedDay();
      execFileSync('truncate', ['-s', String(Math.floor(size * share)), `${file(crashed)}.wal`]);
      for (const table of ['bars', 'indicators', 'absences', 'confirmations', 'commits']) {
        rmSync(join(crashed.historyDir, table, `date=${DATE}`), { recursive: true });
      }
      const store = await startAgain(crashed);
      const commitsOf = async (table: string): Promise<unknown> =>
        (
          await store.ask(`SELECT list(DISTINCT commit_seq ORDER BY commit_seq)::VARCHAR FROM d20160930.${table}
          WHERE commit_seq <= ${MINUTES}`)
        )[0]?.[0];
      const commits = await commitsOf('commits');
      expect(String(commits).split(',').length).toBeLessThan(MINUTES);
      expect([await commitsOf('bars'), await commitsOf('indicators'), await commitsOf('absences')]).toEqual([
        commits,
        commits,
        commits,
      ]);
      await store.close();
      open = undefined;
    }
  });

  test('whose WAL is lost gets everything back from Parquet', async () => {
    const crashed = crashedDay();
    rmSync(`${file(crashed)}.wal`);
    await expectWholeDay(await startAgain(crashed));
  });

  test('whose header is damaged is rebuilt from Parquet', async () => {
    const crashed = crashedDay();
    damage(file(crashed), 8, 'XXXXXXXX');
    const store = await startAgain(crashed);
    await expectWholeDay(store);
    expect(aside(crashed)).toContain(`${DATE}.duckdb.1`);
  });

  test('that holds something else is rebuilt from Parquet', async () => {
    const crashed = crashedDay();
    execFileSync('sh', ['-c', 'echo "not a database" > "$1"', 'sh', file(crashed)]);
    await expectWholeDay(await startAgain(crashed));
  });

  test('that is gone is rebuilt from Parquet', async () => {
    const crashed = crashedDay();
    renameSync(file(crashed), join(crashed.dataDir, 'gone'));
    rmSync(`${file(crashed)}.wal`);
    await expectWholeDay(await startAgain(crashed));
  });

  test('with a damaged data block is rebuilt from Parquet', async () => {
    const first = crashedDay();
    // A clean close moves the rows from the WAL into blocks of the file.
    await (await openTestStore({ dataDir: first.dataDir })).close();
    expect(existsSync(`${file(first)}.wal`)).toBe(false);
    for (let offset = 12_288 + 4_096; offset < statSync(file(first)).size; offset += 65_536)
      damage(file(first), offset);
    await expectWholeDay(await startAgain(first));
  });

  test('is lost with its publication: the day starts empty and says so in its coverage', async () => {
    const crashed = crashedDay();
    execFileSync('sh', ['-c', 'echo "not a database" > "$1"', 'sh', file(crashed)]);
    for (const table of ['bars', 'indicators', 'absences', 'confirmations', 'commits']) {
      rmSync(join(crashed.historyDir, table, `date=${DATE}`), { recursive: true });
    }
    const store = await startAgain(crashed);
    expect(await store.store.coverage(DATE)).toMatchObject({ bars: 0, absences: 0, unknown: 750 });
  });
});

describe('the reference file', () => {
  test('is rebuilt from its snapshots when damaged: identities stay what they were', async () => {
    const crashed = crashedDay();
    execFileSync('sh', ['-c', 'echo "not a database" > "$1"', 'sh', join(crashed.hotDir, 'reference.duckdb')]);
    const store = await startAgain(crashed);
    expect(await store.register(['CCC', 'BBB', 'AAA'])).toEqual([3, 2, 1]);
    await expectWholeDay(store);
  });
});

describe('another process that holds a hot file', () => {
  test('is named, and nothing is touched', async () => {
    const crashed = crashedDay();
    const holder = await holdFile(file(crashed));
    try {
      await expect(openTestStore({ dataDir: crashed.dataDir })).rejects.toMatchObject({
        code: 'RTP_STORE_ALREADY_RUNNING',
      });
    } finally {
      await holder.release();
    }
    expect(aside(crashed)).toEqual([]);
    await expectWholeDay(await startAgain(crashed));
  });
});

/** A process that has the file open until it is released. */
async function holdFile(path: string): Promise<{ release(): Promise<void> }> {
  const { spawn } = await import('node:child_process');
  const { once } = await import('node:events');
  const program = `const { DuckDBInstance } = await import(${JSON.stringify(import.meta.resolve('@duckdb/node-api'))});
    await DuckDBInstance.create(process.argv[1], { access_mode: 'READ_ONLY' });
    process.stdout.write('held'); process.stdin.resume(); process.stdin.on('end', () => process.exit(0));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    release: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
