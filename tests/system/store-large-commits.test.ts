import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { bar, DATE, openTestStore, removeTempDirs, type TestStore } from '../store/support/fixtures.ts';
import { indicatorRows, row } from '../store/support/indicators.ts';

const MINUTES = 375;
const SYMBOLS = 25;
const COMMITS = 16;

let store: TestStore | undefined;
afterEach(async () => {
  await store?.close();
  store = undefined;
  removeTempDirs();
});

test('commits of whole days of many symbols are published and put together within the least memory', async () => {
  store = await openTestStore({ config: { memory_limit_mb: 96, compact_every_commits: COMMITS - 1 } });
  const ids = await store.register(Array.from({ length: SYMBOLS * COMMITS }, (_, index) => `SYM${index}`));
  for (let commit = 0; commit < COMMITS; commit += 1) {
    const of = ids.slice(commit * SYMBOLS, (commit + 1) * SYMBOLS);
    const places = of.flatMap((id) => Array.from({ length: MINUTES }, (_, minute) => ({ id, minute })));
    await store.send({
      bars: places.map(({ id, minute }) => bar(id, minute)),
      indicators: indicatorRows(places.map(({ id, minute }) => row(id, minute, Math.sin(id * minute) * 1e3))),
    });
  }
  await store.store.published();
  expect(store.store.report('').degraded).toBe('');
  const files = readdirSync(join(store.paths.historyDir, 'indicators', `date=${DATE}`));
  expect(files.filter((name) => name.startsWith('slab-'))).toHaveLength(1);
  const rows = SYMBOLS * COMMITS * MINUTES;
  expect(await store.ask('SELECT count(*)::DOUBLE FROM indicators')).toEqual([[rows]]);
}, 120_000);
