import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { MINUTE_MS } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import type { IndicatorRows, IndicatorValues } from '@rtp/store-client';
import { openAsUser } from '../store/support/catalogue.ts';
import { bar, DATE, OPEN, openTestStore, removeTempDirs, type TestStore } from '../store/support/fixtures.ts';
import { expectedValue, indicatorRows, row } from '../store/support/indicators.ts';

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});
afterAll(removeTempDirs);

async function fresh(config = {}): Promise<{ store: TestStore; id: number }> {
  open = await openTestStore({ config });
  const [id] = (await open.register(['AAA', 'BBB'])) as [number, number];
  return { store: open, id };
}

const FIRST = storedColumns[0]?.name as string;
const NAMES = storedColumns.map(({ name }) => `"${name}"::DOUBLE`).join(', ');
/** Minute, first column and commit of every row of the view. */
const newest = (store: TestStore): Promise<unknown[][]> =>
  store.ask(`SELECT instrument_id::DOUBLE, ((epoch_ms(ts) - ${OPEN}) / ${MINUTE_MS})::DOUBLE, "${FIRST}"::DOUBLE
    FROM indicators ORDER BY ALL`);
const hotRows = async (store: TestStore): Promise<unknown> =>
  (await store.ask('SELECT count(*)::DOUBLE FROM d20160930.indicators'))[0]?.[0];

describe('rows of indicators', () => {
  test('are read back column by column, null where they had no value', async () => {
    const { store, id } = await fresh();
    const bars = [bar(id, 0), bar(id, 1)];
    const ack = await store.send({ bars, indicators: indicatorRows([row(id, 0, null), row(id, 1, 7)]) });
    expect(ack).toMatchObject({ inserted: 2, indicators: 2 });
    const rows = await store.ask(`SELECT symbol, date::VARCHAR, time_ist::VARCHAR, epoch_ms(known_at)::DOUBLE,
      commit_seq::DOUBLE, ${NAMES} FROM indicators ORDER BY ts`);
    expect(rows).toEqual([
      ['AAA', DATE, '2016-09-30 09:15:00', OPEN + MINUTE_MS, ack.commitSeq, ...storedColumns.map(() => null)],
      [
        'AAA',
        DATE,
        '2016-09-30 09:16:00',
        OPEN + 2 * MINUTE_MS,
        ack.commitSeq,
        ...storedColumns.map((_, index) => expectedValue(7, index)),
      ],
    ]);
  });

  test('may come in any order of columns', async () => {
    const { store, id } = await fresh();
    const { names, columns, ...key } = indicatorRows([row(id, 0, 3)]);
    await store.send({ indicators: { ...key, names: names.toReversed(), columns: columns.toReversed() } });
    expect(await store.ask(`SELECT ${NAMES} FROM indicators`)).toEqual([
      storedColumns.map((_, index) => expectedValue(3, index)),
    ]);
  });

  test('may come without bars, and more of them than a chunk of the engine holds', async () => {
    const { store, id } = await fresh();
    const minutes = Array.from({ length: 1_200 }, (_, index) => index - 500);
    const rows = minutes.flatMap((minute) => [row(id, minute), row(id + 1, minute)]);
    expect(await store.send({ indicators: indicatorRows(rows) })).toMatchObject({ inserted: 0, indicators: 2_400 });
    expect(await newest(store)).toEqual([id, id + 1].flatMap((of) => minutes.map((minute) => [of, minute, minute])));
  });

  test('replace those of an earlier commit, in the view and for good', async () => {
    const { store, id } = await fresh();
    await store.send({ indicators: indicatorRows([row(id, 0, 1), row(id, 1, 2)]) });
    await store.send({ indicators: indicatorRows([row(id, 0, null)]) });
    await store.send({ indicators: indicatorRows([row(id, 1, 5)]) });
    expect(await newest(store)).toEqual([
      [id, 0, null],
      [id, 1, 5],
    ]);
    expect(await hotRows(store)).toBe(4);
  });

  test('of a minute whose bar is withdrawn are gone from the view until the minute is whole again', async () => {
    const { store, id } = await fresh();
    const rows = indicatorRows([row(id, 0, 1), row(id, 1, 2)]);
    await store.send({ bars: [bar(id, 0), bar(id, 1)], indicators: rows });
    await store.send({ bars: [bar(id, 0, { partial: true })], indicators: indicatorRows([row(id, 1, 3)]) });
    expect(await newest(store)).toEqual([[id, 1, 3]]);
    await store.store.published();
    const user = await openAsUser(store.paths);
    expect(await user.ask('SELECT count(*)::INT FROM indicators')).toEqual([[1]]);
    user.close();
    await store.send({ bars: [bar(id, 0)], indicators: rows });
    expect(await newest(store)).toEqual([
      [id, 0, 1],
      [id, 1, 2],
    ]);
  });

  test('of a minute named twice count by the last', async () => {
    const { store, id } = await fresh();
    const rows = [row(id, 0, 1), row(id, 1, 2), row(id, 0, 3), row(id + 1, 0, 4)];
    expect(await store.send({ indicators: indicatorRows(rows) })).toMatchObject({ indicators: 3 });
    expect(await newest(store)).toEqual([
      [id, 0, 3],
      [id, 1, 2],
      [id + 1, 0, 4],
    ]);
  });

  test('sent again are stored once, also after a restart without a checkpoint', async () => {
    const { store, id } = await fresh();
    const batch = { bars: [bar(id, 0)], indicators: indicatorRows([row(id, 0)]), epoch: 7, seq: 1 };
    const first = await store.send(batch);
    expect(await store.send(batch)).toEqual({ ...first, duplicate: true });
    open = await store.reopen({ checkpoint: false });
    expect(await open.send(batch)).toEqual({ ...first, duplicate: true });
    expect(await hotRows(open)).toBe(1);
    expect(await open.ask('SELECT indicators::DOUBLE FROM commits')).toEqual([[1]]);
  });
});

