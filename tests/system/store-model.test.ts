import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ABSENCE_REASONS, type Absence, atIst, BAR_SOURCES, BAR_STATES, type Bar, sameOhlcv } from '@rtp/core';
import { loadWire, queryCoverage } from '@rtp/store-client';
import { openAsUser } from '../store/support/catalogue.ts';
import {
  absence,
  bar,
  calendarOf,
  DATE,
  openTestStore,
  removeTempDirs,
  type TestStore,
} from '../store/support/fixtures.ts';

const INSTRUMENTS = 4;
const MINUTES = 12;
const BATCHES = 60;

/** A small linear congruential generator: the same days every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface ModelBar extends Bar {
  readonly revision: number;
  /** What it came with, and what it was raised to. */
  readonly final: Bar['state'];
  /** The batch that wrote it. */
  readonly batch: number;
}

/** Whether a source says of its own whole bar, which nothing official has confirmed, that it was partial. */
const isWithdrawal = (row: Bar, stored: ModelBar): boolean =>
  row.partial &&
  !stored.partial &&
  row.source === stored.source &&
  stored.final === 'provisional' &&
  sameOhlcv(row, stored);

/** The revision rules, written out row by row. */
class Model {
  readonly bars = new Map<string, ModelBar>();
  readonly absences = new Map<string, Absence['reason']>();

  take(row: Bar, batch: number): void {
    const key = `${row.instrumentId}/${row.ts}`;
    const stored = this.bars.get(key);
    const rank = (state: Bar['state']): number => BAR_STATES.indexOf(state);
    const strength = (of: Bar): number => BAR_SOURCES.indexOf(of.source) + (of.partial ? 0 : BAR_SOURCES.length);
    if (stored === undefined) {
      this.bars.set(key, { ...row, revision: 1, final: row.state, batch });
    } else if (isWithdrawal(row, stored)) {
      this.bars.set(key, { ...row, revision: stored.revision + 1, final: row.state, batch });
    } else if (strength(row) < (rank(stored.final) > 0 ? 5 : strength(stored))) {
      // A weaker source never replaces a stronger one.
    } else if (sameOhlcv(row, stored) && (!stored.partial || row.partial)) {
      if (rank(row.state) <= rank(stored.final)) return;
      // A bar of the same batch is not confirmed but written again: a confirmation speaks of older commits.
      if (stored.batch === batch)
        this.bars.set(key, { ...row, revision: stored.revision + 1, final: row.state, batch });
      else this.bars.set(key, { ...stored, final: row.state });
    } else {
      this.bars.set(key, { ...row, revision: stored.revision + 1, final: row.state, batch });
    }
  }

  takeAbsence(row: Absence): void {
    const key = `${row.instrumentId}/${row.ts}`;
    if (!this.bars.has(key)) this.absences.set(key, row.reason);
  }

  rows(): unknown[][] {
    return [...this.bars.values()]
      .map((row) => [row.instrumentId, row.ts, row.close, row.volume, row.source, row.final, row.partial, row.revision])
      .sort(byIdAndTime);
  }

  missing(): unknown[][] {
    return [...this.absences]
      .filter(([key]) => !this.bars.has(key))
      .map(([key, reason]) => [...key.split('/').map(Number), reason])
      .sort(byIdAndTime);
  }
}

const byIdAndTime = (a: unknown[], b: unknown[]): number =>
  (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number);

const BARS = `SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, close, volume::DOUBLE, source, state, partial,
  revision::DOUBLE FROM bars ORDER BY instrument_id, ts`;
const ABSENCES = 'SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, reason FROM absences ORDER BY instrument_id, ts';

