import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { BAD_DAY } from '@rtp/exchange-simulator';
import { expectDayStoredExactly } from '../system/support/expect-day.ts';
import { fixture, recordedBars, SHIPPED_DAY, UNSEEN_DAY } from '../system/support/recorded-bars.ts';
import { cleanUp, killComponent, newDataDir, rtp, rtpDone, startRtp } from '../system/support/rtp.ts';

afterAll(cleanUp);

const DATE = '2016-09-30';
const WHOLE_DAY = ['demo', '--date', DATE, '--until-close'];

async function dayWithFaults(faults: readonly object[]): Promise<void> {
  const dataDir = newDataDir();
  const config = `${dataDir}.json`;
  writeFileSync(config, JSON.stringify({ simulator: { faults } }));
  const result = await rtp([...WHOLE_DAY, '--speed', '300', '--config', config], dataDir);
  expect(result).toMatchObject({ exitCode: 0 });
  await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE));
}

describe('whole days', () => {
  test.each([60, 600])(
    'at speed %i the same bars are stored',
    async (speed) => {
      const dataDir = newDataDir();
      await rtpDone([...WHOLE_DAY, '--speed', String(speed)], dataDir);
      await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE));
    },
    900_000,
  );

  test('a day from a compressed CSV', async () => {
    const dataDir = newDataDir();
    const args = ['demo', '--bars', fixture(UNSEEN_DAY), '--speed', '600', '--until-close'];
    await rtpDone(args, dataDir);
    await expectDayStoredExactly(dataDir, '2020-02-28', recordedBars(UNSEEN_DAY, '2020-02-28'));
  }, 180_000);

  test(
    'charts that answer 500 until the close',
    () => dayWithFaults([{ name: 'charts_500', from: '00:00', to: '15:30' }]),
    400_000,
  );

  test(
    'a feed that is refused all day',
    () => dayWithFaults([{ name: 'feed_refused', from: '00:00', to: '23:59' }]),
    600_000,
  );

  test('the bad day the broker is known for, 100 symbols', async () => {
    const dataDir = newDataDir();
    const config = `${dataDir}.json`;
    writeFileSync(config, JSON.stringify({ simulator: { faults: BAD_DAY } }));
    const args = ['demo', '--symbols', '100', '--seed', '3', '--until-close', '--speed', '60', '--config', config];
    // The demo itself compares every stored bar with what was traded.
    await rtpDone(args, dataDir);
  }, 900_000);

  test('twenty kills of every child in turn', async () => {
    const dataDir = newDataDir();
    const config = `${dataDir}.json`;
    // Kills come faster than any process could prove itself stable.
    writeFileSync(config, JSON.stringify({ supervision: { stable_ms: 500, failure_limit: 20 } }));
    const run = startRtp([...WHOLE_DAY, '--speed', '120', '--config', config], dataDir);
    const children = ['pipeline', 'store', 'scheduler', 'monitor', 'simulator'];
    for (let kill = 0; kill < 20; kill += 1) {
      const minute = 9 * 60 + 25 + kill * 18;
      const hour = String(Math.floor(minute / 60)).padStart(2, '0');
      await run.printed(new RegExp(`newest ${hour}:${String(minute % 60).padStart(2, '0')[0]}\\d`), 120_000);
      killComponent(dataDir, children[(kill * 7) % children.length] as string);
    }
    expect(await run.finished).toMatchObject({ exitCode: 0 });
    await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE));
  }, 900_000);
});
