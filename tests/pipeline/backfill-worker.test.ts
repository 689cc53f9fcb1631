import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  atIst,
  type BackfillJob,
  DAY_MS,
  newBackfillJob,
  readBackfillJob,
  realDelay,
  writeBackfillJob,
} from '@rtp/core';
import { makeBatch } from '@rtp/store-client';
import { DayBench } from './fixtures/day-bench.ts';
import { instrumentOf } from './fixtures/instruments.ts';
import type { TapeMinute } from './fixtures/market-tape.ts';

const THURSDAY = '2026-11-19';
const FRIDAY = '2026-11-20';
const SATURDAY = '2026-11-21';
const SUNDAY = '2026-11-22';
const INSTRUMENTS = [instrumentOf(1, 'ABC'), instrumentOf(2, 'DEF'), instrumentOf(3, 'NIFTY', { class: 'index' })];

let bench: DayBench;
afterEach(() => bench.stop());

function weekend(pipeline: Record<string, unknown> = {}): DayBench {
  bench = new DayBench({
    date: FRIDAY,
    from: '09:00',
    instruments: INSTRUMENTS,
    pipeline: { backfill_look_ms: 1, backfill_in_flight: 1, ...pipeline },
  });
  return bench;
}

function ask(symbols: readonly string[] | null = null): BackfillJob {
  const job = newBackfillJob(FRIDAY, FRIDAY, symbols, bench.clock.now());
  writeBackfillJob(bench, job);
  return job;
}

const job = (): BackfillJob | null => readBackfillJob(bench);