/** One batch of random rows; official candles of a minute mostly agree with each other. */
function randomBatch(random: (below: number) => number): { bars: Bar[]; absences: Absence[] } {
  const bars = Array.from({ length: random(14) }, () => {
    const official = random(3) === 0;
    return bar(1 + random(INSTRUMENTS), random(MINUTES), {
      close: official ? 100 : 100 + random(2) / 10,
      source: official ? 'chart' : (BAR_SOURCES[random(2)] as Bar['source']),
      state: official ? (BAR_STATES[1 + random(2)] as Bar['state']) : 'provisional',
      partial: !official && random(5) === 0,
      volume: 1_000 + (official && random(10) === 0 ? 7 : 0),
    });
  });
  const absences = Array.from({ length: random(4) }, () =>
    absence(1 + random(INSTRUMENTS), random(MINUTES), { reason: ABSENCE_REASONS[random(7)] as Absence['reason'] }),
  );
  return { bars, absences };
}

describe.each([1, 2])('a random day (%i) follows the rules row by row', (seed) => {
  const model = new Model();
  let store: TestStore;

  beforeAll(async () => {
    store = await openTestStore({
      now: atIst(DATE, '09:15'),
      calendar: calendarOf([['09:15', '09:27']]),
      config: { compact_every_commits: 7 },
    });
    await store.register(Array.from({ length: INSTRUMENTS }, (_, index) => `SYM${index}`));
    const random = randomOf(seed);
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const { bars, absences } = randomBatch(random);
      for (const row of bars) model.take(row, batch);
      // Bars count before absences; of an absence given twice in a batch the last one.
      for (const row of absences) model.takeAbsence(row);
      await store.send({ bars, absences });
      if (batch === BATCHES / 2) store = await store.reopen({ checkpoint: false });
    }
    await store.store.published();
  });
  afterAll(async () => {
    await store.close();
    removeTempDirs();
  });

  const expectSame = async (ask: (sql: string) => Promise<unknown[][]>): Promise<void> => {
    expect(await ask(BARS)).toEqual(model.rows());
    expect(await ask(ABSENCES)).toEqual(model.missing());
  };

  test('in the store', () => expectSame(store.ask));

  test('in the catalogue', async () => {
    const user = await openAsUser(store.paths);
    await expectSame(user.ask);
    user.close();
  });

  test('in what is known of each minute', async () => {
    const { decodeDayState } = await loadWire();
    const minutes = decodeDayState(await store.store.dayState(DATE));
    expect(minutes).toHaveLength(model.rows().length + model.missing().length);
    for (const { instrumentId, ts, source, state, partial, reason } of minutes) {
      const stored = model.bars.get(`${instrumentId}/${ts}`);
      if (stored !== undefined) expect([source, state, partial]).toEqual([stored.source, stored.final, stored.partial]);
      else expect(reason).toBe(model.absences.get(`${instrumentId}/${ts}`));
    }
  });

  test('in its coverage, counted or queried', async () => {
    for (const now of [atIst(DATE, '09:20') + 30_000, atIst(DATE, '18:00')]) {
      await store.clock.advanceTo(now);
      const queried = await store.store.surface.ask((run) => queryCoverage(run, DATE, store.clock.now()));
      expect(await store.store.coverage(DATE)).toEqual(queried);
      expect(queried.bars).toBe(model.rows().length);
    }
  });

  test('after its seal', async () => {
    const receipt = await store.store.seal(DATE, true);
    expect(receipt.bars).toBe(model.rows().length);
    expect(await store.ask(BARS)).toEqual(model.rows());
    const user = await openAsUser(store.paths);
    expect(await user.ask(BARS)).toEqual(model.rows());
    const revisions = await user.ask('SELECT count(*)::INT, sum((revision = 1)::INT)::INT FROM bars_revisions');
    expect(revisions).toEqual([[receipt.bars + receipt.superseded, receipt.bars]]);
    user.close();
  });

  test('and after late data', async () => {
    const late = bar(1, 0, { source: 'chart', state: 'reconciled', close: 55 });
    await store.send({ bars: [late] });
    model.take(late, BATCHES);
    await store.store.seal(DATE, true);
    expect(await store.ask(BARS)).toEqual(model.rows());
  });
});
