import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ask } from '../system/support/catalogue.ts';
import { expectDayStoredExactly } from '../system/support/expect-day.ts';
import { type RecordedBar, recordedBars, SHIPPED_DAY } from '../system/support/recorded-bars.ts';
import { cleanUp, newDataDir, rtpDone } from '../system/support/rtp.ts';

const DATE = '2016-09-30';
const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

describe('bars built from the live feed alone, before any official candle', () => {
  const official = new Map<string, RecordedBar>();
  const live = new Map<string, RecordedBar>();
  let dataDir = '';

  beforeAll(async () => {
    dataDir = newDataDir();
    const config = `${dataDir}.json`;
    // The sweep follows at once: what it brings is not looked at before the end.
    writeFileSync(config, JSON.stringify({ pipeline: { sweep_delay_ms: 60_000 } }));
    const args = ['demo', '--from', '09:15', '--to', '10:00', '--speed', '60', '--until-close', '--config', config];
    await rtpDone(args, dataDir);
    for (const bar of recordedBars(SHIPPED_DAY, DATE, '09:15', '10:00')) {
      if (bar.volume > 0) official.set(`${bar.symbol} ${bar.time}`, bar);
    }
    const rows = await ask(
      dataDir,
      `SELECT symbol, strftime(ts AT TIME ZONE 'Asia/Kolkata', '%Y-%m-%dT%H:%M:%S') || '+05:30' AS time,
              open, high, low, close, volume::DOUBLE AS volume
       FROM bars_revisions WHERE date = '${DATE}' AND source = 'feed' ORDER BY revision`,
    );
    for (const row of rows as unknown as readonly RecordedBar[]) live.set(`${row.symbol} ${row.time}`, row);
  }, 150_000);

  afterAll(cleanUp);

  test('at least 99.9 % of the minutes that traded have one', () => {
    const caught = [...official.keys()].filter((key) => live.has(key)).length;
    expect(official.size).toBeGreaterThan(3_000);
    expect(caught / official.size).toBeGreaterThanOrEqual(0.999);
    expect([...live.keys()].filter((key) => !official.has(key))).toEqual([]);
  });

  test('no high is above and no low below the official one', () => {
    const outside = [...live].filter(([key, bar]) => {
      const truth = official.get(key);
      return truth === undefined || bar.high > truth.high || bar.low < truth.low;
    });
    expect(outside).toEqual([]);
  });

  test("each symbol's volumes add up to its cumulative volume", () => {
    const sum = (bars: Iterable<RecordedBar>): Record<string, number> => {
      const total: Record<string, number> = {};
      for (const bar of bars) total[bar.symbol] = (total[bar.symbol] ?? 0) + bar.volume;
      return total;
    };
    expect(sum(live.values())).toEqual(sum(official.values()));
  });

  test('some fields differ from the official candle, as on the real feed', () => {
    const differing: Record<string, number> = {};
    for (const [key, bar] of live) {
      for (const field of FIELDS)
        if (bar[field] !== official.get(key)?.[field]) differing[field] = (differing[field] ?? 0) + 1;
    }
    process.stdout.write(`live bars ${live.size}, differing fields ${JSON.stringify(differing)}\n`);
    expect((differing.high ?? 0) + (differing.low ?? 0)).toBeGreaterThan(0);
    expect(differing.high ?? 0).toBeLessThan(live.size / 2);
  });

  test('and the official candles then replace what differs', async () => {
    await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE, '09:15', '10:00'));
  });
});
