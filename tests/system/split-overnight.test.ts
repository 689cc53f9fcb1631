import { afterEach, describe, expect, test } from '@jest/globals';
import { dataPaths, newBackfillJob, readBackfillJob, writeBackfillJob } from '@rtp/core';
import { Market, type OfficialBar } from '@rtp/exchange-simulator';
import { LiveRig } from '../pipeline/fixtures/live-rig.ts';
import { RealStore } from '../pipeline/fixtures/real-store.ts';
import { ask, storedBars } from './support/catalogue.ts';
import type { RecordedBar } from './support/recorded-bars.ts';

const [EARLIER, YESTERDAY, TODAY] = ['2026-11-18', '2026-11-19', '2026-11-20'] as const;
/** The first share of a generated day. */
const SPLIT = '360ONE';
const SPEED = 20;

let rig: LiveRig;
let store: RealStore;
afterEach(async () => {
  await rig.close();
  await store.stop();
}, 20_000);

/** Opens an exchange that has `TODAY` as its day, and the days before it as history. */
async function openExchange(): Promise<Market> {
  rig = await LiveRig.open({
    day: { generate: 3, date: TODAY },
    from: '00:00',
    speed: SPEED,
    history: true,
    simulator: { history_days: 6, faults: [{ name: 'split', symbols: [SPLIT], exDate: TODAY, ratio: 2 }] },
    openStore: async (opened) => {
      store = await new RealStore(opened).start();
      return store.client;
    },
  });
  return new Market(rig.day, rig.config.simulator);
}

type Prices = readonly number[];
const pricesOf = (bars: readonly (RecordedBar | OfficialBar)[]): readonly Prices[] =>
  bars.map(({ open, high, low, close, volume }) => [open, high, low, close, volume]);

const stored = async (date: string, symbol: string): Promise<readonly Prices[]> =>
  pricesOf(await storedBars(rig.dir, date, `symbol = '${symbol}'`));

describe('a share that splits between two days', () => {
  test('keeps its bars as traded; the adjustment is found before the open, and older days are stored on the same scale', async () => {
    const market = await openExchange();
    const symbols = rig.day.instruments.map(({ symbol }) => symbol);
    const traded = (date: string, symbol: string): readonly Prices[] =>
      pricesOf([...market.officialBars(symbol, date)]);
    await rig.startAt(YESTERDAY, '18:00');
    await rig.until('yesterday is sealed', () => rig.pipeline?.report().phase === 'done');
    for (const symbol of symbols) expect(await stored(YESTERDAY, symbol)).toEqual(traded(YESTERDAY, symbol));

    await rig.startAt(TODAY, '08:31');
    await rig.until("yesterday's daily candles", async () => {
      return (await store.client.dailyOfficial(YESTERDAY, YESTERDAY)).length === symbols.length;
    });
    const [adjustment, ...others] = await store.client.adjustments();
    expect(others).toEqual([]);
    expect(adjustment).toMatchObject({ exDate: TODAY, priceFactor: 0.5, volumeFactor: 2 });
    expect(rig.pipeline?.report().universeWarnings).toContainEqual(expect.stringContaining(`${SPLIT} had a split`));
    const official = await store.client.dailyOfficial(YESTERDAY, YESTERDAY);
    const splitDay = official.find(({ instrumentId }) => instrumentId === adjustment?.instrumentId);
    const day = market.officialDay(SPLIT, YESTERDAY) as OfficialBar;
    // The broker shows half the price in whole paise.
    expect(Math.abs((splitDay?.close ?? 0) - day.close)).toBeLessThan(0.011);
    expect(splitDay?.volume).toBe(day.volume);

    const paths = dataPaths(rig.dir);
    writeBackfillJob(paths, newBackfillJob(EARLIER, EARLIER, null, rig.clock.now()));
    await rig.until('the day before is filled', () => readBackfillJob(paths)?.state === 'done');
    for (const symbol of symbols) {
      const [bars, truth] = [await stored(EARLIER, symbol), traded(EARLIER, symbol)];
      expect(bars.length).toBe(truth.length);
      const furthest = Math.max(
        ...bars.flatMap((bar, row) => bar.map((value, column) => Math.abs(value - (truth[row]?.[column] ?? 0)))),
      );
      expect(furthest).toBeLessThan(symbol === SPLIT ? 0.011 : 1e-9);
      expect(await stored(YESTERDAY, symbol)).toEqual(traded(YESTERDAY, symbol));
    }
    await rig.stopPipeline();
    await store.stop();
    const ratios = await ask(
      rig.dir,
      `SELECT a.date::VARCHAR AS date, max(abs(a.close * 2 - b.close)) AS price, max(abs(a.volume - b.volume * 2)) AS volume
       FROM bars_adjusted a JOIN bars b USING (instrument_id, ts) WHERE a.symbol = '${SPLIT}' GROUP BY 1 ORDER BY 1`,
    );
    expect(ratios.map(({ date, price, volume }) => [date, Number(price) < 1e-9, Number(volume)])).toEqual([
      [EARLIER, true, 0],
      [YESTERDAY, true, 0],
    ]);
  }, 60_000);
});
