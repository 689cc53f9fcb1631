import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ABSENCE_REASONS,
  type Absence,
  atIst,
  type Bar,
  isSettled,
  MINUTE_MS,
  OPEN_REASONS,
  SETTLED_REASONS,
  type TradingDate,
} from '@rtp/core';
import { openCatalogue } from '@rtp/store-client';
import { openAsUser } from './support/catalogue.ts';
import { absence, bar, calendarOf, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';

/** A session of ten minutes: one for a bar, one for each reason, one for nothing at all. */
const SHORT = calendarOf([['09:15', '09:25']]);
const ONE_OF_EACH: readonly Absence[] = ABSENCE_REASONS.map((reason, index) => absence(1, index + 1, { reason }));
const NAMED_ONCE = Object.fromEntries(ABSENCE_REASONS.map((reason) => [reason, 1]));
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;
/** The day under way; six of its minutes are over. */
const TODAY: TradingDate = '2016-09-30';
const NOW = atIst(TODAY, '09:21');

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore({ calendar: SHORT, now: NOW });
});
afterAll(async () => {
  await store.close();
  removeTempDirs();
});

/** Sends rows, written as if of today, for a day of its own. */
async function sendTo(
  date: TradingDate,
  rows: { bars?: readonly Bar[]; absences?: readonly Absence[] },
): Promise<void> {
  const moved = <Row extends { readonly ts: number }>(row: Row): Row => {
    return { ...row, ts: row.ts - atIst(TODAY, '09:15') + atIst(date, '09:15') };
  };
  await store.register(['AAA'], date);
  const { bars = [], absences = [] } = rows;
  await store.send({ tradingDate: date, bars: bars.map(moved), absences: absences.map(moved) });
}

const reasonsOf = (date: TradingDate): Promise<unknown[][]> =>
  store.ask(
    `SELECT date_part('minute', ts)::DOUBLE - 45, reason, settled FROM absences WHERE date = '${date}' ORDER BY ts`,
  );

describe('a minute without a bar', () => {
  test('is settled by some reasons and still owed with the others, each counted by name', async () => {
    const date = '2016-09-19';
    await sendTo(date, { bars: [bar(1, 0)], absences: ONE_OF_EACH });
    const coverage = await store.store.coverage(date);
    const counts = {
      expected: 10,
      bars: 1,
      absences: SETTLED_REASONS.length,
      unknown: OPEN_REASONS.length + 1,
      pending: 0,
    };
    const byReason = { ...NAMED_ONCE, unknown: 2 };
    expect(coverage).toMatchObject({ ...counts, byReason, complete: false });
    expect(coverage.instruments).toEqual([expect.objectContaining({ ...counts, byReason })]);
  });

  test('keeps its day from being complete until its reason is one that settles it', async () => {
    const date = '2016-09-20';
    const rest = ONE_OF_EACH.map((row) => ({ ...row, reason: 'no_trades' as const }));
    await sendTo(date, { bars: [bar(1, 0)], absences: rest });
    for (const reason of OPEN_REASONS) {
      await sendTo(date, { absences: [absence(1, 9, { reason })] });
      expect(await store.store.coverage(date)).toMatchObject({
        complete: false,
        byReason: { no_trades: 8, [reason]: 1 },
      });
      await expect(store.store.seal(date, false)).rejects.toMatchObject({
        code: 'RTP_STORE_NOT_COMPLETE',
        message: `${date} is not complete: 1 of 10 minutes are unknown and 0 still to come.`,
      });
    }
    await sendTo(date, { absences: [absence(1, 9)] });
    expect(await store.store.coverage(date)).toMatchObject({ complete: true, byReason: { no_trades: 9 } });
  });

  test('is pending until it is over, whatever is known of it', async () => {
    const absences = [5, 9].map((minute) => absence(1, minute, { reason: 'broker_lag' }));
    await sendTo(TODAY, { bars: [bar(1, 0)], absences });
    expect(await store.store.coverage(TODAY)).toMatchObject({
      unknown: 5,
      pending: 4,
      byReason: { broker_lag: 1, unknown: 4 },
    });
    await store.clock.advance(4 * MINUTE_MS);
    expect(await store.store.coverage(TODAY)).toMatchObject({
      unknown: 9,
      pending: 0,
      byReason: { broker_lag: 2, unknown: 7 },
    });
  });
});

describe('a forced seal', () => {
  const date = '2016-09-21';

  test('keeps the reasons that are known and calls only the rest unknown', async () => {
    await sendTo(date, { bars: [bar(1, 0)], absences: ONE_OF_EACH.filter(({ reason }) => reason !== 'unknown') });
    const before = await store.store.coverage(date);
    const receipt = await store.store.seal(date, true);
    expect(receipt).toMatchObject({ bars: 1, absences: 4, unknown: 5, complete: false });
    expect(await reasonsOf(date)).toEqual([
      ...ABSENCE_REASONS.slice(0, -1).map((reason, index) => [index + 1, reason, isSettled(reason)]),
      [8, 'unknown', false],
      [9, 'unknown', false],
    ]);
    expect(before.byReason).toEqual({ ...NAMED_ONCE, unknown: 2 });
    expect(await store.store.coverage(date)).toEqual({ ...before, state: 'sealed' });
  });

  test('counts alike in the catalogue', async () => {
    const reader = await openCatalogue(store.paths);
    expect(await reader.getCoverage(date)).toEqual(await store.store.coverage(date));
    await reader.close();
    const user = await openAsUser(store.paths);
    const columns = ['expected', 'bars', 'absences', 'missing', 'owed'].map((column) => `${column}::INT`);
    expect(await user.ask(`SELECT ${columns.join(', ')} FROM coverage WHERE date = '${date}'`)).toEqual([
      [10, 1, 4, 5, 5],
    ]);
    user.close();
  });

  test('is followed by another when a minute that was owed comes after all', async () => {
    const silent = ABSENCE_REASONS.indexOf('feed_silent') + 1;
    await sendTo(date, { bars: [bar(1, silent, OFFICIAL)] });
    expect(await store.store.seal(date, true)).toMatchObject({ generation: 2, bars: 2, absences: 4, unknown: 4 });
  });
});
