import { expect, test } from '@jest/globals';
import { ManualClock } from '@rtp/core';
import { freshness } from '@rtp/scheduler';
import type { CoverageSummary } from '@rtp/store-client';
import { calendar, ist } from './support/snapshots.ts';

function ageAt(time: string, newestBar: string | null, pending = 1) {
  const asked: string[] = [];
  const coverage = { expected: 375, pending } as CoverageSummary;
  const age = freshness({
    calendar,
    clock: new ManualClock(ist(time)),
    coverage: {
      latest: () => coverage,
      refresh: async (date) => void asked.push(date),
    },
    newestBar: () => (newestBar === null ? null : ist(newestBar)),
    limitMs: () => 120_000,
  });
  return { ageMs: age(), asked };
}

test('a bar is as old as the end of its minute, and no older than the window', () => {
  expect(ageAt('2025-09-04 10:00:30', '2025-09-04 09:59').ageMs).toBe(30_000);
  expect(ageAt('2025-09-04 09:16', '2025-09-03 15:29').ageMs).toBe(60_000);
  expect(ageAt('2025-09-04 09:16', null).ageMs).toBe(60_000);
});

test('no bar is owed out of session, nor in one of which no minute is pending', () => {
  expect(ageAt('2025-09-04 16:00', '2025-09-04 15:29').ageMs).toBeNull();
  expect(ageAt('2025-09-04 15:25', '2025-09-04 15:14', 0).ageMs).toBeNull();
});

test('the store is asked what is owed once the age comes near to what counts', () => {
  expect(ageAt('2025-09-04 10:01:30', '2025-09-04 09:59').asked).toEqual([]);
  expect(ageAt('2025-09-04 10:01:31', '2025-09-04 09:59').asked).toEqual(['2025-09-04']);
});
