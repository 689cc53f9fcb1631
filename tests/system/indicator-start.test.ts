import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { addDays, atIst, type Bar, type TradingDate } from '@rtp/core';
import { IndicatorEngine, sessionFields, storedColumns } from '@rtp/indicators';
import { type IndicatorStart, loadWire, makeBatch } from '@rtp/store-client';
import {
  calendarOf,
  DATE,
  listing,
  OPEN,
  openTestStore,
  removeTempDirs,
  type TestStore,
  tempDir,
} from '../store/support/fixtures.ts';
import { indicatorRows, row } from '../store/support/indicators.ts';
import { walk } from '../store/support/series.ts';
import { prepareRun, startStoreProcess } from '../store/support/store-process.ts';

/** Monday to Thursday. */
const DATES = ['2016-09-26', '2016-09-27', '2016-09-28', '2016-09-29'] as const;
const MINUTES = 90;
const CALENDAR = calendarOf([['09:15', '10:45']]);
const NAMES = storedColumns.map(({ name }) => name);

let open: TestStore | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
  removeTempDirs();
});

const opening = (date: TradingDate): number => atIst(date, '09:15');

async function opened(): Promise<{ store: TestStore; ids: readonly [number, number] }> {
  open = await openTestStore({ calendar: CALENDAR, now: atIst(DATES[3], '18:00') });
  return { store: open, ids: (await open.register(['AAA', 'BBB'], DATES[0])) as [number, number] };
}

async function send(store: TestStore, date: TradingDate, bars: readonly Bar[]): Promise<void> {
  await store.send({ tradingDate: date, bars });
}

async function startOf(store: TestStore, date: TradingDate): Promise<IndicatorStart> {
  const { decodeIndicatorStart } = await loadWire();
  return decodeIndicatorStart(await store.store.indicatorStart(date));
}

/** State of one instrument after some bars, from an engine of the test's own. */
function stateAfter(bars: readonly Bar[]): Float64Array {
  const engine = new IndicatorEngine(NAMES, 1);
  const column = (of: (bar: Bar) => number): Float64Array => Float64Array.from(bars, of);
  const out = NAMES.map(() => new Float64Array(bars.length));
  engine.run(
    0,
    {
      length: bars.length,
      open: column((bar) => bar.open),
      high: column((bar) => bar.high),
      low: column((bar) => bar.low),
      close: column((bar) => bar.close),
      volume: column((bar) => bar.volume),
      tick: column(() => 0.05),
      ...sessionFields(
        column((bar) => bar.ts),
        CALENDAR,
      ),
    },
    out,
  );
  return engine.save(0);
}

const stateFiles = (store: TestStore): string[] => readdirSync(join(store.paths.hotDir, 'indicator-states')).sort();
const stateOf = (start: IndicatorStart, id: number): Float64Array => {
  const at = start.instrumentIds.indexOf(id) * start.stride;
  return start.memory.slice(at, at + start.stride);
};

describe('the indicator start of a date', () => {
  test('before any bar is the initial state of every instrument that owes minutes', async () => {
    const { store, ids } = await opened();
    const start = await startOf(store, DATES[0]);
    expect([...start.instrumentIds]).toEqual([...ids]);
    expect([...start.rows]).toEqual([0, 0]);
    expect([...start.bars]).toEqual([]);
    const engine = new IndicatorEngine(NAMES, 1);
    expect(start).toMatchObject({ fingerprint: engine.fingerprint, stride: engine.stride });
    for (const id of ids) expect(stateOf(start, id)).toEqual(engine.memory);
  });

  test('is the state after all whole bars before it, of open dates and of sealed ones', async () => {
    const { store, ids } = await opened();
    const [a, b] = ids;
    const first = [...walk(a, opening(DATES[0]), MINUTES, 1), ...walk(b, opening(DATES[0]), 40, 2)];
    const second = walk(a, opening(DATES[1]), MINUTES, 3).map((bar, minute) => ({ ...bar, partial: minute === 7 }));
    await send(store, DATES[0], first.toReversed());
    await store.store.seal(DATES[0], true);
    await send(store, DATES[1], second);
    const revised = { ...second[5]!, low: second[5]!.low - 1, source: 'chart', state: 'reconciled' } as const;
    await send(store, DATES[1], [revised]);
    const whole = second.map((bar) => (bar.ts === revised.ts ? revised : bar)).filter(({ partial }) => !partial);
    const start = await startOf(store, DATES[2]);
    const of = (id: number): readonly Bar[] => [...first, ...whole].filter((bar) => bar.instrumentId === id);
    for (const id of ids) expect(stateOf(start, id)).toEqual(stateAfter(of(id)));
  });

  test('has the whole bars of the date at their newest revision, and how many of them have a row', async () => {
    const { store, ids } = await opened();
    const [a] = ids;
    const bars = walk(a, opening(DATES[0]), 5, 1);
    await send(store, DATES[0], [...bars.slice(0, 4), { ...bars[4]!, partial: true }]);
    const official = { ...bars[1]!, low: bars[1]!.low - 1, source: 'chart', state: 'confirmed' } as const;
    await send(store, DATES[0], [official]);
    const minuteOf = (index: number) => ({
      ...row(a, 0),
      minute: (bars[index]!.ts - atIst('2016-09-30', '09:15')) / 60_000,
    });
    const indicators = indicatorRows([minuteOf(0), minuteOf(1), minuteOf(4)]);
    await store.send({ tradingDate: DATES[0], indicators });
    const start = await startOf(store, DATES[0]);
    expect([...start.bars].toSorted((x, y) => x.ts - y.ts)).toEqual([bars[0], official, bars[2], bars[3]]);
    expect([...start.rows]).toEqual([2, 0]);
  });
});

