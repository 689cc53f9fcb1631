import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { DAY_MS, realDelay } from '@rtp/core';
import { bar, calendarOf, DATE, openTestStore, removeTempDirs } from '../store/support/fixtures.ts';
import { indicatorRows, row } from '../store/support/indicators.ts';

const READERS = 2;
const SYMBOLS = 20;
const MINUTES = 45;
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;

afterAll(removeTempDirs);

interface Report {
  readonly queries: number;
  readonly bars: number;
  readonly indicators: number;
  readonly problems: readonly string[];
}

interface Reader {
  /** Resolves when it has asked `count` times more. */
  looked(count: number): Promise<void>;
  end(): Promise<Report>;
}

function startReader(dataDir: string): Reader {
  const program = join(import.meta.dirname, '../store/support/reader.ts');
  const child = spawn(process.execPath, ['--no-warnings', program, dataDir, DATE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const closed = once(child, 'close');
  const looks = (): number => output.split('\n').length - 1;
  return {
    looked: async (count) => {
      const goal = looks() + count;
      while (looks() < goal) await Promise.race([once(child.stdout, 'data'), failed(closed)]);
    },
    end: async () => {
      child.stdin.end();
      await closed;
      return JSON.parse(output.split('\n').at(-2) ?? '{}') as Report;
    },
  };
}

async function failed(closed: Promise<unknown>): Promise<never> {
  await closed;
  throw new Error('a reader has ended by itself');
}

/** Runs `work` while readers ask; what it is given waits until each has asked so many times more. */
async function readWhile(
  dataDir: string,
  work: (allLooked: (count: number) => Promise<void>) => Promise<void>,
): Promise<readonly Report[]> {
  const readers = Array.from({ length: READERS }, () => startReader(dataDir));
  const allLooked = async (count: number): Promise<void> => {
    await Promise.all(readers.map((reader) => reader.looked(count)));
  };
  await allLooked(1);
  await work(allLooked);
  return Promise.all(readers.map((reader) => reader.end()));
}

test('other processes read through a day, its compaction, its sweep, its seal, late data and the drop of its hot file', async () => {
  const store = await openTestStore({
    calendar: calendarOf([['09:15', '10:00']]),
    config: { compact_every_commits: 6, retired_file_grace_ms: 0 },
  });
  const ids = await store.register(Array.from({ length: SYMBOLS }, (_, index) => `SYM${index}`));
  const onDay = await readWhile(store.paths.dataDir, async (allLooked) => {
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const indicators = indicatorRows(ids.map((id) => row(id, minute)));
      await store.send({ bars: ids.map((id) => bar(id, minute)), indicators });
      await realDelay(20);
    }
    for (const id of ids) {
      const bars = Array.from({ length: MINUTES }, (_, minute) => bar(id, minute, OFFICIAL));
      const official = bars.map((live, minute) => (minute % 5 === 0 ? { ...live, close: 99 } : live));
      const changed = Array.from({ length: MINUTES / 5 }, (_, index) => row(id, index * 5, 100 + index));
      await store.send({ bars: official, indicators: indicatorRows(changed) });
    }
    expect(await store.store.seal(DATE, false)).toMatchObject({
      bars: SYMBOLS * MINUTES,
      indicators: SYMBOLS * MINUTES,
      complete: true,
    });
    await allLooked(2);
    const late = { bars: [bar(ids[0] as number, 3, { ...OFFICIAL, close: 98 })] };
    await store.send({ ...late, indicators: indicatorRows([row(ids[0] as number, 3, 200)]) });
    await store.store.published();
    await allLooked(2);
    expect(await store.store.seal(DATE, false)).toMatchObject({ generation: 2, bars: SYMBOLS * MINUTES });
    await allLooked(2);
  });
  const folder = join(store.paths.historyDir, 'bars', `date=${DATE}`);
  expect(readdirSync(folder).length).toBeGreaterThan(MINUTES);
  const later = await readWhile(store.paths.dataDir, async (allLooked) => {
    await store.clock.advance(2 * DAY_MS);
    while (readdirSync(folder).length > 1) await allLooked(1);
    await allLooked(6);
  });
  expect(readdirSync(folder)).toHaveLength(1);
  await store.close();
  for (const report of [...onDay, ...later]) {
    expect(report).toMatchObject({ problems: [], bars: SYMBOLS * MINUTES, indicators: SYMBOLS * MINUTES });
    expect(report.queries).toBeGreaterThan(5);
  }
}, 60_000);
