import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { askNumber } from './support/catalogue.ts';
import { expectDayStoredExactly } from './support/expect-day.ts';
import { recordedBars, SHIPPED_DAY } from './support/recorded-bars.ts';
import { cleanUp, newDataDir, rtp } from './support/rtp.ts';

afterAll(cleanUp);

const DATE = '2016-09-30';
const SESSION = ['--from', '11:00', '--to', '11:45'];

async function dayWithFaults(dataDir: string, faults: readonly object[]): Promise<void> {
  const config = `${dataDir}.json`;
  writeFileSync(config, JSON.stringify({ simulator: { faults } }));
  const result = await rtp(['demo', ...SESSION, '--speed', '120', '--until-close', '--config', config], dataDir);
  expect(result).toMatchObject({ exitCode: 0 });
}

describe('a broker that fails in one half', () => {
  test('charts that answer 500 until after the close: the feed carries the session, the sweep completes it', async () => {
    const dataDir = newDataDir();
    await dayWithFaults(dataDir, [{ name: 'charts_500', from: '00:00', to: '11:50' }]);
    await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE, '11:00', '11:45'));
    const live = await askNumber(
      dataDir,
      `SELECT count(DISTINCT (instrument_id, ts)) FROM bars_revisions WHERE date = '${DATE}' AND source = 'feed'`,
    );
    expect(live).toBeGreaterThan(3_000);
  }, 180_000);

  test('a feed that is refused all day: official candles carry the session', async () => {
    const dataDir = newDataDir();
    await dayWithFaults(dataDir, [{ name: 'feed_refused', from: '00:00', to: '23:59' }]);
    await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE, '11:00', '11:45'));
    expect(
      await askNumber(dataDir, `SELECT count(*) FROM bars_revisions WHERE date = '${DATE}' AND source = 'feed'`),
    ).toBe(0);
    const inSession = await askNumber(
      dataDir,
      `SELECT count(*) FROM bars_revisions WHERE date = '${DATE}' AND known_at < TIMESTAMPTZ '${DATE} 11:45:00+05:30'`,
    );
    expect(inSession).toBeGreaterThan(2_000);
  }, 180_000);
});
