import { afterEach, describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { dhanErrors } from '@rtp/dhan';
import { type BenchOptions, DayBench } from './fixtures/day-bench.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const DATE = '2026-11-20';
const ALL = [instrumentOf(1, 'TCS'), instrumentOf(2, 'INFY'), instrumentOf(3, 'ITC')];

let bench: DayBench;
afterEach(() => bench.stop());

function day(given: Partial<BenchOptions> = {}): DayBench {
  bench = new DayBench({
    date: DATE,
    from: '09:00',
    instruments: ALL,
    marketHours: { start: '09:15', end: '09:20' },
    ...given,
  });
  return bench;
}

test('the token is asked to live until the seal of the day', async () => {
  day({ from: '08:30' }).start();
  await bench.until('08:31');
  expect(bench.broker.tokenLives).toEqual([atIst(DATE, '18:00') - atIst(DATE, '08:30')]);
});

describe('the calls of the sweep', () => {
  test('are set aside when the instruments are known, and free again when the day is sealed', async () => {
    day({ pipeline: { sweep_reserve_calls: 3 } }).start();
    await bench.until('09:19');
    expect(bench.broker.sweepReserve).toBe(9);
    await bench.until('09:40');
    expect(bench.report.sealed).toBe(true);
    expect(bench.broker.sweepReserve).toBe(0);
  });
});

describe('what is odd about the universe', () => {
  test('is in the report, after a restart within the session too', async () => {
    day();
    bench.broker.master = bench.broker.master.map((row) => (row.symbol === 'ITC' ? { ...row, symbol: 'ITCL' } : row));
    bench.start();
    await bench.until('09:17');
    expect(bench.report.universeWarnings).toEqual(['ITC is now called ITCL']);
    await bench.kill();
    bench.start();
    await bench.until('09:18');
    expect(bench.broker.masterCalls).toBe(1);
    expect(bench.report.universeWarnings).toEqual(['ITC is now called ITCL']);
  });

  test('is told for twenty symbols, and the number of the others', async () => {
    day({ instruments: Array.from({ length: 25 }, (_, n) => instrumentOf(n + 1, `S${n}`)) });
    bench.broker.master = bench.broker.master.map((row) => ({ ...row, securityId: `${row.securityId}9` }));
    bench.start();
    await bench.until('09:14');
    expect(bench.report.universeWarnings).toHaveLength(21);
    expect(bench.report.universeWarnings.at(-1)).toBe('and 5 more, in the log');
  });
});

describe('a scrip master that is refused', () => {
  test('leaves the known instruments in use, and the report says why', async () => {
    day({ from: '09:12' });
    bench.store.plant(ALL);
    bench.broker.masterError = dhanErrors.create(
      'RTP_DHAN_SCRIP_MASTER_INVALID',
      'The scrip master has shrunk from 2000 to 900 rows.',
    );
    bench.start();
    await bench.until('09:17');
    expect(bench.report).toMatchObject({ symbols: 3, phase: 'session' });
    expect(bench.report.degraded).toContain('instruments of an earlier day');
    expect(bench.report.degraded).toContain('shrunk from 2000 to 900 rows');
  });
});

test('a data plan that is denied stops nothing that the feed can bring, and is an alarm', async () => {
  day();
  bench.broker.account = { ...bench.broker.account, planLapsedSince: atIst(DATE, '09:01') };
  bench.start();
  await bench.until('09:18');
  expect(bench.report.degraded).toContain("the broker denies the account's data plan since 09:01 IST");
  expect(bench.report.minutesSealed).toBeGreaterThan(0);
});
