import { afterEach, describe, expect, test } from '@jest/globals';
import { anchorNow, atIst, dataPaths, istTimeOf, MINUTE_MS } from '@rtp/core';
import { type MarketBar, openMarketData } from '@rtp/store-client';
import { LiveRig, type RigOptions } from './fixtures/live-rig.ts';
import { RealStore } from './fixtures/real-store.ts';

const SPEED = 200;
const DATE = '2016-09-30';
/** Eight minutes of the recorded day, swept one minute after. */
const MARKET_HOURS = { start: '09:15', end: '09:23' };
const MINUTES = 8;

let rig: LiveRig;
let store: RealStore;
afterEach(async () => {
  await rig.close();
  await store.stop();
}, 20_000);

async function openRig(given: Partial<RigOptions> = {}): Promise<void> {
  rig = await LiveRig.open({
    day: { shipped: DATE },
    from: '09:14',
    speed: 1,
    pipeline: { market_hours: MARKET_HOURS, sweep_delay_ms: 60_000 },
    openStore: async (opened) => {
      store = await new RealStore(opened).start();
      return store.client;
    },
    ...given,
  });
}

/** Starts the pipeline before the open, and the fast market once it is prepared: a busy machine takes what it needs. */
async function startMarket(isReady: () => boolean): Promise<void> {
  rig.start();
  await rig.until('preparation', () => rig.pipeline?.report().symbols === 83 && isReady());
  rig.clock.reanchor(anchorNow(atIst(DATE, '09:14:55'), SPEED));
}
const isSubscribed = (): boolean => rig.simulator.state().subscriptions === 83;

/** Recorded bars with volume of the minutes acquired, by symbol. */
function recorded(): Map<string, unknown[][]> {
  const [from, to] = [atIst(DATE, MARKET_HOURS.start), atIst(DATE, MARKET_HOURS.end)];
  return new Map(
    rig.day.instruments.map((instrument) => {
      const rows: unknown[][] = [];
      for (let row = instrument.firstRow; row < instrument.endRow; row += 1) {
        const ts = rig.day.bars.ts[row] as number;
        const { open, high, low, close, volume } = rig.day.bar(row);
        if (ts >= from && ts < to && volume > 0) rows.push([ts, open, high, low, close, volume]);
      }
      return [instrument.symbol, rows];
    }),
  );
}

async function stored(): Promise<Map<string, readonly MarketBar[]>> {
  const reader = await openMarketData(dataPaths(rig.dir));
  const bars = new Map<string, readonly MarketBar[]>();
  const read = rig.day.instruments.map(async ({ symbol }) => {
    bars.set(symbol, await reader.getMarketData(symbol, '1T', DATE, DATE));
  });
  await Promise.all(read);
  await reader.close();
  return bars;
}

const valuesOf = (bars: readonly MarketBar[] | undefined): unknown[][] =>
  (bars ?? []).map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume]);
const untilMarket = (time: string) => rig.until(`market ${time}`, () => rig.clock.now() >= atIst(DATE, time));
const untilSealed = () => rig.until('the seal', () => rig.pipeline?.report().sealed === true);

async function expectWholeDay(): Promise<void> {
  const found = await stored();
  for (const [symbol, rows] of recorded()) expect([symbol, valuesOf(found.get(symbol))]).toEqual([symbol, rows]);
  const coverage = await store.client.coverage(DATE);
  expect(coverage).toMatchObject({ state: 'sealed', complete: true, unknown: 0, expected: 83 * MINUTES });
  expect(coverage.bars + coverage.absences).toBe(coverage.expected);
}

describe('a market on the real wire, into the real store', () => {
  test('recorded minutes: exact volumes from the feed alone, then every bar as recorded', async () => {
    await openRig({ pipeline: { market_hours: MARKET_HOURS, sweep_delay_ms: 8 * MINUTE_MS } });
    await startMarket(isSubscribed);
    await untilMarket('09:24');
    expect(rig.pipeline?.report()).toMatchObject({ minutesSealed: MINUTES, errors: 0, corrections: 0 });
    const live = await stored();
    let bars = 0;
    for (const [symbol, rows] of recorded()) {
      const own = live.get(symbol) ?? [];
      bars += own.length;
      expect([symbol, own.map(({ time, volume }) => [time, volume])]).toEqual([
        symbol,
        rows.map(([ts, , , , , v]) => [ts, v]),
      ]);
      own.forEach((bar, index) => {
        const [, , high, low] = rows[index] as number[];
        expect(bar.high).toBeLessThanOrEqual(high as number);
        expect(bar.low).toBeGreaterThanOrEqual(low as number);
      });
    }
    expect(bars).toBeGreaterThan(600);
    await untilSealed();
    await expectWholeDay();
    expect(rig.pipeline?.report().corrections).toBeGreaterThan(0);
    expect(rig.simulator.state()).toMatchObject({ chartCalls: 83, rateLimited: 0, socketsAccepted: 1 });
  }, 60_000);

  test('with the feed refused, charts carry the minutes and the day ends the same', async () => {
    await openRig({ simulator: { faults: [{ name: 'feed_refused' }] } });
    await startMarket(() => true);
    await untilMarket('09:21');
    expect(rig.pipeline?.report()).toMatchObject({ source: 'chart' });
    expect(rig.pipeline?.report().barsWritten).toBeGreaterThan(83);
    await untilSealed();
    await expectWholeDay();
  }, 60_000);

  test('a pipeline stopped within the session resumes, repairs what it missed, and the day ends the same', async () => {
    await openRig();
    await startMarket(isSubscribed);
    await untilMarket('09:17:20');
    await rig.stopPipeline();
    await untilMarket('09:18:40');
    rig.start();
    await rig.until('repairs', async () => (rig.pipeline?.report().barsWritten ?? 0) > 83 * 4);
    await untilSealed();
    await expectWholeDay();
  }, 60_000);

  test('a store that goes away for minutes gets every batch once it is back', async () => {
    await openRig();
    await startMarket(isSubscribed);
    await untilMarket('09:17:10');
    const before = rig.pipeline?.report().lastSealedMinute ?? 0;
    await store.stop();
    await untilMarket('09:19:30');
    expect(rig.pipeline?.report().degraded).toContain('store');
    await store.start();
    await rig.until('the backlog', () => (rig.pipeline?.report().lastSealedMinute ?? 0) >= before + 3 * MINUTE_MS);
    await untilSealed();
    await expectWholeDay();
    expect(istTimeOf(rig.pipeline?.report().lastSealedMinute ?? 0)).toBe('09:22:00');
  }, 60_000);
});
