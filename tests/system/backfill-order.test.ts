import { afterEach, describe, expect, test } from '@jest/globals';
import { dataPaths, newBackfillJob, readBackfillJob, writeBackfillJob } from '@rtp/core';
import { Market } from '@rtp/exchange-simulator';
import { LiveRig } from '../pipeline/fixtures/live-rig.ts';
import { RealStore } from '../pipeline/fixtures/real-store.ts';
import { storedBars } from './support/catalogue.ts';

const TODAY = '2026-11-20';
/** The closing auction begins on 3 August. */
const OLDER = ['2026-07-31', '2026-08-03', '2026-08-04'];
const LATER = ['2026-08-05', '2026-08-06'];

let rig: LiveRig;
let store: RealStore;
afterEach(async () => {
  await rig.close();
  await store.stop();
}, 20_000);

async function backfill(dates: readonly string[], symbols: readonly string[] | null = null): Promise<void> {
  const paths = dataPaths(rig.dir);
  writeBackfillJob(paths, newBackfillJob(dates[0] as string, dates.at(-1) as string, symbols, rig.clock.now()));
  await rig.until(`${dates} filled`, () => readBackfillJob(paths)?.state === 'done');
}

const generations = async (dates: readonly string[]): Promise<readonly unknown[]> =>
  Promise.all(dates.map(async (date) => (await store.client.receipt(date))?.generation));

describe('history that is not filled in order', () => {
  test('takes more symbols on sealed dates, keeps the hours of each date, and settles the dates behind once', async () => {
    rig = await LiveRig.open({
      day: { generate: 2, date: TODAY },
      from: '04:00',
      speed: 20,
      history: true,
      simulator: { history_days: 80 },
      openStore: async (opened) => {
        store = await new RealStore(opened).start();
        return store.client;
      },
    });
    await rig.startAt(TODAY, '04:00');
    const instruments = rig.day.instruments;
    const auction = instruments.find((instrument) => instrument.isClosingAuctionShare);
    expect(auction).toBeDefined();

    await backfill(LATER, ['NIFTY']);
    expect(await generations(LATER)).toEqual([1, 1]);
    await backfill(LATER);
    const before = (await generations(LATER)) as readonly number[];
    expect(Math.min(...before)).toBeGreaterThan(1);
    await backfill(OLDER);
    await rig.until('the later dates are settled', async () => {
      const now = (await generations(LATER)) as readonly number[];
      return now.every((generation, index) => generation > (before[index] as number));
    });
    await backfill([...OLDER, ...LATER]);
    expect(await generations(OLDER)).toEqual([1, 1, 1]);
    expect(await generations(LATER)).toEqual(before.map((generation) => generation + 1));

    await rig.stopPipeline();
    await store.stop();
    const market = new Market(rig.day, rig.config.simulator);
    for (const date of [...OLDER, ...LATER]) {
      const stored = Map.groupBy(await storedBars(rig.dir, date), ({ symbol }) => symbol);
      for (const { symbol } of instruments) {
        const official = [...market.officialBars(symbol, date)];
        expect([date, symbol, stored.get(symbol)?.length]).toEqual([date, symbol, official.length]);
        expect(stored.get(symbol)?.map(({ close }) => close)).toEqual(official.map(({ close }) => close));
      }
    }
    const lastMinute = (date: string): Promise<string> =>
      storedBars(rig.dir, date, `symbol = '${auction?.symbol}'`).then((bars) => bars.at(-1)?.time.slice(11, 16) ?? '');
    expect([await lastMinute('2026-07-31'), await lastMinute('2026-08-03')]).toEqual(['15:29', '15:14']);
  }, 90_000);
});