describe('a section of indicators', () => {
  const wrongType = (values: IndicatorValues): IndicatorValues =>
    values instanceof Float64Array ? Float32Array.from(values) : Float64Array.from(values);
  const without = (index: number, { names, columns, ...key }: IndicatorRows): IndicatorRows => ({
    ...key,
    names: names.toSpliced(index, 1),
    columns: columns.toSpliced(index, 1),
  });
  const last = storedColumns.length - 1;
  const cases: readonly (readonly [string, (rows: IndicatorRows) => IndicatorRows, RegExp])[] = [
    [
      'a column that is no indicator',
      (rows) => ({ ...rows, names: [...rows.names, 'hunch'], columns: [...rows.columns, new Float32Array(2)] }),
      /^indicators: column hunch is no stored indicator\.$/,
    ],
    ['the first column missing', (rows) => without(0, rows), new RegExp(`column ${FIRST} is missing`)],
    ['the last missing', (rows) => without(last, rows), new RegExp(`column ${storedColumns[last]?.name} is missing`)],
    [
      'a column of another type',
      (rows) => ({ ...rows, columns: rows.columns.with(last, wrongType(rows.columns[last] as IndicatorValues)) }),
      new RegExp(`column ${storedColumns[last]?.name} is of type \\w+ instead of ${storedColumns[last]?.valueType}`),
    ],
    [
      'an instrument that was never registered',
      (rows) => ({ ...rows, instrumentIds: Uint32Array.of(1, 99) }),
      /^indicators: row 1, column instrument_id: 99 was never registered\.$/,
    ],
    [
      'an instant that starts no minute',
      (rows) => ({ ...rows, ts: Float64Array.of(OPEN, OPEN + 1) }),
      /^indicators: row 1, column ts: .* is not the start of a minute\.$/,
    ],
    [
      'a minute of another date',
      (rows) => ({ ...rows, ts: Float64Array.of(OPEN - 86_400_000, OPEN) }),
      /^indicators: row 0, column ts: .* is not on 2016-09-30\.$/,
    ],
  ];

  let store: TestStore;
  let id: number;
  beforeAll(async () => {
    store = await openTestStore();
    [id] = (await store.register(['AAA'])) as [number];
  });
  afterAll(() => store.close());

  test.each(cases)('with %s is refused, and the bars beside it with it', async (_, change, message) => {
    const indicators = change(indicatorRows([row(id, 0), row(id, 1)]));
    await expect(store.send({ bars: [bar(id, 0)], indicators })).rejects.toMatchObject({
      code: 'RTP_BATCH_INVALID',
      message: expect.stringMatching(message),
    });
    expect(await store.ask('SELECT count(*)::DOUBLE FROM bars')).toEqual([[0]]);
    expect(await store.ask('SELECT count(*)::DOUBLE FROM indicators')).toEqual([[0]]);
  });
});

