import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from '@jest/globals';
import { expectDayStoredExactly } from './support/expect-day.ts';
import { fixture, MUHURAT_DAYS, recordedBars, SHIPPED_DAY, UNSEEN_DAY } from './support/recorded-bars.ts';
import { cleanUp, newDataDir, rtp, rtpDone } from './support/rtp.ts';

afterAll(cleanUp);

describe('days other than the shipped one', () => {
  test('the Muhurat hour of 2025-10-21 is stored exactly', async () => {
    const dataDir = newDataDir();
    await rtpDone(['demo', '--date', '2025-10-21', '--speed', '600', '--until-close'], dataDir);
    const bars = recordedBars(MUHURAT_DAYS, '2025-10-21');
    expect(bars.length).toBe(300);
    await expectDayStoredExactly(dataDir, '2025-10-21', bars);
  }, 120_000);

  test('a compressed CSV that the repository has never seen is stored exactly', async () => {
    const dataDir = newDataDir();
    const args = ['demo', '--bars', fixture(UNSEEN_DAY), '--to', '09:45', '--speed', '600', '--until-close'];
    await rtpDone(args, dataDir);
    await expectDayStoredExactly(dataDir, '2020-02-28', recordedBars(UNSEEN_DAY, '2020-02-28', '09:15', '09:45'));
  }, 180_000);

  test('a Parquet file, and only a part of its day, is stored exactly; a second demo verifies it, a third names a damaged file; each ends', async () => {
    const dataDir = newDataDir();
    const parquet = `${dataDir}.parquet`;
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT * FROM read_csv('${fixture(SHIPPED_DAY)}', types = {'time': 'VARCHAR'})) TO '${parquet}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    const args = ['demo', '--bars', parquet, '--from', '14:00', '--to', '14:30', '--speed', '300', '--until-close'];
    await rtpDone(args, dataDir);
    await expectDayStoredExactly(dataDir, '2016-09-30', recordedBars(SHIPPED_DAY, '2016-09-30', '14:00', '14:30'));

    const again = await rtpDone(args, dataDir);
    expect(again.stdout).toContain('was sealed by an earlier run');
    expect(again.stdout).toContain('Verified: ');

    const folder = join(dataDir, 'history/bars/date=2016-09-30');
    const sealed = readdirSync(folder).filter((name) => name.startsWith('sealed-'));
    for (const name of sealed) writeFileSync(join(folder, name), 'no Parquet');
    const damaged = await rtp(args, dataDir);
    expect(damaged.exitCode).toBe(1);
    expect(damaged.stderr).toContain('RTP_STORE_QUERY_FAILED');
    expect(damaged.stderr).toContain(sealed[0]);
    expect(damaged.stdout).toContain('Stopped.');
  }, 120_000);
});
