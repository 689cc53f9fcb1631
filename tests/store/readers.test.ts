import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { DAY_MS, realDelay } from '@rtp/core';
import { bar, calendarOf, DATE, openTestStore, removeTempDirs } from './support/fixtures.ts';

const READERS = 2;
const SYMBOLS = 20;
const MINUTES = 45;
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;

afterAll(removeTempDirs);

interface Report {
  readonly queries: number;
  readonly bars: number;
  readonly problems: readonly string[];
}

async function startReader(dataDir: string): Promise<{ end(): Promise<Report> }> {
  const program = join(import.meta.dirname, 'support/reader.ts');
  const child = spawn(process.execPath, ['--no-warnings', program, dataDir, DATE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  return {
    end: async () => {
      child.stdin.end();
      await closed;
      return JSON.parse(output.split('\n').at(-2) ?? '{}') as Report;
    },
  };
}

test('other processes read through a day, its compaction, its sweep, its seal, late data and the drop of its hot file', async () => {
  const store = await openTestStore({
    calendar: calendarOf([['09:15', '10:00']]),
    config: { compact_every_commits: 6, retired_file_grace_ms: 1_500 },
  });
  const ids = await store.register(Array.from({ length: SYMBOLS }, (_, index) => `SYM${index}`));
  const readers = await Promise.all(Array.from({ length: READERS }, () => startReader(store.paths.dataDir)));
  for (let minute = 0; minute < MINUTES; minute += 1) {
    await store.send({ bars: ids.map((id) => bar(id, minute)) });
    await realDelay(20);
  }
  for (const id of ids) {
    const bars = Array.from({ length: MINUTES }, (_, minute) => bar(id, minute, OFFICIAL));
    await store.send({ bars: bars.map((row, minute) => (minute % 5 === 0 ? { ...row, close: 99 } : row)) });
  }
  expect(await store.store.seal(DATE, false)).toMatchObject({ bars: SYMBOLS * MINUTES, complete: true });
  await realDelay(300);
  await store.send({ bars: [bar(ids[0] as number, 3, { ...OFFICIAL, close: 98 })] });
  await store.store.published();
  await realDelay(300);
  expect(await store.store.seal(DATE, false)).toMatchObject({ generation: 2, bars: SYMBOLS * MINUTES });
  await store.clock.advance(2 * DAY_MS);
  await realDelay(2_000);
  const reports = await Promise.all(readers.map((reader) => reader.end()));
  await store.close();
  for (const report of reports) {
    expect(report).toMatchObject({ problems: [], bars: SYMBOLS * MINUTES });
    expect(report.queries).toBeGreaterThan(20);
  }
}, 60_000);
