import { afterEach, describe, expect, test } from '@jest/globals';
import { anchorNow, atIst, type Bar, istTimeOf } from '@rtp/core';
import { LiveRig } from '../pipeline/fixtures/live-rig.ts';
import { MemoryStore } from '../pipeline/fixtures/memory-store.ts';

const DATE = '2026-11-20';
/** Silence is noticed as soon as it is on a market of that speed. */
const FLOORS = { feed_stall_floor_ms: 40, quote_update_floor_ms: 10 };

let rig: LiveRig;
let store: MemoryStore;
afterEach(() => rig.close());

interface Market {
  readonly symbols: number;
  /** IST, where the clock starts and stands until all is prepared, and where it goes on. */
  readonly from: string;
  readonly goOn: string;
  readonly end: string;
  readonly speed: number;
  readonly faults: readonly unknown[];
}

/** A market from 09:15 to `end`, prepared. */
async function openMarket({ symbols, from, goOn, end, speed, faults }: Market): Promise<void> {
  rig = await LiveRig.open({
    day: { generate: symbols, seed: 1, date: DATE },
    from,
    speed: 1,
    pipeline: { market_hours: { start: '09:15', end }, sweep_delay_ms: 60_000, ...FLOORS },
    simulator: { faults },
    // Back-off is real time: on a fast market the usual one would outlast the fault.
    broker: { feed_reconnect_min_ms: 10, feed_reconnect_max_ms: 50 },
    openStore: async ({ clock, calendar }) => {
      store = new MemoryStore(clock, calendar);
      return store;
    },
  });
  rig.start();
  await rig.until('preparation', () => rig.isPrepared());
  rig.clock.reanchor(anchorNow(atIst(DATE, goOn), speed));
}

const untilMarket = (time: string) => rig.until(`market ${time}`, () => rig.clock.now() >= atIst(DATE, time));

/** The first bar of every (instrument, minute): what a reader saw before anything was corrected. */
function firstSeen(): readonly Bar[] {
  const first = new Map<string, Bar>();
  for (const bar of store.batches.flatMap(({ bars }) => bars)) {
    const key = `${bar.instrumentId}:${bar.ts}`;
    if (!first.has(key)) first.set(key, bar);
  }
  return [...first.values()];
}

/** Minute to how many of its bars came first as `feed`, `quote`, `partial` or `chart`. */
function madeOf(bars: readonly Bar[]): Map<string, Record<string, number>> {
  const made = new Map<string, Record<string, number>>();
  for (const bar of bars) {
    const minute = istTimeOf(bar.ts).slice(0, 5);
    const counts = made.get(minute) ?? { feed: 0, quote: 0, partial: 0, chart: 0 };
    const kind = bar.partial ? 'partial' : bar.source;
    counts[kind] = (counts[kind] ?? 0) + 1;
    made.set(minute, counts);
  }
  return made;
}

/** Official bars with volume of the minutes acquired. */
function official(end: string): Map<string, number> {
  const volumes = new Map<string, number>();
  for (const { symbol, firstRow, endRow } of rig.day.instruments) {
    for (let row = firstRow; row < endRow; row += 1) {
      const ts = rig.day.bars.ts[row] as number;
      const { volume } = rig.day.bar(row);
      if (ts >= atIst(DATE, '09:15') && ts < atIst(DATE, end) && volume > 0) volumes.set(`${symbol}:${ts}`, volume);
    }
  }
  return volumes;
}

async function volumesOf(bars: readonly Bar[]): Promise<Map<string, number>> {
  const symbols = new Map((await store.instruments(DATE)).map(({ instrumentId, symbol }) => [instrumentId, symbol]));
  return new Map(
    bars.filter(({ volume }) => volume > 0).map((bar) => [`${symbols.get(bar.instrumentId)}:${bar.ts}`, bar.volume]),
  );
}

describe('a feed that fails on the real wire', () => {
  test('seven minutes of silence are bridged by quotes: every minute is seen, at worst the first two not whole', async () => {
    await openMarket({
      symbols: 100,
      from: '09:14',
      goOn: '09:14:40',
      end: '09:28',
      speed: 60,
      faults: [{ name: 'feed_silent', from: '09:17:05', to: '09:24:05' }],
    });
    await untilMarket('09:22');
    expect(rig.pipeline?.report()).toMatchObject({ source: 'quote' });
    await untilMarket('09:27:30');
    expect(rig.pipeline?.report()).toMatchObject({ source: 'feed', degraded: '' });
    await rig.until('the last minute', () => rig.pipeline?.report().lastSealedMinute === atIst(DATE, '09:27'));
    const bars = firstSeen();
    const made = madeOf(bars);
    for (const minute of ['09:15', '09:16']) expect([minute, made.get(minute)?.feed]).toEqual([minute, 101]);
    for (const minute of ['09:19', '09:20', '09:21', '09:22', '09:23']) {
      expect([minute, made.get(minute)]).toMatchObject([minute, { feed: 0, partial: 0 }]);
    }
    const truth = official('09:28');
    const seen = await volumesOf(bars);
    expect([...truth.keys()].filter((key) => !seen.has(key))).toEqual([]);
    // Quotes see to which minute a trade belongs but for the last seconds of each.
    const within = [...truth].filter(
      ([key]) => made.get(istTimeOf(Number(key.split(':')[1])).slice(0, 5))?.partial === 0,
    );
    const total = within.reduce((sum, [, volume]) => sum + volume, 0);
    const off = within.reduce((sum, [key, volume]) => sum + Math.abs(volume - (seen.get(key) ?? 0)), 0);
    expect(off / total).toBeLessThan(0.15);
    await rig.until('the seal', () => rig.pipeline?.report().sealed === true);
    const stored = await volumesOf((await store.instruments(DATE)).flatMap(({ symbol }) => store.barsOf(DATE, symbol)));
    expect(stored).toEqual(truth);
  }, 60_000);

  test('a start without a feed shows 500 symbols from quotes within half a minute, and breaks no limit', async () => {
    await openMarket({
      symbols: 500,
      from: '09:16',
      goOn: '09:16:30',
      end: '09:20',
      speed: 20,
      faults: [{ name: 'feed_refused' }],
    });
    await untilMarket('09:18:10');
    // Whole, so everything was known before the minute began.
    expect(madeOf(firstSeen()).get('09:17')).toMatchObject({ quote: 501, feed: 0, partial: 0 });
    expect(rig.pipeline?.report()).toMatchObject({ source: 'quote', rateLimited: 0 });
    expect(rig.simulator.state()).toMatchObject({ quoteLimitBreaches: 0, rateLimited: 0 });
  }, 60_000);
});
