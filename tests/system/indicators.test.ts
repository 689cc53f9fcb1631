import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from '@jest/globals';
import { dataPaths, proofFile } from '@rtp/core';
import { askNumber } from './support/catalogue.ts';
import { cleanUp, eventually, newDataDir, rtp, startRtp } from './support/rtp.ts';

afterAll(cleanUp);

const DATE = '2016-09-30';
const DEMO = ['demo', '--from', '09:15', '--to', '10:15', '--speed', '480'];
const rowsOf = (dataDir: string): Promise<number> =>
  askNumber(dataDir, `SELECT count(*) FROM indicators WHERE date = '${DATE}'`);

/** Changes the sealed file of a stopped system: a value of one column, and three rows that go. */
async function tamper(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'history/indicators', `date=${DATE}`);
  const [name] = readdirSync(folder).filter((file) => file.startsWith('sealed-'));
  const file = join(folder, name as string);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE t AS SELECT *, row_number() OVER (ORDER BY instrument_id, ts) AS n FROM read_parquet('${file}')`,
  );
  await connection.run(`UPDATE t SET rsi_14 = rsi_14 + 0.02 WHERE n = 40`);
  chmodSync(file, 0o644);
  await connection.run(
    `COPY (SELECT * EXCLUDE (n) FROM t WHERE n NOT IN (100, 101, 500) ORDER BY n) TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
}

const proofOf = (dataDir: string): { verdict: string; generation: number } =>
  JSON.parse(readFileSync(proofFile(dataPaths(dataDir), DATE), 'utf8'));

describe('indicators of a day', () => {
  test('are proved at its end; damage is found, shown, repaired by an update and proved again by the system itself', async () => {
    const dataDir = newDataDir();
    const first = await rtp([...DEMO, '--until-close'], dataDir);
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stdout).toMatch(
      /^Indicators: \d+ columns of [\d,]+ bars stored; recomputed bar by bar; worst difference 0\.[0-5]\d of a quantum \(\w+\)\.$/m,
    );
    expect(proofOf(dataDir)).toMatchObject({ verdict: 'proved', generation: 1 });
    const rows = await rowsOf(dataDir);
    expect(rows).toBeGreaterThan(4_000);

    const whole = await rtp(['indicators', 'verify', '--json'], dataDir);
    expect(whole.exitCode).toBe(0);
    expect(JSON.parse(whole.stdout)).toMatchObject({ verdict: 'proved', whole: true, rows, missing: 0, surplus: 0 });
    expect(await rtp(['indicators', 'update'], dataDir)).toMatchObject({ exitCode: 3, stdout: '' });

    await tamper(dataDir);
    const damaged = await rtp(['indicators', 'verify'], dataDir);
    expect(damaged.exitCode).toBe(1);
    expect(damaged.stdout).toMatch(
      /NOT PROVED, RTP_INDICATORS_DIFFER: 3 of [\d,]+ bars have no row; 1 stored values are wrong \(rsi_14\)\.$/m,
    );
    expect(damaged.stdout).toMatch(/^ {2}rsi_14 +1 wrong, worst /m);

    const config = `${dataDir}.config.json`;
    writeFileSync(config, JSON.stringify({ monitor: { proof_interval_floor_ms: 100, proof_delay_floor_ms: 100 } }));
    const run = startRtp([...DEMO, '--config', config], dataDir);
    await run.printed(/Indicators NOT PROVED: 3 of [\d,]+ bars have no row/);
    await eventually('the status says what is wrong', async () => {
      const { exitCode, stdout } = await rtp(['status'], dataDir);
      return exitCode === 4 && /indicators NOT PROVED: 3 of/.test(stdout);
    });

    const update = await rtp(['indicators', 'update', '--json'], dataDir);
    const lines = update.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({ result: { dates: 1, resealed: 1 } });
    expect(await rowsOf(dataDir)).toBe(rows);
    expect(await rtp(['indicators', 'update'], dataDir)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('every row was right'),
    });
    await eventually('the system has proved the next generation by itself', () => {
      const { verdict, generation } = proofOf(dataDir);
      return verdict === 'proved' && generation === 2;
    });
    await eventually('the status is fine again', async () => (await rtp(['status'], dataDir)).exitCode === 0);
    run.signal('SIGINT');
    await run.finished;
  }, 240_000);

  test('nothing compared is no proof', async () => {
    const dataDir = newDataDir();
    const result = await rtp(['indicators', 'verify'], dataDir);
    expect([result.exitCode, result.stdout]).toEqual([64, '']);
    expect(result.stderr).toContain('RTP_CATALOGUE_MISSING');
    expect(existsSync(dataDir)).toBe(false);
  });
});
