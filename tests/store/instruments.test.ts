import { afterEach, describe, expect, test } from '@jest/globals';
import { addDays, type Instrument, type InstrumentListing, type TradingDate } from '@rtp/core';
import { bar, DATE, listing, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';

const NEXT = addDays(DATE, 3);
const LATER = addDays(DATE, 4);

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
const register = (store: TestStore, date: TradingDate, ...rows: InstrumentListing[]): Promise<readonly Instrument[]> =>
  store.store.registerInstruments(date, rows);
const history = (store: TestStore): Promise<unknown[][]> =>
  store.ask(`SELECT instrument_id::DOUBLE, symbol, series, valid_from::VARCHAR, valid_to::VARCHAR, tracked_from::VARCHAR
    FROM instruments ORDER BY instrument_id, valid_from`);

describe('an instrument', () => {
  test('keeps its number, whatever its listings do', async () => {
    const store = await fresh();
    const [first] = await register(store, DATE, listing('OLD'), listing('OTHER'));
    const changes: InstrumentListing[] = [
      listing('OLD', { series: 'BE', securityId: '777' }),
      listing('NEW', { isin: 'INEOLD' }),
      listing('NEW', { isin: 'INESPLIT' }),
    ];
    const ids: number[] = [];
    for (const [index, change] of changes.entries()) {
      const [row] = await register(store, addDays(DATE, 3 + index), change);
      ids.push(row?.instrumentId ?? 0);
    }
    expect(ids).toEqual([1, 1, 1]);
    expect(first).toMatchObject({ instrumentId: 1, symbol: 'OLD', validFrom: DATE, validTo: null, trackedFrom: DATE });
    expect((await history(store)).filter(([id]) => id === 1)).toEqual([
      [1, 'OLD', 'EQ', DATE, '2016-10-02', DATE],
      [1, 'OLD', 'BE', '2016-10-03', '2016-10-03', DATE],
      [1, 'NEW', 'EQ', '2016-10-04', '2016-10-04', DATE],
      [1, 'NEW', 'EQ', '2016-10-05', null, DATE],
    ]);
  });

  test('registered again the same way changes nothing', async () => {
    const store = await fresh();
    const once = await register(store, DATE, listing('AAA'), listing('BBB'));
    expect(await register(store, DATE, listing('AAA'), listing('BBB'))).toEqual(once);
    expect(await register(store, NEXT, listing('BBB'), listing('AAA'))).toEqual([once[1], once[0]]);
    expect(await history(store)).toHaveLength(2);
  });

  test('of the same broker id in another segment is another one', async () => {
    const store = await fresh();
    const rows = await register(
      store,
      DATE,
      listing('NIFTY', { segment: 'IDX_I', securityId: '13', isin: '', series: '', class: 'index' }),
      listing('ABB', { securityId: '13' }),
    );
    expect(rows.map(({ instrumentId }) => instrumentId)).toEqual([1, 2]);
  });

  test('registered for an earlier day is owed from that day', async () => {
    const store = await fresh();
    await register(store, NEXT, listing('AAA'));
    const [row] = await register(store, DATE, listing('AAA'));
    expect(row).toMatchObject({ validFrom: DATE, trackedFrom: DATE });
    expect(await history(store)).toEqual([[1, 'AAA', 'EQ', DATE, null, DATE]]);
  });

  test('corrected on the day it was registered has one listing', async () => {
    const store = await fresh();
    await register(store, DATE, listing('AAA'));
    await register(store, DATE, listing('AAA', { tickPaise: 1 }));
    expect(await history(store)).toHaveLength(1);
    expect(await store.ask('SELECT tick_paise FROM instruments')).toEqual([[1]]);
  });

  test('is found under its name of the day it traded', async () => {
    const store = await fresh();
    await register(store, DATE, listing('OLD'));
    await store.send({ bars: [bar(1, 0)] });
    await register(store, NEXT, listing('NEW', { isin: 'INEOLD' }));
    const nextDay = bar(1, 0, { ts: bar(1, 0).ts + 3 * 86_400_000 });
    await store.send({ bars: [nextDay], tradingDate: NEXT });
    expect(await store.ask('SELECT symbol, instrument_id::DOUBLE FROM bars ORDER BY ts')).toEqual([
      ['OLD', 1],
      ['NEW', 1],
    ]);
  });
});

describe('the minutes of a day', () => {
  test('are owed by those registered for it alone', async () => {
    const store = await fresh();
    await register(store, DATE, listing('AAA'), listing('BBB'));
    await register(store, NEXT, listing('BBB'), listing('CCC'));
    const symbols = async (date: TradingDate): Promise<string[]> =>
      (await store.store.coverage(date)).instruments.map(({ symbol }) => symbol);
    expect(await symbols(DATE)).toEqual(['AAA', 'BBB']);
    expect(await symbols(NEXT)).toEqual(['BBB', 'CCC']);
    expect(
      store.store
        .instruments(NEXT)
        .map(({ symbol }) => symbol)
        .sort(),
    ).toEqual(['BBB', 'CCC']);
    // Nobody was registered for this one: whoever is listed by then owes it.
    expect(await store.store.coverage(LATER)).toMatchObject({
      state: 'none',
      expected: 3 * 375,
      unknown: 0,
      pending: 3 * 375,
    });
    expect(await store.store.coverage(addDays(DATE, 1))).toMatchObject({ state: 'none', expected: 0, complete: false });
  });
});
