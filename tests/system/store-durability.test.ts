import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { addDays, atIst, type RtpError } from '@rtp/core';
import { absence, bar, DATE, OPEN, openTestStore, removeTempDirs, type TestStore } from '../store/support/fixtures.ts';

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
  removeTempDirs();
});

const fresh = async (): Promise<TestStore> => {
  open = await openTestStore();
  return open;
};
const again = async (store: TestStore, options?: { checkpoint?: boolean }): Promise<TestStore> => {
  open = undefined;
  open = await store.reopen(options);
  return open;
};
const published = (store: TestStore, table: string, date = DATE): string[] => {
  const folder = join(store.paths.historyDir, table, `date=${date}`);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
};

describe('a batch sent again', () => {
  test('is answered as the first time and stored once', async () => {
    const store = await fresh();
    const [id] = (await store.register(['AAA'])) as [number];
    const rows = { bars: [bar(id, 0)], absences: [absence(id, 1)], epoch: 7, seq: 1 };
    const first = await store.send(rows);
    expect(await store.send(rows)).toEqual({ ...first, duplicate: true });
    expect(await store.ask('SELECT count(*)::DOUBLE FROM bars')).toEqual([[1]]);
  });

  test('is still known after a restart without a checkpoint', async () => {
    const store = await fresh();
    const [id] = (await store.register(['AAA'])) as [number];
    const rows = { bars: [bar(id, 0)], epoch: 7, seq: 1 };
    const first = await store.send(rows);
    const second = await again(store, { checkpoint: false });
    expect(await second.send(rows)).toEqual({ ...first, duplicate: true });
  });

  test('under a new number is a batch of its own, and so is the same number of another epoch', async () => {
    const store = await fresh();
    const [id] = (await store.register(['AAA'])) as [number];
    const first = await store.send({ bars: [bar(id, 0)], epoch: 7, seq: 1 });
    const other = await store.send({ bars: [bar(id, 0)], epoch: 8, seq: 1 });
    const earlier = await store.send({ bars: [bar(id, 1)], epoch: 7, seq: 9 });
    const late = await store.send({ bars: [bar(id, 2)], epoch: 7, seq: 8 });
    expect([first, other, earlier, late].map(({ inserted, ignored }) => [inserted, ignored])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
  });
});

describe('the commit sequence', () => {
  test('increases over days and restarts, whatever was kept', async () => {
    const store = await fresh();
    const [id] = (await store.register(['AAA'])) as [number];
    const before = addDays(DATE, -1);
    const seqs = [(await store.send({ bars: [bar(id, 0)] })).commitSeq];
    const yesterday = bar(id, 0, { ts: atIst(before, '09:15') });
    seqs.push((await store.send({ bars: [yesterday], tradingDate: before })).commitSeq);
    seqs.push((await store.send({ bars: [bar(id, 1)] })).commitSeq);
    let next = await again(store);
    seqs.push((await next.send({ bars: [bar(id, 2)] })).commitSeq);
    seqs.push((await next.store.seal(DATE, true)).commitSeq);
    next = await again(next);
    seqs.push(
      (await next.send({ bars: [{ ...yesterday, ts: yesterday.ts + 60_000 }], tradingDate: before })).commitSeq,
    );
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  });
});

describe('publication', () => {
  test('names each commit once in every table that it has rows for', async () => {
    const store = await fresh();
    const [id] = (await store.register(['AAA'])) as [number];
    await store.send({ bars: [bar(id, 0)] });
    await store.send({ absences: [absence(id, 1)] });
    await store.send({ bars: [bar(id, 0, { source: 'chart', state: 'confirmed' })] });
    await store.store.published();
    expect(published(store, 'bars')).toEqual(['c000000000001.parquet']);
    expect(published(store, 'absences')).toEqual(['c000000000002.parquet']);
    expect(published(store, 'confirmations')).toEqual(['c000000000003.parquet']);
    expect(published(store, 'commits')).toHaveLength(3);
  });

  test('is made up for when the process ended between commit and publication', async () => {
    const store = await fresh();
    const [id] = (await store.register(['AAA'])) as [number];
    await store.send({ bars: [bar(id, 0)] });
    await store.send({ bars: [bar(id, 1)] });
    await store.store.published();
    for (const table of ['bars', 'commits']) {
      rmSync(join(store.paths.historyDir, table, `date=${DATE}`, 'c000000000002.parquet'));
    }
    const next = await again(store, { checkpoint: false });
    await next.store.published();
    expect(published(next, 'bars')).toEqual(['c000000000001.parquet', 'c000000000002.parquet']);
    expect(published(next, 'commits')).toEqual(['c000000000001.parquet', 'c000000000002.parquet']);
  });

  test('puts many commits together into one file without losing or doubling a row', async () => {
    open = await openTestStore({ config: { compact_every_commits: 4, retired_file_grace_ms: 0 } });
    const store = open;
    const [id] = (await store.register(['AAA'])) as [number];
    for (let minute = 0; minute < 10; minute += 1) await store.send({ bars: [bar(id, minute)] });
    await store.store.published();
    const slabs = published(store, 'bars').filter((name) => name.startsWith('slab'));
    expect(slabs).toEqual(['slab-000000000001-000000000004.parquet', 'slab-000000000005-000000000008.parquet']);
    const next = await again(store);
    await next.store.published();
    const [row] = await next.ask(`SELECT count(DISTINCT ts)::DOUBLE, count(DISTINCT commit_seq)::DOUBLE
      FROM read_parquet('${join(next.paths.historyDir, 'bars', `date=${DATE}`)}/*.parquet')`);
    expect(row).toEqual([10, 10]);
  });
});

describe('an invalid batch', () => {
  const cases = [
    ['an instrument that was never registered', { bars: [bar(99, 0)] }, /row 0, column instrument_id: 99/],
    [
      'a minute of another date',
      { bars: [bar(1, 0), bar(1, 0, { ts: OPEN - 86_400_000 })] },
      /row 1, column ts: 2016-09-29/,
    ],
    ['an instant that starts no minute', { bars: [bar(1, 0, { ts: OPEN + 1 })] }, /row 0, column ts/],
    ['an absence of another date', { absences: [absence(1, 24 * 60)] }, /absences: row 0, column ts/],
  ] as const;

  test.each(cases)('with %s is refused whole', async (_, rows, message) => {
    const store = await fresh();
    await store.register(['AAA']);
    await expect(store.send(rows)).rejects.toMatchObject({
      code: 'RTP_BATCH_INVALID',
      message: expect.stringMatching(message),
    });
    expect(await store.ask('SELECT count(*)::DOUBLE FROM bars')).toEqual([[0]]);
    expect(await store.store.dates()).toEqual([{ date: DATE, state: 'open' }]);
  });
});

describe('the engine', () => {
  test('refuses a second instance in the same process', async () => {
    const store = await fresh();
    const second = openTestStore({ dataDir: store.paths.dataDir });
    await expect(second).rejects.toMatchObject({ code: 'RTP_STORE_SECOND_INSTANCE' } satisfies Partial<RtpError>);
    expect(await store.send({ bars: [] })).toMatchObject({ duplicate: false });
  });
});
