import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, DAY_MS, type TradingDate } from '@rtp/core';
import {
  createStoreClient,
  type IndicatorUpdate,
  type IndicatorUpdateProgress,
  type IndicatorUpdateRequest,
  type StoreClient,
} from '@rtp/store-client';
import { serveTestStore } from '../store/support/api.ts';
import { calendarOf, openTestStore, removeTempDirs, type TestStore } from '../store/support/fixtures.ts';
import { expectedRows, storedRows, walk } from '../store/support/series.ts';

/** Tuesday and Wednesday are sealed, Thursday is open. */
const [FIRST, SECOND, OPEN_DATE] = ['2016-09-27', '2016-09-28', '2016-09-29'] as const;
const DATES: readonly TradingDate[] = [FIRST, SECOND, OPEN_DATE];
const MINUTES = 60;
const CALENDAR = calendarOf([['09:15', '10:15']]);
const ROWS = DATES.length * 2 * MINUTES;

let open: TestStore | undefined;
let api: { close(): Promise<void> } | undefined;
let client: StoreClient;

async function serve(store: TestStore): Promise<void> {
  open = store;
  api = await serveTestStore(store);
  client = createStoreClient({ socketPath: store.paths.storeSocket });
}

async function stopServing(): Promise<void> {
  await client.close();
  await api?.close();
  api = undefined;
}

async function update(request: Partial<IndicatorUpdateRequest> = {}): Promise<{
  readonly result: IndicatorUpdate;
  readonly progress: readonly IndicatorUpdateProgress[];
}> {
  const progress: IndicatorUpdateProgress[] = [];
  const result = await client.updateIndicators({ force: false, ...request }, (one) => progress.push(one));
  return { result, progress };
}

const store = (): TestStore => open!;
const sealedFile = (date: TradingDate): string => {
  const folder = join(store().paths.historyDir, 'indicators', `date=${date}`);
  return join(
    folder,
    readdirSync(folder)
      .filter((name) => name.startsWith('sealed') && name.endsWith('.parquet'))
      .at(-1)!,
  );
};
const generations = (): (number | undefined)[] => DATES.map((date) => store().store.receipt(date)?.generation);

async function expectRight(): Promise<void> {
  const stored = await storedRows(store());
  expect(stored.size).toBe(ROWS);
  expect(stored).toEqual(await expectedRows(store(), CALENDAR));
}