describe('publication of indicators', () => {
  const published = (store: TestStore): string[] => {
    const folder = join(store.paths.historyDir, 'indicators', `date=${DATE}`);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  };

  test('is one file a commit that has any', async () => {
    const { store, id } = await fresh();
    await store.send({ bars: [bar(id, 0)] });
    await store.send({ bars: [bar(id, 1)], indicators: indicatorRows([row(id, 1)]) });
    await store.store.published();
    expect(published(store)).toEqual(['c000000000002.parquet']);
  });

  test('shows users each minute once and as the store does, while files are put together', async () => {
    const { store, id } = await fresh({ compact_every_commits: 3, retired_file_grace_ms: 60_000 });
    for (let minute = 0; minute < 7; minute += 1) {
      await store.send({ bars: [bar(id, minute)], indicators: indicatorRows([row(id, minute), row(id + 1, minute)]) });
    }
    await store.send({ indicators: indicatorRows([row(id, 2, 40), row(id, 6, 41)]) });
    await store.store.published();
    expect(published(store).filter((name) => name.startsWith('slab'))).toHaveLength(2);
    const sql = `SELECT symbol, date::VARCHAR, epoch_ms(ts)::DOUBLE, epoch_ms(known_at)::DOUBLE, commit_seq::DOUBLE,
      instrument_id::DOUBLE, ${NAMES} FROM indicators ORDER BY ALL`;
    const expected = await store.ask(sql);
    expect(expected).toHaveLength(14);
    const before = await openAsUser(store.paths);
    expect(await before.ask(sql)).toEqual(expected);
    before.close();
    open = await store.reopen();
    const after = await openAsUser(open.paths);
    expect(await after.ask(sql)).toEqual(expected);
    after.close();
    expect(await open.ask(sql)).toEqual(expected);
  });
});

describe('the write-ahead log of a day', () => {
  test('is moved into the file between two commits once it has grown, and nothing is lost by it', async () => {
    const { store, id } = await fresh({ checkpoint_wal_mb: 1 });
    const wal = `${join(store.paths.hotDir, DATE)}.duckdb.wal`;
    const minutes = Array.from({ length: 600 }, (_, minute) => minute);
    const batches = Math.ceil(3e6 / (minutes.length * storedColumns.length * 4));
    const sizes: number[] = [];
    for (let of = 1; of <= batches; of += 1) {
      await store.send({ indicators: indicatorRows(minutes.map((minute) => row(id, minute, of))) });
      await store.store.published();
      sizes.push(statSync(wal, { throwIfNoEntry: false })?.size ?? 0);
    }
    expect(Math.max(...sizes)).toBeLessThan(1_024 * 1_024);
    open = await store.reopen({ checkpoint: false });
    expect(await hotRows(open)).toBe(batches * minutes.length);
    expect(await newest(open)).toEqual(minutes.map((minute) => [id, minute, batches]));
  });
});
