import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Absence, Bar } from '@rtp/core';
import { loadWire } from '@rtp/store-client';
import { absence, bar, DATE, openTestStore, removeTempDirs, type TestStore } from './support/fixtures.ts';

const FEED = bar(1, 0);
const OTHER = { close: 100.25, volume: 1_200 };
const CONFIRMED = { source: 'chart', state: 'confirmed' } as const;
const RECONCILED = { source: 'chart', state: 'reconciled' } as const;

interface Case {
  readonly name: string;
  readonly given: readonly Bar[];
  readonly next: Bar;
  readonly outcome: 'inserted' | 'revised' | 'confirmed' | 'ignored';
  readonly stored: readonly [source: string, state: string, revision: number, close: number];
}

const CASES: readonly Case[] = [
  {
    name: 'the first bar of a minute is revision 1',
    given: [],
    next: FEED,
    outcome: 'inserted',
    stored: ['feed', 'provisional', 1, 100.5],
  },
  {
    name: 'the same bar again changes nothing',
    given: [FEED],
    next: FEED,
    outcome: 'ignored',
    stored: ['feed', 'provisional', 1, 100.5],
  },
  {
    name: 'late trades from the same source are the next revision',
    given: [FEED],
    next: bar(1, 0, OTHER),
    outcome: 'revised',
    stored: ['feed', 'provisional', 2, 100.25],
  },
  {
    name: 'a quote replaces the feed',
    given: [FEED],
    next: bar(1, 0, { ...OTHER, source: 'quote' }),
    outcome: 'revised',
    stored: ['quote', 'provisional', 2, 100.25],
  },
  {
    name: 'the feed never replaces a quote',
    given: [bar(1, 0, { source: 'quote' })],
    next: bar(1, 0, OTHER),
    outcome: 'ignored',
    stored: ['quote', 'provisional', 1, 100.5],
  },
  {
    name: 'an equal quote says nothing new',
    given: [FEED],
    next: bar(1, 0, { source: 'quote' }),
    outcome: 'ignored',
    stored: ['feed', 'provisional', 1, 100.5],
  },
  {
    name: 'an equal official candle only confirms',
    given: [FEED],
    next: bar(1, 0, CONFIRMED),
    outcome: 'confirmed',
    stored: ['feed', 'confirmed', 1, 100.5],
  },
  {
    name: 'a different official candle is a revision',
    given: [FEED],
    next: bar(1, 0, { ...OTHER, ...CONFIRMED }),
    outcome: 'revised',
    stored: ['chart', 'confirmed', 2, 100.25],
  },
  {
    name: 'the feed never replaces an official candle',
    given: [bar(1, 0, CONFIRMED)],
    next: bar(1, 0, OTHER),
    outcome: 'ignored',
    stored: ['chart', 'confirmed', 1, 100.5],
  },
  {
    name: 'the feed never replaces a feed bar that was confirmed',
    given: [FEED, bar(1, 0, CONFIRMED)],
    next: bar(1, 0, OTHER),
    outcome: 'ignored',
    stored: ['feed', 'confirmed', 1, 100.5],
  },
  {
    name: 'the sweep raises a confirmed bar further',
    given: [FEED, bar(1, 0, CONFIRMED)],
    next: bar(1, 0, RECONCILED),
    outcome: 'confirmed',
    stored: ['feed', 'reconciled', 1, 100.5],
  },
  {
    name: 'an older confirmation does not lower a state',
    given: [FEED, bar(1, 0, RECONCILED)],
    next: bar(1, 0, CONFIRMED),
    outcome: 'ignored',
    stored: ['feed', 'reconciled', 1, 100.5],
  },
  {
    name: 'a corrected official candle replaces a confirmed bar',
    given: [FEED, bar(1, 0, CONFIRMED)],
    next: bar(1, 0, { ...OTHER, ...RECONCILED }),
    outcome: 'revised',
    stored: ['chart', 'reconciled', 2, 100.25],
  },
  {
    name: 'a confirmation of older values does not speak of newer ones',
    given: [FEED, bar(1, 0, CONFIRMED), bar(1, 0, { ...OTHER, source: 'chart', state: 'confirmed' })],
    next: bar(1, 0, { ...OTHER, ...RECONCILED }),
    outcome: 'confirmed',
    stored: ['chart', 'reconciled', 2, 100.25],
  },
  {
    name: 'a partial bar never replaces a whole one of its source',
    given: [FEED],
    next: bar(1, 0, { ...OTHER, partial: true }),
    outcome: 'ignored',
    stored: ['feed', 'provisional', 1, 100.5],
  },
  {
    name: 'a partial bar of the same values withdraws a whole one of its source',
    given: [FEED],
    next: bar(1, 0, { partial: true }),
    outcome: 'revised',
    stored: ['feed', 'provisional', 2, 100.5],
  },
  {
    name: 'of another source it withdraws nothing',
    given: [FEED],
    next: bar(1, 0, { source: 'quote', partial: true }),
    outcome: 'ignored',
    stored: ['feed', 'provisional', 1, 100.5],
  },
  {
    name: 'nor does it withdraw what an official candle has confirmed',
    given: [FEED, bar(1, 0, CONFIRMED)],
    next: bar(1, 0, { partial: true }),
    outcome: 'ignored',
    stored: ['feed', 'confirmed', 1, 100.5],
  },
  {
    name: 'a whole bar replaces a partial one of its source',
    given: [bar(1, 0, { partial: true })],
    next: bar(1, 0, OTHER),
    outcome: 'revised',
    stored: ['feed', 'provisional', 2, 100.25],
  },
  {
    name: 'a whole bar of the same values still makes a partial one whole',
    given: [bar(1, 0, { partial: true })],
    next: FEED,
    outcome: 'revised',
    stored: ['feed', 'provisional', 2, 100.5],
  },
  {
    name: 'a partial quote is weaker than the whole feed',
    given: [FEED],
    next: bar(1, 0, { ...OTHER, source: 'quote', partial: true }),
    outcome: 'ignored',
    stored: ['feed', 'provisional', 1, FEED.close],
  },
  {
    name: 'a whole quote is stronger than the whole feed',
    given: [FEED],
    next: bar(1, 0, { ...OTHER, source: 'quote' }),
    outcome: 'revised',
    stored: ['quote', 'provisional', 2, 100.25],
  },
];

