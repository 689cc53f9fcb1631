import { afterAll, expect, test } from '@jest/globals';
import { askNumber } from './support/catalogue.ts';
import { expectDayStoredExactly } from './support/expect-day.ts';
import { startReaders } from './support/readers.ts';
import { recordedBars, SHIPPED_DAY } from './support/recorded-bars.ts';
import { cleanUp, eventually, isAlive, killComponent, newDataDir, pidOf, startRtp } from './support/rtp.ts';

afterAll(cleanUp);

const DATE = '2016-09-30';

test('a recorded day with three readers and a kill of each child ends complete, exact and readable throughout', async () => {
  const dataDir = newDataDir();
  const run = startRtp(['demo', '--speed', '300', '--until-close'], dataDir);
  await run.printed(/newest 09:1[5-9]/);
  const readers = startReaders(3, dataDir, DATE);

  const kills: readonly (readonly [component: string, at: RegExp])[] = [
    ['pipeline', /newest 10:[3-5]\d/],
    ['store', /newest 11:[3-5]\d/],
    ['scheduler', /newest 12:[3-5]\d/],
    ['monitor', /newest 13:[3-5]\d/],
  ];
  for (const [component, at] of kills) {
    await run.printed(at);
    const killed = killComponent(dataDir, component);
    await eventually(
      `${component} is back`,
      () => {
        const pid = pidOf(dataDir, component);
        return pid !== null && pid !== killed && isAlive(pid);
      },
      5_000,
    );
  }

  const { exitCode, stdout, stderr } = await run.finished;
  const reports = await readers.stop();
  expect({ exitCode, stderr, tail: stdout.slice(-2_000) }).toMatchObject({ exitCode: 0 });
  expect(stdout).toMatch(/sealed 2016-09-30/i);

  for (const report of reports) {
    expect(report.problems).toEqual([]);
    expect(report.queries).toBeGreaterThan(20);
  }
  await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE));
  expect(await askNumber(dataDir, `SELECT count(*) FROM bars WHERE date = '${DATE}' AND state <> 'reconciled'`)).toBe(
    0,
  );
  expect(
    await askNumber(dataDir, `SELECT count(*) - count(DISTINCT commit_seq) FROM commits WHERE date = '${DATE}'`),
  ).toBe(0);
}, 240_000);
