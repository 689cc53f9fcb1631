import { afterAll, describe, expect, test } from '@jest/globals';
import { askNumber } from './support/catalogue.ts';
import { expectDayStoredExactly } from './support/expect-day.ts';
import { recordedBars, SHIPPED_DAY } from './support/recorded-bars.ts';
import { cleanUp, eventually, isAlive, killComponent, newDataDir, pidOf, rtp, startRtp } from './support/rtp.ts';

afterAll(cleanUp);

const DATE = '2016-09-30';
const COMPONENTS = ['simulator', 'store', 'scheduler', 'monitor', 'pipeline'];

describe('kill -9', () => {
  test('of the manager: no child survives ten seconds, and the next start resumes and completes the day', async () => {
    const dataDir = newDataDir();
    const args = ['demo', '--from', '13:00', '--to', '13:45', '--speed', '120', '--until-close'];
    const first = startRtp(args, dataDir);
    await first.printed(/newest 13:1\d/);
    const pids = COMPONENTS.map((component) => pidOf(dataDir, component) ?? 0);
    expect(pids.every((pid) => pid > 0 && isAlive(pid))).toBe(true);
    killComponent(dataDir, 'system-manager');
    await eventually('no child survives', () => pids.every((pid) => !isAlive(pid)), 10_000);
    const before = await askNumber(dataDir, `SELECT max(commit_seq) FROM commits`);

    const second = await rtp(args, dataDir);
    expect([second.exitCode, second.exitCode === 0 ? '' : second.stdout.slice(-2_000)]).toEqual([0, '']);
    expect(second.stdout).toContain('goes on where it was left');
    await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE, '13:00', '13:45'));
    expect(await askNumber(dataDir, `SELECT min(n) FROM (SELECT count(*) AS n FROM commits GROUP BY commit_seq)`)).toBe(
      1,
    );
    expect(await askNumber(dataDir, `SELECT max(commit_seq) FROM commits`)).toBeGreaterThan(before);
  }, 180_000);
});