/** One history, told in order. */
describe('an update', () => {
  beforeAll(async () => {
    const made = await openTestStore({ calendar: CALENDAR, now: atIst(OPEN_DATE, '12:00') });
    await serve(made);
    for (const date of DATES) {
      const ids = await made.register(['AAA', 'BBB'], date);
      const bars = ids.flatMap((id) => walk(id, atIst(date, '09:15'), MINUTES, id * 10 + DATES.indexOf(date)));
      await made.send({ tradingDate: date, bars });
      if (date !== OPEN_DATE) await made.store.seal(date, true);
    }
    await made.store.settled();
  }, 60_000);
  afterAll(async () => {
    await stopServing();
    await open?.close();
    open = undefined;
    removeTempDirs();
  });

  test('gives an open date the rows it lacks, and tells how far it is', async () => {
    const { result, progress } = await update();
    expect(result).toEqual({ dates: 3, total: 6, changed: 2 * MINUTES, resealed: 0 });
    await expectRight();
    expect(progress[0]).toEqual({ date: null, done: 0, total: 6, changed: 0 });
    expect(progress.at(-1)).toEqual({ date: OPEN_DATE, done: 6, total: 6, changed: 2 * MINUTES });
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).toSorted((a, b) => a - b));
  });

  test('writes nothing when it is done again', async () => {
    const { result } = await update();
    expect(result).toEqual({ dates: 3, total: 6, changed: 0, resealed: 0 });
    expect(generations()).toEqual([1, 1, undefined]);
  });

  test('restores rows of an open date that are gone or wrong, of the symbols asked for', async () => {
    const hot = 'd20160929.indicators';
    await store().ask(`DELETE FROM ${hot} WHERE instrument_id = 1 AND epoch_ms(ts) < ${atIst(OPEN_DATE, '09:20')}`);
    await store().ask(`UPDATE ${hot} SET "sma_5" = -1 WHERE epoch_ms(ts) = ${atIst(OPEN_DATE, '10:00')}`);
    const { result } = await update({ symbols: ['AAA'], from: OPEN_DATE });
    expect(result).toEqual({ dates: 1, total: 1, changed: 6, resealed: 0 });
    expect((await update({ from: OPEN_DATE })).result).toMatchObject({ changed: 1 });
    await expectRight();
  });

  test('restores a sealed file that cannot be read, and one that is gone', async () => {
    writeFileSync(sealedFile(FIRST), 'no Parquet file at all');
    rmSync(sealedFile(SECOND));
    expect((await update()).result).toMatchObject({ resealed: 2 });
    expect(generations()).toEqual([2, 2, undefined]);
    await expectRight();
  });

  test('by force writes every row from the date on', async () => {
    const { result } = await update({ from: SECOND, force: true });
    expect(result).toEqual({ dates: 2, total: 4, changed: 4 * MINUTES, resealed: 1 });
    expect(generations()).toEqual([2, 3, undefined]);
    await expectRight();
  });

  test('fills days that were sealed before there were indicators', async () => {
    await store().ask("UPDATE ref.seals SET indicators = 0 WHERE date <= '2016-09-28'");
    await store().ask('DELETE FROM ref.settlements');
    await store().clock.advance(2 * DAY_MS);
    await stopServing();
    await serve(await store().reopen());
    for (const date of [FIRST, SECOND]) {
      rmSync(join(store().paths.historyDir, 'indicators', `date=${date}`), { recursive: true });
    }
    await stopServing();
    await serve(await store().reopen());
    await store().store.settled();
    expect(generations()).toEqual([2, 3, undefined]);
    expect((await storedRows(store())).size).toBe(2 * MINUTES);
    expect((await update()).result).toEqual({ dates: 3, total: 6, changed: 4 * MINUTES, resealed: 2 });
    await expectRight();
    expect(readdirSync(store().paths.hotDir).filter((name) => name.endsWith('.duckdb'))).toEqual([
      `${OPEN_DATE}.duckdb`,
      'reference.duckdb',
    ]);
  });

  test('of unknown symbols or from no date is refused', async () => {
    await expect(update({ symbols: ['AAA', 'NONE'] })).rejects.toMatchObject({ code: 'RTP_SYMBOL_UNKNOWN' });
    await expect(update({ from: '2016-13-01' })).rejects.toMatchObject({ code: 'RTP_DATE_INVALID' });
  });

  test('is one at a time', async () => {
    const results = await Promise.allSettled([update({ force: true }), update()]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'RTP_STORE_UPDATE_RUNNING', status: 409 },
    });
    await expectRight();
  });

  test('given up half-way is taken up by the next', async () => {
    const gone = new AbortController();
    const first = client.updateIndicators({ force: true }, ({ done }) => done > 0 && gone.abort(), gone.signal);
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    await store().store.settled();
    expect((await update()).result).toMatchObject({ changed: 0 });
    await expectRight();
  });
});

describe('commits', () => {
  afterEach(removeTempDirs);

  test('pass while an update is under way', async () => {
    const made = await openTestStore({ calendar: CALENDAR, now: atIst(OPEN_DATE, '12:00') });
    const [id] = (await made.register(['AAA'], FIRST)) as [number];
    await made.send({ tradingDate: FIRST, bars: walk(id, atIst(FIRST, '09:15'), MINUTES, 1) });
    await made.register(['AAA'], SECOND);
    const bars = walk(id, atIst(SECOND, '09:15'), MINUTES, 2);
    await made.send({ tradingDate: SECOND, bars: bars.slice(0, 30) });
    const gone = new AbortController().signal;
    const running = made.store.updateIndicators({ force: false }, { onProgress: () => {}, signal: gone });
    for (const bar of bars.slice(30)) await made.send({ tradingDate: SECOND, bars: [bar] });
    await running;
    await made.store.updateIndicators({ force: false }, { onProgress: () => {}, signal: gone });
    expect(await storedRows(made)).toEqual(await expectedRows(made, CALENDAR));
    await made.close();
  });
});
