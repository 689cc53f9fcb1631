import { describe, expect, test } from '@jest/globals';
import { dataPaths, defaultConfig } from '@rtp/core';
import { longestStopMs } from '../../packages/system-manager/src/system/time-limits.ts';
import { type UnitFileOptions, unitFile } from '../../packages/system-manager/src/systemd/unit-file.ts';

const unit = (options: Partial<UnitFileOptions> = {}): string =>
  unitFile({
    config: defaultConfig(),
    paths: dataPaths('/srv/rtp'),
    configFile: null,
    forUser: false,
    userName: 'rtp',
    stateDir: '/home/rtp/.local/state/rtp',
    ...options,
  });

const settingOf = (text: string, key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1];

describe('a unit file', () => {
  test('starts and reloads this installation by absolute paths, and never tries again what no restart mends', () => {
    const text = unit({ configFile: '/etc/rtp/config.json' });
    expect(settingOf(text, 'ExecStart')).toMatch(
      /^\/.*\/bin\/rtp start --data-dir \/srv\/rtp --config \/etc\/rtp\/config\.json$/,
    );
    expect(settingOf(text, 'ExecReload')).toMatch(/^\/.*\/bin\/rtp reload --data-dir \/srv\/rtp --config/);
    expect(settingOf(text, 'Type')).toBe('notify');
    expect(settingOf(text, 'Restart')).toBe('on-failure');
    expect(settingOf(text, 'RestartPreventExitStatus')).toBe('64 77 78');
    expect(settingOf(text, 'User')).toBe('rtp');
  });

  test('gives a stop more time than all the limits of the configuration take together', () => {
    const config = defaultConfig();
    const patient = { ...config, supervision: { ...config.supervision, store_stop_timeout_ms: 300_000 } };
    for (const each of [config, patient]) {
      const seconds = Number(settingOf(unit({ config: each }), 'TimeoutStopSec'));
      expect(seconds * 1_000).toBeGreaterThan(longestStopMs(each.supervision));
    }
    expect(longestStopMs(patient.supervision)).toBe(330_000);
  });

  test('lets the system write where it keeps things, and compile', () => {
    const text = unit();
    expect(settingOf(text, 'ProtectSystem')).toBe('strict');
    expect(settingOf(text, 'ReadWritePaths')?.split(' ')).toEqual(
      expect.arrayContaining(['-/srv/rtp', '-/home/rtp/.local/state/rtp']),
    );
    expect(text).not.toMatch(/^MemoryDenyWriteExecute=/m);
  });

  test('keeps the temporary directory in common where the sockets are there', () => {
    const long = unit({ paths: dataPaths(`/srv/${'x'.repeat(120)}`) });
    expect(settingOf(unit(), 'PrivateTmp')).toBe('yes');
    expect(settingOf(long, 'PrivateTmp')).toBeUndefined();
  });

  test("names a file of secrets and has none; the user's own needs no privileges", () => {
    const text = unit({ forUser: true });
    expect(settingOf(text, 'EnvironmentFile')).toBe('-%h/.config/rtp/credentials.env');
    expect(text).not.toMatch(/^(User|ProtectSystem|ReadWritePaths)=/m);
    expect(settingOf(text, 'WantedBy')).toBe('default.target');
  });

  test('quotes what systemd would expand or split', () => {
    const text = unit({ paths: dataPaths('/srv/my data/100%/$x') });
    expect(settingOf(text, 'ExecStart')).toContain('"/srv/my data/100%%/$$x"');
    expect(settingOf(text, 'ReadWritePaths')).toContain('"-/srv/my data/100%%/$x"');
  });
});
