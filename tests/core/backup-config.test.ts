import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  atIst,
  backupConfig,
  type ConfigBackup,
  configSchema,
  dataPaths,
  parseJsonc,
  prepareDataDir,
  readConfigOrigin,
  writeConfigOrigin,
} from '@rtp/core';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-backup-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const NOON = atIst('2026-10-06', '12:00');

/** A copy made at `now` of a configuration file with that content. */
function backup(now: number, content = '{ "pipeline": { "backfill_days": 4 } }', kept = 3): ConfigBackup {
  const file = join(dir, 'mine.json');
  writeFileSync(file, content);
  const config = configSchema.parse(parseJsonc(content));
  return backupConfig({ paths: dataPaths(dir), config, configFile: file, now, kept });
}

describe('a copy of the configuration', () => {
  test('has the file as it is, the calendar, the universe and what is effective, for the owner alone', () => {
    const { outcome, dir: made } = backup(NOON, '{ /* why */ "pipeline": { "backfill_days": 4 } }');
    expect([outcome, made]).toEqual(['written', join(dir, 'backups/2026-10-06T12-00-00')]);
    expect(readdirSync(made).sort()).toEqual(['calendar.json', 'effective.json', 'mine.json', 'universe.csv']);
    expect(readFileSync(join(made, 'mine.json'), 'utf8')).toContain('/* why */');
    expect(parseJsonc(readFileSync(join(made, 'effective.json'), 'utf8'))).toMatchObject({
      pipeline: { backfill_days: 4 },
    });
    for (const name of readdirSync(made)) expect(statSync(join(made, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'backups')).mode & 0o777).toBe(0o700);
  });

  test('is not made again while nothing has changed', () => {
    const first = backup(NOON);
    expect(backup(NOON + 60_000)).toMatchObject({ outcome: 'unchanged', dir: first.dir });
    expect(backup(NOON + 120_000, '{}').outcome).toBe('written');
    // Changed back: the newest one differs.
    expect(backup(NOON + 180_000).outcome).toBe('written');
    expect(readdirSync(join(dir, 'backups'))).toHaveLength(3);
  });

  test('pushes the oldest out, and nothing that is none', () => {
    const dirs = [2, 3, 4, 5].map((days, index) =>
      backup(NOON + index * 1_000, `{ "pipeline": { "backfill_days": ${days} } }`),
    );
    writeFileSync(join(dir, 'backups/README'), 'mine');
    const last = backup(NOON + 4_000, '{}');
    expect(last.removed).toBe(1);
    expect(readdirSync(join(dir, 'backups')).sort()).toEqual(
      [...dirs.slice(2), last].map(({ dir: made }) => made.slice(-19)).concat('README'),
    );
  });

  test('has a name of its own when two are made in one second', () => {
    backup(NOON);
    expect(backup(NOON, '{}').dir).toBe(join(dir, 'backups/2026-10-06T12-00-00.2'));
  });
});

test('the file that a running configuration came from is noted for its processes', () => {
  const paths = dataPaths(dir);
  prepareDataDir(paths);
  expect(readConfigOrigin(paths)).toBeNull();
  writeConfigOrigin(paths, '/etc/rtp.json');
  expect(readConfigOrigin(paths)).toBe('/etc/rtp.json');
  writeConfigOrigin(paths, null);
  expect(readConfigOrigin(paths)).toBeNull();
});
