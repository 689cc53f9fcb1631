import { afterAll, expect, test } from '@jest/globals';
import { ask } from '../system/support/catalogue.ts';
import { recordedBars, SHIPPED_DAY } from '../system/support/recorded-bars.ts';
import { cleanUp, eventually, isAlive, killComponent, newDataDir, pidOf, startRtp } from '../system/support/rtp.ts';

afterAll(cleanUp);

const DATE = '2016-09-30';

test('a pipeline killed at speed 1 is back in five seconds, and no live volume exceeds what was traded', async () => {
  const dataDir = newDataDir();
  const run = startRtp(['demo', '--from', '13:00', '--to', '13:45', '--speed', '1'], dataDir);
  await run.printed(/newest 13:00/, 240_000);
  const killed = killComponent(dataDir, 'pipeline');
  await eventually(
    'the pipeline is back',
    () => {
      const pid = pidOf(dataDir, 'pipeline');
      return pid !== null && pid !== killed && isAlive(pid);
    },
    5_000,
  );
  await run.printed(/newest 13:02/, 240_000);
  run.signal('SIGTERM');
  await run.finished;

  const official = new Map(
    recordedBars(SHIPPED_DAY, DATE, '13:00', '13:04').map((bar) => [`${bar.symbol} ${bar.time}`, bar.volume]),
  );
  const live = await ask(
    dataDir,
    `SELECT symbol || ' ' || strftime(ts AT TIME ZONE 'Asia/Kolkata', '%Y-%m-%dT%H:%M:%S') || '+05:30' AS minute,
            volume::DOUBLE AS volume FROM bars_revisions WHERE source = 'feed'`,
  );
  expect(live.length).toBeGreaterThan(80);
  expect(live.filter((row) => Number(row.volume) > (official.get(String(row.minute)) ?? 0))).toEqual([]);
}, 600_000);
