import { afterEach, describe, expect, test } from '@jest/globals';
import { openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';

const ENDLESS = 'SELECT count(*)::DOUBLE FROM range(100000) a, range(100000) b WHERE a.range * b.range % 7 = 3';

let store: TestStore | undefined;
afterEach(async () => {
  await store?.close();
  removeTempDirs();
});

describe('queries', () => {
  test('that run too long are interrupted, and their connection serves again', async () => {
    store = await openTestStore({ config: { query_timeout_ms: 100 } });
    const asked = store;
    const answers = Array.from({ length: 5 }, () => asked.ask(ENDLESS));
    for (const answer of answers)
      await expect(answer).rejects.toMatchObject({ code: 'RTP_STORE_QUERY_TIMEOUT', status: 504 });
    expect(await asked.ask('SELECT 1')).toEqual([[1]]);
    expect(asked.fatal).toEqual([]);
  });

  test('that fail say so and leave the store serving', async () => {
    store = await openTestStore();
    await expect(store.ask('SELECT nonsense')).rejects.toMatchObject({ code: 'RTP_STORE_QUERY_FAILED' });
    expect(await store.register(['AAA'])).toEqual([1]);
  });

  test('more than there are connections wait for their turn', async () => {
    store = await openTestStore();
    const asked = store;
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => asked.ask(`SELECT ${index}`)));
    expect(answers.flat(2)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });
});