/** Cranks the market a second at a time until `holds`: the worker looks at its file in real time. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !holds(); turn += 1) {
    await bench.clock.advance(1_000);
    await realDelay(1);
  }
  expect(holds()).toBe(true);
}

const callsOf = (priority: string): readonly string[] =>
  bench.broker.chartCalls.filter((call) => call.priority === priority).map(({ securityId }) => securityId);

/** Files of answers on disk. */
function spooled(): readonly string[] {
  const root = join(bench.jobsDir, 'spool');
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** Stores one minute of Friday, which owes all others from then on. */
async function openFriday(): Promise<void> {
  bench.store.plant(INSTRUMENTS);
  const first = bench.tapes.get('ABC')?.minutes[0] as TapeMinute;
  const bars = [
    { instrumentId: 1, ...first, source: 'chart', state: 'reconciled', partial: false, knownAt: 0 } as const,
  ];
  await bench.store.append(makeBatch({ producerId: 'test', epoch: 0, seq: 1, tradingDate: FRIDAY }, { bars }));
}

/** A backfill of Thursday and Friday, older than the pipeline looks for by itself, whose first seal never comes back. */
async function twoDaysUnderWay(): Promise<BackfillJob> {
  await weekend({ backfill_days: 0 }).clock.advanceTo(atIst(SATURDAY, '10:00'));
  for (const { minutes } of bench.tapes.values()) {
    minutes.unshift(...minutes.map((minute) => ({ ...minute, ts: minute.ts - DAY_MS })));
  }
  const seal = bench.store.seal.bind(bench.store);
  let isAsked = false;
  bench.store.seal = (date) => {
    expect(date).toBe(THURSDAY);
    bench.store.seal = seal;
    isAsked = true;
    return new Promise(() => {});
  };
  const asked = newBackfillJob(THURSDAY, FRIDAY, null, bench.clock.now());
  writeBackfillJob(bench, asked);
  bench.start();
  await until(() => isAsked);
  expect((await bench.store.dates()).map(({ state }) => state)).toEqual(['open', 'open']);
  return asked;
}

describe('a backfill that was asked for', () => {
  test('is carried out on a Saturday, one call an instrument, and sealed', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    ask();
    bench.start();
    expect(bench.report.phase).not.toBe('done');
    await until(() => job()?.state === 'done');
    expect(job()?.note).toBe('1 day of 3 symbols');
    expect(callsOf('backfill').toSorted()).toEqual(INSTRUMENTS.map(({ securityId }) => securityId).toSorted());
    for (const { symbol } of INSTRUMENTS) expect(bench.storedOf(symbol)).toEqual(bench.officialOf(symbol));
    expect(bench.store.seals.map(({ date, force }) => [date, force])).toEqual([[FRIDAY, false]]);
    expect(bench.report).toMatchObject({
      phase: 'done',
      backfill: { state: 'done', callsDone: 3, daysDone: 1, endsAt: null },
    });
    expect(existsSync(join(bench.jobsDir, 'spool', job()?.id ?? ''))).toBe(false);
  });

  test('is noticed by a pipeline that has nothing else to do', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.start();
    await until(() => bench.report.phase === 'done');
    ask(['DEF']);
    await until(() => job()?.state === 'done');
    expect(bench.storedOf('DEF')).toEqual(bench.officialOf('DEF'));
    expect(bench.storedOf('ABC')).toEqual([]);
    ask(['DEF']);
    await until(() => job()?.state === 'done');
    expect([job()?.note, callsOf('backfill').length]).toEqual(['every date was complete', 1]);
  });

  test('finds that the exchange was closed on a date, after asking twice and looking at daily candles', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.charts = () => 'empty';
    bench.broker.dailyDates = () => ['2026-11-18', '2026-11-19'];
    ask();
    bench.start();
    await until(() => job()?.state === 'done');
    expect(job()?.note).toBe('1 day of 3 symbols');
    expect(callsOf('backfill')).toHaveLength(6);
    for (const { symbol } of INSTRUMENTS) {
      expect(new Set(bench.store.absencesOf(FRIDAY, symbol).values())).toEqual(new Set(['closed']));
    }
  });

  test('records what the broker lacks, and says so', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.charts = (_now, { securityId }) => (securityId === INSTRUMENTS[0]?.securityId ? 'empty' : 'answer');
    bench.broker.dailyDates = () => [FRIDAY];
    ask();
    bench.start();
    await until(() => job()?.state === 'done');
    expect(job()?.note).toBe('1 day of 3 symbols, 1 of them with minutes that the broker lacks');
    expect(new Set(bench.store.absencesOf(FRIDAY, 'ABC').values())).toEqual(new Set(['unknown']));
    expect(bench.store.seals.map(({ force }) => force)).toEqual([false, true]);
  });

  test('of dates beside stored ones that charts read on another scale is stored on theirs', async () => {
    await weekend({ backfill_days: 0 }).clock.advanceTo(atIst(SATURDAY, '10:00'));
    // ABC was stored on Thursday as traded; since then one share has become two, and charts read all of it halved.
    const halved = (bench.tapes.get('ABC')?.minutes ?? []).map((minute) => ({ ...minute, ts: minute.ts - DAY_MS }));
    bench.tapes.get('ABC')?.minutes.unshift(...halved);
    bench.store.plant(INSTRUMENTS);
    const bars = halved.map(({ ts, open, high, low, close, volume }) => ({
      ...{ instrumentId: 1, ts, open: 2 * open, high: 2 * high, low: 2 * low, close: 2 * close, volume: volume / 2 },
      ...({ source: 'chart', state: 'reconciled', partial: false, knownAt: 0 } as const),
    }));
    await bench.store.append(makeBatch({ producerId: 'test', epoch: 1, seq: 1, tradingDate: THURSDAY }, { bars }));
    ask(['ABC', 'DEF']);
    bench.start();
    await until(() => job()?.state === 'done');
    expect(await bench.store.adjustments()).toEqual([
      { instrumentId: 1, exDate: SATURDAY, priceFactor: 0.5, volumeFactor: 2, knownAt: expect.any(Number) },
    ]);
    const traded = bench.officialOf('ABC').slice(halved.length);
    expect(bench.storedOf('ABC')).toEqual(
      traded.map(([ts, open, high, low, close, volume]) => [
        ...[ts, 2 * open!, 2 * high!, 2 * low!, 2 * close!],
        Math.round(volume! / 2),
      ]),
    );
    expect(bench.storedOf('DEF')).toEqual(bench.officialOf('DEF'));
    // One call for each of the two; and two for the day that is compared, before and after the change is known.
    expect(callsOf('backfill').toSorted()).toEqual(['1001', '1001', '1001', '1002']);
  });

  test('ends as failed when the broker has nothing at all, and says of whom', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.charts = () => 'empty';
    ask();
    bench.start();
    await until(() => job()?.state === 'failed');
    expect(job()?.note).toBe(
      '1 day of 3 symbols, 1 of them without anything stored; no candle came of NIFTY, ABC, DEF',
    );
    expect(bench.store.batches).toEqual([]);
  });

  test('names a symbol of which the broker has nothing at all', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.charts = (_now, { securityId }) => (securityId === INSTRUMENTS[1]?.securityId ? 'empty' : 'answer');
    ask();
    bench.start();
    await until(() => job()?.state === 'done');
    expect(job()?.note).toBe('1 day of 3 symbols; no candle came of DEF');
  });

  test('does not name a symbol that was listed after the first of several windows', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.charts = (_now, { securityId, to }) =>
      securityId === INSTRUMENTS[1]?.securityId && to < FRIDAY ? 'empty' : 'answer';
    bench.broker.dailyDates = ({ to }) => (to < FRIDAY ? [] : [FRIDAY]);
    const asked = newBackfillJob('2026-08-20', FRIDAY, ['DEF'], bench.clock.now());
    writeBackfillJob(bench, asked);
    bench.start();
    await until(() => job()?.state === 'done');
    expect(job()?.note).toMatch(/^\d+ days of 1 symbol, \d+ of them without anything stored$/);
    expect(bench.storedOf('DEF')).toEqual(bench.officialOf('DEF'));
  });

  test('waits for room on a full disk, with what it has gathered', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    const register = bench.store.registerInstruments.bind(bench.store);
    bench.store.registerInstruments = () => {
      if (bench.clock.now() > atIst(SATURDAY, '10:05')) bench.store.registerInstruments = register;
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    ask();
    bench.start();
    await until(() => bench.report.backfill?.note.includes('ENOSPC') === true);
    await until(() => job()?.state === 'done');
    expect(callsOf('backfill')).toHaveLength(INSTRUMENTS.length);
    for (const { symbol } of INSTRUMENTS) expect(bench.storedOf(symbol)).toEqual(bench.officialOf(symbol));
  });

  test('asks again for what a bad disk has spoilt', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    const register = bench.store.registerInstruments.bind(bench.store);
    bench.store.registerInstruments = (date, listings) => {
      bench.store.registerInstruments = register;
      const [file] = spooled().filter((path) => path.includes('1002')) as [string];
      const bytes = readFileSync(file);
      bytes[bytes.length - 50] = (bytes[bytes.length - 50] as number) ^ 1;
      writeFileSync(file, bytes);
      return register(date, listings);
    };
    ask();
    bench.start();
    await until(() => job()?.state === 'done');
    for (const { symbol } of INSTRUMENTS) expect(bench.storedOf(symbol)).toEqual(bench.officialOf(symbol));
    expect(callsOf('backfill').toSorted()).toEqual(['1001', '1002', '1002', '1003']);
    expect(bench.warnings).toContain('backfill broken off, tried again');
  });

  test('compares a sealed date of which nothing was ever official', async () => {
    await weekend({ backfill_days: 0 }).clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.store.plant(INSTRUMENTS);
    const bars = INSTRUMENTS.flatMap(({ instrumentId, symbol }) =>
      (bench.tapes.get(symbol)?.minutes ?? []).map((minute) => ({
        ...{ ...minute, high: minute.high - 0.5, instrumentId },
        ...({ source: 'feed', state: 'provisional', partial: false, knownAt: 0 } as const),
      })),
    );
    await bench.store.append(makeBatch({ producerId: 'test', epoch: 0, seq: 1, tradingDate: FRIDAY }, { bars }));
    await bench.store.seal(FRIDAY);
    ask();
    bench.start();
    await until(() => job()?.state === 'done');
    for (const { symbol } of INSTRUMENTS) expect(bench.storedOf(symbol)).toEqual(bench.officialOf(symbol));
    ask();
    await until(() => job()?.state === 'done');
    expect(job()?.note).toBe('every date was complete');
  });

  test('for symbols outside the universe fails and names them', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    ask(['ABC', 'XYZ']);
    bench.start();
    await until(() => job()?.state === 'failed');
    expect(job()?.note).toContain('Not in the universe: XYZ.');
    expect(bench.broker.chartCalls).toEqual([]);
  });

  test('goes on tomorrow when the calls of the day are used up', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '23:50'));
    bench.broker.charts = (now) =>
      bench.broker.chartCalls.length > 1 && now < atIst(SUNDAY, '00:00') ? 'capped' : 'answer';
    ask();
    bench.start();
    await until(() => bench.report.backfill?.note.includes("the day's calls are used up") === true);
    expect(bench.report.backfill).toMatchObject({ state: 'running', callsDone: 1, callsTotal: 3 });
    await until(() => job()?.state === 'done');
    expect(bench.clock.now()).toBeGreaterThan(atIst(SUNDAY, '00:00'));
    expect(new Set(callsOf('backfill')).size).toBe(3);
  });

  test('waits while the broker fails, and says so', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.charts = (now) => (now < atIst(SATURDAY, '10:03') ? 'limited' : 'answer');
    ask();
    bench.start();
    await until(() => bench.report.backfill?.note.includes('RTP_DHAN_RATE_LIMITED') === true);
    await until(() => job()?.state === 'done');
    for (const { symbol } of INSTRUMENTS) expect(bench.storedOf(symbol)).toEqual(bench.officialOf(symbol));
  });

  test('ends as failed, and names it, when the broker refuses one instrument again and again', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.charts = (_now, { securityId }) => (securityId === INSTRUMENTS[1]?.securityId ? 'fail' : 'answer');
    ask();
    bench.start();
    await until(() => job()?.state === 'failed');
    expect(job()?.note).toContain('the broker refused DEF');
    expect(bench.storedOf('ABC')).toEqual(bench.officialOf('ABC'));
    await until(() => spooled().length === 0);
  });

  test('that fails leaves what it lacks of recent days to the pipeline', async () => {
    await weekend({ backfill_days: 1 }).clock.advanceTo(atIst(SATURDAY, '10:00'));
    await openFriday();
    bench.broker.charts = (_now, { securityId }) =>
      securityId === INSTRUMENTS[1]?.securityId && job()?.state !== 'failed' ? 'fail' : 'answer';
    ask();
    bench.start();
    await until(() => job()?.state === 'failed');
    await until(() => bench.storedOf('DEF').length > 1);
    await until(() => bench.report.phase === 'done');
    for (const { symbol } of INSTRUMENTS) expect(bench.storedOf(symbol)).toEqual(bench.officialOf(symbol));
    expect((await bench.store.coverage(FRIDAY)).state).toBe('sealed');
  });

  test('of some symbols does not keep the pipeline from what the others lack', async () => {
    await weekend({ backfill_days: 1 }).clock.advanceTo(atIst(SATURDAY, '10:00'));
    await openFriday();
    bench.broker.charts = (_now, { securityId, priority }) =>
      securityId === INSTRUMENTS[0]?.securityId && priority === 'backfill' ? 'limited' : 'answer';
    ask(['ABC']);
    bench.start();
    await until(() => bench.storedOf('DEF').length > 1);
    expect(bench.storedOf('DEF')).toEqual(bench.officialOf('DEF'));
    expect(job()?.state).toBe('running');
  });

  test('is ended when it is given up, and what it gathered removed', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.charts = () => 'limited';
    const asked = ask();
    bench.start();
    await until(() => bench.broker.chartCalls.length > 0);
    writeBackfillJob(bench, { ...asked, state: 'cancelled' });
    await until(() => bench.report.backfill?.state === 'cancelled');
    await until(() => bench.report.phase === 'done');
    expect(job()?.state).toBe('cancelled');
    expect(existsSync(join(bench.jobsDir, 'spool', asked.id))).toBe(false);
  });

  test('leaves no date open when it is given up with two dates under way', async () => {
    const asked = await twoDaysUnderWay();
    writeBackfillJob(bench, { ...asked, state: 'cancelled' });
    await until(() => bench.report.backfill?.state === 'cancelled');
    await until(() => bench.store.seals.length > 0);
    await until(() => bench.report.phase === 'done');
    expect((await bench.store.dates()).map(({ state }) => state)).toEqual(['sealed', 'sealed']);
    expect(spooled()).toEqual([]);
  });

  test('leaves no date open when it is given up while the pipeline is down, and nothing on disk', async () => {
    const asked = await twoDaysUnderWay();
    await bench.kill();
    writeBackfillJob(bench, { ...asked, state: 'cancelled' });
    expect(spooled()).not.toEqual([]);
    bench.start();
    await until(() => bench.report.phase === 'done');
    expect((await bench.store.dates()).map(({ state }) => state)).toEqual(['sealed', 'sealed']);
    await until(() => spooled().length === 0);
  });

  test('goes on after a kill where it was', async () => {
    await weekend().clock.advanceTo(atIst(SATURDAY, '10:00'));
    bench.broker.chartAnswerMs = 3_000;
    ask();
    bench.start();
    await until(() => bench.report.backfill?.callsDone === 2);
    await bench.kill();
    expect(job()?.state).toBe('running');
    const before = bench.broker.chartCalls.length;
    bench.start();
    await until(() => job()?.state === 'done');
    expect(bench.broker.chartCalls.length - before).toBeLessThanOrEqual(1);
    for (const { symbol } of INSTRUMENTS) expect(bench.storedOf(symbol)).toEqual(bench.officialOf(symbol));
  });
});
