import { availableParallelism } from 'node:os';
import { afterEach, expect, test } from '@jest/globals';
import { atIst, type Bar } from '@rtp/core';
import type { BarGroup } from '../../packages/store/src/indicators/bar-groups.ts';
import { BulkRunner, MANY_DATES } from '../../packages/store/src/indicators/bulk-runner.ts';
import { dayFields } from '../../packages/store/src/indicators/day-fields.ts';
import { SeriesStates } from '../../packages/store/src/indicators/series-states.ts';
import { calendarOf, DATE, removeTempDirs } from './support/fixtures.ts';
import { walk } from './support/series.ts';

afterEach(removeTempDirs);

const MINUTES = 100;
const FIELDS = dayFields(DATE, calendarOf());

function group(ids: readonly number[], seed: number): BarGroup {
  const bars = ids.flatMap((id) => walk(id, atIst(DATE, '09:15'), MINUTES, id + seed));
  const column = (of: (bar: Bar) => number): Float64Array => Float64Array.from(bars, of);
  return {
    instrumentIds: Uint32Array.from(ids),
    ends: Uint32Array.from(ids, (_, index) => (index + 1) * MINUTES),
    minutes: Uint16Array.from(bars, (_, row) => 555 + (row % MINUTES)),
    open: column((bar) => bar.open),
    high: column((bar) => bar.high),
    low: column((bar) => bar.low),
    close: column((bar) => bar.close),
    volume: column((bar) => bar.volume),
  };
}

/** Two dates of seven instruments in four groups. */
async function run(threads: number): Promise<unknown> {
  const runner = new BulkRunner(threads);
  const states = new SeriesStates();
  const rows: unknown[] = [];
  await runner.withThreads(MANY_DATES, async () => {
    for (const seed of [0, 50]) {
      const groups = [[3, 4], [7], [8, 12], [20, 21]].map((ids) => group(ids, seed));
      const task = { groups, fields: FIELDS, tickOf: () => 0.05, wantsRows: true };
      for await (const { bars, columns } of runner.run(states, task)) {
        // Columns are good until the next group only.
        rows.push([bars.instrumentIds, columns.map((values) => values.slice())]);
      }
    }
  });
  return { rows, ids: [...states.instrumentIds], states: states.values };
}

test('two threads give what slices do, in the same order', async () => {
  const inSlices = await run(1);
  expect(inSlices).toMatchObject({ ids: [3, 4, 7, 8, 12, 20, 21] });
  expect(await run(2)).toEqual(inSlices);
});

test('threads leave a processor to the store, and are no more than are asked for', () => {
  const processors = availableParallelism();
  expect(BulkRunner.threadsOf(64)).toBe(Math.max(1, processors - 1));
  expect(BulkRunner.threadsOf(1)).toBe(1);
});
