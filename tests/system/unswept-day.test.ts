import { afterEach, describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { Market } from '@rtp/exchange-simulator';
import { LiveRig } from '../pipeline/fixtures/live-rig.ts';
import { RealStore } from '../pipeline/fixtures/real-store.ts';
import { ask, storedBars } from './support/catalogue.ts';

const FRIDAY = '2026-11-20';
const SATURDAY = '2026-11-21';
const SHARES = 5;
const SPEED = 60;

let rig: LiveRig;
let store: RealStore;
afterEach(async () => {
  await rig.close();
  await store.stop();
}, 20_000);

describe('a day whose pipeline ended before its sweep', () => {
  test('is swept and sealed by the next start: every bar official, the minutes before it tracked among them', async () => {
    rig = await LiveRig.open({
      day: { generate: SHARES, date: FRIDAY },
      from: '00:00',
      speed: SPEED,
      history: true,
      openStore: async (opened) => {
        store = await new RealStore(opened).start();
        return store.client;
      },
    });
    await rig.startAt(FRIDAY, '15:27');
    await rig.until('the close', () => rig.clock.now() >= atIst(FRIDAY, '15:31'));
    await rig.stopPipeline();
    const before = await store.client.coverage(FRIDAY);
    expect(before).toMatchObject({ state: 'open', instruments: { length: SHARES + 1 } });

    await rig.startAt(SATURDAY, '10:00');
    await rig.until('the sweep of the day', () => rig.pipeline?.report().phase === 'done', 300_000);
    expect(await store.client.receipt(FRIDAY)).toMatchObject({ complete: true, unknown: 0, generation: 1 });
    await rig.stopPipeline();
    await store.stop();
    const market = new Market(rig.day, rig.config.simulator);
    const stored = Map.groupBy(await storedBars(rig.dir, FRIDAY), ({ symbol }) => symbol);
    expect(stored.size).toBe(SHARES + 1);
    for (const { symbol } of rig.day.instruments) {
      const official = [...market.officialBars(symbol, FRIDAY)];
      const bars = stored.get(symbol) ?? [];
      expect([symbol, bars.length]).toEqual([symbol, official.length]);
      expect(bars).toMatchObject(
        official.map(({ open, high, low, close, volume }) => ({ open, high, low, close, volume })),
      );
    }
    const states = await ask(
      rig.dir,
      `SELECT state, count(*)::INTEGER AS bars FROM bars WHERE date = '${FRIDAY}' GROUP BY 1`,
    );
    expect(states.map(({ state }) => state)).toEqual(['reconciled']);
  }, 330_000);
});