describe('states on disk', () => {
  async function withStates(): Promise<{ store: TestStore; bars: readonly Bar[]; id: number }> {
    const { store, ids } = await opened();
    const bars = DATES.slice(0, 2).flatMap((date, day) => walk(ids[0], opening(date), MINUTES, day));
    for (const date of DATES.slice(0, 2)) {
      await send(
        store,
        date,
        bars.filter(({ ts }) => ts >= opening(date) && ts < opening(addDays(date, 1))),
      );
    }
    await startOf(store, DATES[2]);
    return { store, bars, id: ids[0] };
  }

  test('are used after a restart without a checkpoint, and not computed again', async () => {
    const { store, bars, id } = await withStates();
    const files = stateFiles(store);
    expect(files).toEqual([expect.stringMatching(/^after-2016-09-27-[0-9a-f]{32}\.bin$/)]);
    open = await store.reopen({ checkpoint: false });
    const start = await startOf(open, DATES[2]);
    expect(stateOf(start, id)).toEqual(stateAfter(bars));
    expect(stateFiles(open)).toEqual(files);
  });

  test.each([
    [
      'a changed number of state',
      (body: Buffer) => body.writeUInt8(body.readUInt8(body.length - 200) ^ 1, body.length - 200),
    ],
    ['a changed header', (body: Buffer) => body.writeUInt8(0x20, 8)],
    ['nothing but a header length', (body: Buffer) => body.fill(0, 4)],
  ])('with %s are not used', async (_, damage) => {
    const { store, bars, id } = await withStates();
    const file = join(store.paths.hotDir, 'indicator-states', stateFiles(store)[0]!);
    const intact = readFileSync(file);
    const body = Buffer.from(intact);
    damage(body);
    writeFileSync(file, body);
    expect(stateOf(await startOf(store, DATES[2]), id)).toEqual(stateAfter(bars));
    expect(readFileSync(file)).toEqual(intact);
  });

  test('of bars that changed since are not used, those of earlier dates are', async () => {
    const { store, bars, id } = await withStates();
    await startOf(store, DATES[1]);
    expect(stateFiles(store)).toHaveLength(2);
    const late = {
      ...bars[MINUTES + 3]!,
      low: bars[MINUTES + 3]!.low - 1,
      source: 'chart',
      state: 'reconciled',
    } as const;
    await send(store, DATES[1], [late]);
    const now = bars.map((bar) => (bar.ts === late.ts ? late : bar));
    expect(stateOf(await startOf(store, DATES[2]), id)).toEqual(stateAfter(now));
    expect(stateFiles(store).map((name) => name.slice(0, 16))).toEqual(['after-2016-09-26', 'after-2016-09-27']);
  });
});

describe('a store that is killed', () => {
  test('answers the same again, from the file it had written', async () => {
    const dataDir = tempDir();
    prepareRun(dataDir);
    const bars = walk(1, OPEN, 120, 5);
    const next = addDays(DATE, 3);
    const first = await startStoreProcess(dataDir);
    await first.client.registerInstruments(DATE, [listing('AAA')]);
    await first.client.append(
      makeBatch({ producerId: 'pipeline', epoch: 1, seq: 1, tradingDate: DATE }, { bars, absences: [] }),
    );
    const before = await first.client.indicatorStart(next);
    const folder = join(first.paths.hotDir, 'indicator-states');
    const files = readdirSync(folder);
    expect(files).toHaveLength(1);
    const written = statSync(join(folder, files[0]!)).mtimeMs;
    await first.kill();
    const second = await startStoreProcess(dataDir);
    const after = await second.client.indicatorStart(next);
    expect(after.memory).toEqual(before.memory);
    expect(stateOf(after, 1)).toEqual(stateAfter(bars));
    expect(statSync(join(folder, files[0]!)).mtimeMs).toBe(written);
    await second.stop();
  }, 30_000);
});
