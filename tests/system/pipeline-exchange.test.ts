import { afterEach, describe, expect, test } from '@jest/globals';
import { anchorNow, atIst, dataPaths, istTimeOf, MINUTE_MS } from '@rtp/core';
import { type MarketBar, openMarketData } from '@rtp/store-client';
import { LiveRig, type RigOptions } from '../pipeline/fixtures/live-rig.ts';
import { RealStore } from '../pipeline/fixtures/real-store.ts';

const SPEED = 120;
const DATE = '2016-09-30';
/** Six minutes of the recorded day, swept one minute after. */
const MARKET_HOURS = { start: '09:15', end: '09:21' };
const MINUTES = 6;

let rig: LiveRig;
let store: RealStore;
let isOpen = false;
afterEach(async () => {
  if (!isOpen) return;
  isOpen = false;
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
  isOpen = true;
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
    await openRig({ pipeline: { market_hours: MARKET_HOURS, sweep_delay_ms: 5 * MINUTE_MS } });
    await startMarket(isSubscribed);
    await rig.until('the last minute', () => rig.pipeline?.report().minutesSealed === MINUTES);
    expect(rig.pipeline?.report()).toMatchObject({ errors: 0, corrections: 0 });
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
    expect(bars).toBeGreaterThan(450);
    await untilSealed();
    await expectWholeDay();
    expect(rig.pipeline?.report().corrections).toBeGreaterThan(0);
    expect(rig.simulator.state()).toMatchObject({ chartCalls: 83, rateLimited: 0, socketsAccepted: 1 });
  }, 60_000);

  test('a pipeline and a store that go away within the session: nothing is lost, and the day ends the same', async () => {
    await openRig();
    await startMarket(isSubscribed);
    await untilMarket('09:16:20');
    await rig.stopPipeline();
    await untilMarket('09:17:10');
    rig.start();
    await untilMarket('09:18:20');
    await store.stop();
    await rig.until('the store is missed', () => rig.pipeline?.report().degraded.includes('store') === true);
    await store.start();
    await untilSealed();
    await expectWholeDay();
    expect(istTimeOf(rig.pipeline?.report().lastSealedMinute ?? 0)).toBe('09:20:00');
    // For each symbol: what was missed before the restart, the partial minute after it, the sweep.
    expect(rig.simulator.state().chartCalls).toBeLessThanOrEqual(83 * 3);
  }, 60_000);
});