describe('revisions', () => {
  let store: TestStore;
  let ids: number[];
  beforeAll(async () => {
    store = await openTestStore();
    ids = await store.register([
      'FILLER',
      ...CASES.map((_, index) => `CASE${index}`),
      'RANGE',
      'ROUNDS',
      'WITHDRAWN',
      'QUIET',
      'MIXED',
    ]);
  });
  afterAll(async () => {
    await store.close();
    removeTempDirs();
  });
  afterEach(() => expect(store.fatal).toEqual([]));

  const idOf = (symbol: string): Promise<number> =>
    store
      .ask(`SELECT instrument_id::DOUBLE FROM instruments WHERE symbol = '${symbol}'`)
      .then((rows) => rows[0]?.[0] as number);

  test.each(CASES.map((of, index) => [of.name, of, index] as const))(
    '%s',
    async (_, { given, next, outcome, stored }, index) => {
      const instrumentId = ids[index + 1] as number;
      for (const earlier of given) await store.send({ bars: [{ ...earlier, instrumentId }] });
      const ack = await store.send({ bars: [{ ...next, instrumentId }] });
      const counts = { inserted: 0, revised: 0, confirmed: 0, ignored: 0, absences: 0 };
      expect(ack).toMatchObject({ ...counts, [outcome]: 1, duplicate: false });
      const rows = await store.ask(
        `SELECT source, state, revision::DOUBLE, close FROM bars WHERE instrument_id = ${instrumentId}`,
      );
      expect(rows).toEqual([stored]);
    },
  );

  test('minutes confirmed together become one range, broken by a bar that was not', async () => {
    const id = await idOf('RANGE');
    const minutes = [0, 1, 2, 4, 5, 7, 8];
    await store.send({ bars: minutes.map((minute) => bar(id, minute)) });
    const ack = await store.send({
      bars: minutes.filter((minute) => minute !== 5).map((minute) => bar(id, minute, CONFIRMED)),
    });
    expect(ack.confirmed).toBe(6);
    await store.store.published();
    const ranges = await store.ask(`SELECT date_part('minute', from_ts)::DOUBLE, date_part('minute', to_ts)::DOUBLE
      FROM d20160930.confirmations WHERE instrument_id = ${id} ORDER BY from_ts`);
    expect(ranges).toEqual([
      [45, 49],
      [52, 53],
    ]);
    const states = await store.ask(
      `SELECT date_part('minute', ts)::DOUBLE, state FROM bars WHERE instrument_id = ${id} ORDER BY ts`,
    );
    expect(states).toEqual(minutes.map((minute) => [45 + minute, minute === 5 ? 'provisional' : 'confirmed']));
  });

  test('a batch that names a minute twice is taken in order', async () => {
    const id = await idOf('ROUNDS');
    const ack = await store.send({ bars: [bar(id, 0), bar(id, 0, OTHER), bar(id, 0, { ...OTHER, ...CONFIRMED })] });
    expect(ack).toMatchObject({ inserted: 1, revised: 2 });
    const rows = await store.ask(`SELECT state, revision::DOUBLE, close FROM bars WHERE instrument_id = ${id}`);
    expect(rows).toEqual([['confirmed', 3, 100.25]]);
  });

  test('a withdrawn bar is partial for every reader, until it is whole again', async () => {
    const id = await idOf('WITHDRAWN');
    const { decodeDayState } = await loadWire();
    const isPartial = async (): Promise<unknown[]> => {
      const rows = await store.ask(`SELECT partial FROM bars WHERE instrument_id = ${id}`);
      const known = decodeDayState(await store.store.dayState(DATE)).filter((minute) => minute.instrumentId === id);
      return [...rows.flat(), ...known.map((minute) => minute.partial)];
    };
    // Late trades and the withdrawal come in one batch.
    const late = bar(id, 0, OTHER);
    await store.send({ bars: [bar(id, 0)] });
    expect(await store.send({ bars: [late, { ...late, partial: true }] })).toMatchObject({ revised: 2 });
    expect(await isPartial()).toEqual([true, true]);
    expect(await store.send({ bars: [late] })).toMatchObject({ revised: 1 });
    expect(await isPartial()).toEqual([false, false]);
  });

  test('an absence yields to a bar, before and after', async () => {
    const id = await idOf('QUIET');
    const reasons = (): Promise<unknown[][]> =>
      store.ask(`SELECT date_part('minute', ts)::DOUBLE, reason FROM absences WHERE instrument_id = ${id} ORDER BY ts`);
    const first: readonly Absence[] = [absence(id, 0, { reason: 'feed_silent' }), absence(id, 1)];
    expect(await store.send({ absences: first })).toMatchObject({ absences: 2, ignored: 0 });
    expect(await store.send({ absences: first })).toMatchObject({ absences: 0, ignored: 2 });
    expect(await store.send({ absences: [absence(id, 0)] })).toMatchObject({ absences: 1 });
    expect(await reasons()).toEqual([
      [45, 'no_trades'],
      [46, 'no_trades'],
    ]);
    expect(await store.send({ bars: [bar(id, 1)], absences: [absence(id, 1), absence(id, 2)] })).toMatchObject({
      inserted: 1,
      absences: 1,
      ignored: 1,
    });
    expect(await store.send({ absences: [absence(id, 1, { reason: 'halted' })] })).toMatchObject({ ignored: 1 });
    expect(await reasons()).toEqual([
      [45, 'no_trades'],
      [47, 'no_trades'],
    ]);
  });

  test('new and old minutes of one batch each get their due', async () => {
    const id = await idOf('MIXED');
    await store.send({ bars: [bar(id, 0), bar(id, 1), bar(id, 5)] });
    const ack = await store.send({
      bars: [bar(id, 0, CONFIRMED), bar(id, 1, OTHER), bar(id, 3), bar(id, 5), bar(id, 6)],
      absences: [absence(id, 7), absence(id, 2), absence(id, 6)],
    });
    expect(ack).toMatchObject({ inserted: 2, revised: 1, confirmed: 1, ignored: 2, absences: 2 });
  });
});
