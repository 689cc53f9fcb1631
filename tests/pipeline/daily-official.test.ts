import { beforeEach, describe, expect, test } from '@jest/globals';
import { atIst, configSchema, type Instrument, loadCalendar, ManualClock, silentLogger } from '@rtp/core';
import { dhanErrors } from '@rtp/dhan';
import { makeBatch } from '@rtp/store-client';
import { DailyOfficialDesk } from '../../packages/pipeline/src/backfill/daily-official.ts';
import type { DayDependencies } from '../../packages/pipeline/src/day/dependencies.ts';
import { Gauges } from '../../packages/pipeline/src/day/gauges.ts';
import { BrokerDouble } from './fixtures/broker-double.ts';
import { instrumentOf } from './fixtures/instruments.ts';
import { MemoryStore } from './fixtures/memory-store.ts';

const [WEDNESDAY, THURSDAY, FRIDAY] = ['2026-11-18', '2026-11-19', '2026-11-20'] as const;
const calendar = loadCalendar({ file: 'config/calendar.json' });
const instruments = Array.from({ length: 8 }, (_, index) => instrumentOf(index + 1, `S${index + 1}`));
const signal = new AbortController().signal;

let clock: ManualClock;
let store: MemoryStore;
let broker: BrokerDouble;
/** Whose daily candles were asked for, and from when on. */
let asked: string[];

beforeEach(() => {
  clock = new ManualClock(atIst(FRIDAY, '08:40'));
  store = new MemoryStore(clock, calendar);
  broker = new BrokerDouble(clock, []);
  store.plant(instruments);
  asked = [];
  broker.dailyDates = ({ securityId, from, to }) => {
    asked.push(`${securityId} ${from}`);
    return [WEDNESDAY, THURSDAY].filter((date) => from <= date && date <= to);
  };
});

function deskOf(pipeline: Record<string, unknown> = {}): DailyOfficialDesk {
  const config = configSchema.parse({ pipeline: { backfill_in_flight: 1, ...pipeline } });
  const dependencies = {
    config,
    clock,
    calendar,
    logger: silentLogger,
    store,
    client: broker.client(),
    gauges: new Gauges(),
  } as Partial<DayDependencies> as DayDependencies;
  const history = { jobsDir: '', storedMinutes: async (symbol: string, date: string) => store.barsOf(date, symbol) };
  return new DailyOfficialDesk(dependencies, history, FRIDAY);
}

/** A day that the store holds one bar of, for each instrument. */
async function hold(date: string, of: readonly Instrument[] = instruments): Promise<void> {
  const rows = of.map(({ instrumentId }) => ({
    instrumentId,
    ts: atIst(date, '15:29'),
    open: 100,
    high: 100,
    low: 100,
    close: 100,
    volume: 10,
    source: 'chart' as const,
    state: 'reconciled' as const,
    partial: false,
    knownAt: 0,
  }));
  await store.append(makeBatch({ producerId: 'test', epoch: 1, seq: 1, tradingDate: date }, { bars: rows }));
}

const stored = async (): Promise<readonly string[]> =>
  (await store.dailyOfficial(WEDNESDAY, THURSDAY))
    .map(({ instrumentId, date }) => `${instrumentId} ${date}`)
    .toSorted();

describe("yesterday's official candles", () => {
  test('are brought for the instruments that traded, one call each, and not asked for again', async () => {
    await hold(THURSDAY, instruments.slice(0, 3));
    const desk = deskOf();
    await desk.bring(instruments, signal);
    expect(asked).toEqual(['1001 2026-11-09', '1002 2026-11-09', '1003 2026-11-09']);
    expect(await stored()).toEqual([`1 ${THURSDAY}`, `2 ${THURSDAY}`, `3 ${THURSDAY}`]);
    await desk.bring(instruments, signal);
    await deskOf().bring(instruments, signal);
    expect(asked).toHaveLength(3);
  });

  test('bring the days since the newest one stored with them', async () => {
    await hold(WEDNESDAY);
    await hold(THURSDAY, instruments.slice(0, 1));
    const row = { open: 100, high: 100, low: 100, close: 100, volume: 1_000, knownAt: 0 };
    await store.recordDailyOfficial([{ ...row, instrumentId: 1, date: '2026-11-17' }]);
    await deskOf().bring(instruments, signal);
    expect(asked).toEqual(['1001 2026-11-07']);
    expect(await stored()).toEqual([`1 ${WEDNESDAY}`, `1 ${THURSDAY}`]);
  });

  test('are not asked for where nothing is stored of that day, nor when they are not wanted', async () => {
    await hold(WEDNESDAY);
    await deskOf().bring(instruments, signal);
    await hold(THURSDAY);
    await deskOf({ daily_official: false }).bring(instruments, signal);
    expect(asked).toEqual([]);
  });

  test('are asked for when minutes are about to be, whatever day is stored last; who could not be answered for is not returned', async () => {
    await hold(WEDNESDAY, instruments.slice(0, 1));
    const desk = deskOf();
    const [first, second, third] = instruments as [Instrument, Instrument, Instrument];
    expect(await desk.check([first, second], signal)).toEqual([first, second]);
    expect(asked).toEqual(['1001 2026-11-08', '1002 2026-11-08']);
    broker.dailyDates = () => {
      throw dhanErrors.create('RTP_DHAN_SERVER', 'no');
    };
    expect(await desk.check([first, third], signal)).toEqual([first]);
    broker.dailyDates = () => {
      throw dhanErrors.create('RTP_DHAN_BAD_REQUEST', 'an id that no longer exists');
    };
    expect(await desk.check([third], signal)).toEqual([third]);
    expect(await deskOf({ daily_official: false }).check(instruments, signal)).toEqual(instruments);
  });

  test('that have come when the open is near are stored, the others brought later', async () => {
    await hold(THURSDAY);
    const timeUp = new AbortController();
    const answer = broker.dailyDates;
    broker.dailyDates = (request) => {
      if (asked.length === 4) timeUp.abort(new Error('the open is near'));
      timeUp.signal.throwIfAborted();
      return answer(request);
    };
    const desk = deskOf();
    await expect(desk.bring(instruments, timeUp.signal)).rejects.toThrow('the open is near');
    expect(await stored()).toHaveLength(4);
    broker.dailyDates = answer;
    await desk.bring(instruments, signal);
    expect(await stored()).toHaveLength(8);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test.each([
    ['RTP_DHAN_SERVER', 5],
    ['RTP_DHAN_DAY_CAP_REACHED', 1],
  ] as const)('are left for later when calls fail with %s', async (code, calls) => {
    await hold(THURSDAY);
    broker.dailyDates = ({ securityId }) => {
      asked.push(securityId);
      throw dhanErrors.create(code, 'no');
    };
    await deskOf().bring(instruments, signal);
    expect(asked).toHaveLength(calls);
    expect(await stored()).toEqual([]);
  });
});
