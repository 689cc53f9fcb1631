import { expect } from '@jest/globals';
import { ask, askNumber, storedBars } from './catalogue.ts';
import type { RecordedBar } from './recorded-bars.ts';

const key = (bar: Pick<RecordedBar, 'symbol' | 'time'>): string => `${bar.symbol} ${bar.time}`;
const byKey = (a: RecordedBar, b: RecordedBar): number => (key(a) < key(b) ? -1 : 1);

/** Every recorded bar with volume is stored exactly, every other minute is an absence without trades, none twice. */
export async function expectDayStoredExactly(
  dataDir: string,
  date: string,
  recorded: readonly RecordedBar[],
): Promise<void> {
  const traded = recorded.filter((bar) => bar.volume > 0).toSorted(byKey);
  const quiet = recorded
    .filter((bar) => bar.volume === 0)
    .map(key)
    .toSorted();
  expect(traded.length).toBeGreaterThan(0);

  const stored = (await storedBars(dataDir, date)).toSorted(byKey);
  expect(stored.length).toBe(traded.length);
  expect(stored).toEqual(traded);

  const absences = await ask(
    dataDir,
    `SELECT symbol, strftime(ts AT TIME ZONE 'Asia/Kolkata', '%Y-%m-%dT%H:%M:%S') || '+05:30' AS time, reason
     FROM absences WHERE date = '${date}'`,
  );
  expect([...new Set(absences.map((row) => row.reason))]).toEqual(quiet.length > 0 ? ['no_trades'] : []);
  expect(absences.map((row) => `${row.symbol} ${row.time}`).toSorted()).toEqual(quiet);
  expect(
    await askNumber(
      dataDir,
      `SELECT count(*) FROM (SELECT 1 FROM bars WHERE date = '${date}' GROUP BY instrument_id, ts HAVING count(*) > 1)`,
    ),
  ).toBe(0);
}
