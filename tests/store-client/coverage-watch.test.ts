import { describe, expect, test } from '@jest/globals';
import { CoverageWatch, type DayCoverage, isNothingPending } from '@rtp/store-client';

const HOUR_MS = 3_600_000;

function dayOf(date: string, state: DayCoverage['state'] = 'open', bars = 1): DayCoverage {
  const counts = { expected: 10, bars, absences: 0, unknown: 0, pending: 9, byReason: {} };
  return { date, state, ...counts, complete: false, instruments: [] };
}

/** A store whose answers are given by hand. */
function askedStore() {
  const asked: { date: string; answer(coverage: DayCoverage): void; fail(error: Error): void }[] = [];
  const store = {
    coverage: (date: string) =>
      new Promise<DayCoverage>((resolve, reject) => asked.push({ date, answer: resolve, fail: reject })),
  };
  return { asked, store };
}

describe('watching coverage', () => {
  test('one question at a time, and none while the answer is young', async () => {
    const { asked, store } = askedStore();
    const watch = new CoverageWatch(store, HOUR_MS);
    const first = watch.refresh('2025-09-04');
    void watch.refresh('2025-09-04');
    expect(asked).toHaveLength(1);
    asked[0]?.answer(dayOf('2025-09-04'));
    await first;
    await watch.refresh('2025-09-04');
    expect(asked).toHaveLength(1);
    expect(watch.latest('2025-09-04')).toMatchObject({ bars: 1, pending: 9 });
    expect(watch.latest('2025-09-04')).not.toHaveProperty('instruments');
  });

  test('an old answer is asked for again; that of a sealed date more rarely', async () => {
    const { asked, store } = askedStore();
    let now = 0;
    const watch = new CoverageWatch(store, 100, () => now);
    const questionsAt = async (instant: number, state: DayCoverage['state']): Promise<number> => {
      now = instant;
      const asking = watch.refresh('2025-09-04');
      asked.at(-1)?.answer(dayOf('2025-09-04', state));
      await asking;
      return asked.length;
    };
    expect(await questionsAt(0, 'open')).toBe(1);
    expect(await questionsAt(99, 'open')).toBe(1);
    expect(await questionsAt(100, 'sealed')).toBe(2);
    expect(await questionsAt(2_099, 'sealed')).toBe(2);
    expect(await questionsAt(2_100, 'sealed')).toBe(3);
  });

  test('another date is another question, and the old answer is not mistaken for it', async () => {
    const { asked, store } = askedStore();
    const watch = new CoverageWatch(store, HOUR_MS);
    const first = watch.refresh('2025-09-04');
    asked[0]?.answer(dayOf('2025-09-04'));
    await first;
    void watch.refresh('2025-09-05');
    expect(asked.map(({ date }) => date)).toEqual(['2025-09-04', '2025-09-05']);
    expect(watch.latest('2025-09-05')).toBeNull();
  });

  test('a failed question is no exception: the last answer stays, the reason is kept', async () => {
    const { asked, store } = askedStore();
    const watch = new CoverageWatch(store, 0);
    const first = watch.refresh('2025-09-04');
    asked[0]?.answer(dayOf('2025-09-04'));
    await first;
    const second = watch.refresh('2025-09-04');
    asked[1]?.fail(new Error('the store restarts'));
    await second;
    expect(watch.latest('2025-09-04')?.bars).toBe(1);
    expect(watch.error).toBe('the store restarts');
  });
});

test('nothing is pending once every expected minute is over, and only then', () => {
  const { instruments: _, ...day } = dayOf('2025-09-04');
  expect(isNothingPending({ ...day, pending: 0 })).toBe(true);
  expect(isNothingPending(day)).toBe(false);
  expect(isNothingPending({ ...day, expected: 0, pending: 0 })).toBe(false);
  expect(isNothingPending(null)).toBe(false);
});
