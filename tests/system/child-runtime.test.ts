import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  anchorNow,
  atIst,
  type DataPaths,
  dataPaths,
  defaultConfig,
  IPC_VERSION,
  monotonicMs,
  prepareDataDir,
  type RtpConfig,
  realDelay,
  type SystemStatus,
} from '@rtp/core';
import { execaNode } from 'execa';
import { type Child, startChild } from '../core/support/child.ts';

const QUICK = { heartbeat_interval_ms: 50, stop_timeout_ms: 1_500, orphan_exit_ms: 1_000 };

let paths: DataPaths;
beforeEach(() => {
  paths = dataPaths(mkdtempSync(join(tmpdir(), 'rtp-child-')));
  prepareDataDir(paths);
  writeConfig({});
});
afterEach(() => rmSync(paths.dataDir, { recursive: true, force: true }));

function writeConfig(supervision: Partial<RtpConfig['supervision']>): void {
  const config = defaultConfig();
  const resolved = { ...config, supervision: { ...config.supervision, ...QUICK, ...supervision } };
  writeFileSync(paths.resolvedConfigFile, JSON.stringify(resolved));
}

const programOf = (name: string): string => new URL(`../core/fixtures/children/${name}.ts`, import.meta.url).pathname;

/** Starts a fixture program of the run folder at hand. */
function start(name: string, env: Record<string, string> = {}, args = ['--data-dir', paths.dataDir]): Child {
  return startChild(programOf(name), args, env);
}

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}
function logLines(): LogLine[] {
  const file = join(paths.logsDir, 'pipeline_monitor.log');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LogLine);
}
const logged = (message: string): LogLine | undefined => logLines().find((line) => line.message === message);

/** Waits in small steps until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await realDelay(10);
}

describe('a child that serves', () => {
  test('says that it is ready with its first report, then beats with fresh ones', async () => {
    const child = start('serves');
    expect(await child.next('ready')).toMatchObject({ v: IPC_VERSION, report: { samples: 1 } });
    const first = await child.next('heartbeat');
    const second = await child.next('heartbeat');
    expect(first.rssBytes).toBeGreaterThan(10_000_000);
    expect(first.loopLagMs).toBeGreaterThanOrEqual(0);
    expect(second.progress).toBeGreaterThan(first.progress);
    expect((second.report as { samples: number }).samples).toBeGreaterThan(
      (first.report as { samples: number }).samples,
    );
    child.process.kill('SIGKILL');
    await child.end;
  });

  test('passes on what its component wants', async () => {
    const child = start('serves');
    const want = {
      v: IPC_VERSION,
      type: 'want',
      component: 'pipeline',
      wanted: 'up',
      reason: 'the market opens',
      actor: 'calendar',
    };
    expect(await child.next('want')).toEqual(want);
    child.process.kill('SIGKILL');
    await child.end;
  });

  test("stops on the manager's word, with its reason, and exits with 0", async () => {
    const child = start('serves');
    await child.next('ready');
    child.tell({ type: 'shutdown', reason: 'rtp stop', deadlineMs: 1_000 });
    expect((await child.end).exitCode).toBe(0);
    expect(logged('told to stop')).toMatchObject({ cause: 'shutdown', reason: 'rtp stop' });
    expect(logLines().at(-1)).toMatchObject({ message: 'stopped', exitCode: 0 });
  });

  test('stops once, however often it is told', async () => {
    const child = start('serves');
    await child.next('ready');
    child.process.kill('SIGTERM');
    child.process.kill('SIGTERM');
    child.tell({ type: 'shutdown', reason: 'again', deadlineMs: 1_000 });
    expect((await child.end).exitCode).toBe(0);
    expect(logLines().filter(({ message }) => message === 'told to stop')).toHaveLength(1);
  });

  test('stops on SIGTERM and ignores the SIGINT that a terminal sends to all', async () => {
    const child = start('serves');
    await child.next('ready');
    child.process.kill('SIGINT');
    await child.next('heartbeat');
    child.process.kill('SIGTERM');
    expect((await child.end).exitCode).toBe(0);
    expect(logged('told to stop')).toMatchObject({ cause: 'signal' });
  });

  test('stops as an orphan when the channel closes', async () => {
    const child = start('serves');
    await child.next('ready');
    child.process.disconnect();
    expect((await child.end).exitCode).toBe(0);
    expect(logged('told to stop')).toMatchObject({ cause: 'orphaned' });
  });

  test('is gone soon after its manager was killed', async () => {
    const manager = execaNode(programOf('manager'), [programOf('serves'), paths.dataDir], {
      nodeOptions: [],
      reject: false,
    });
    const [line] = await manager
      .iterable()
      [Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [String(value)]);
    const pid = Number(line);
    manager.kill('SIGKILL');
    await until(() => !existsSync(`/proc/${pid}`));
    expect(logged('told to stop')).toMatchObject({ cause: 'orphaned' });
  });

  test('hears of the whole system and of a new clock', async () => {
    writeFileSync(paths.clockAnchorFile, JSON.stringify(anchorNow(atIst('2016-09-30', '09:15'), 60)));
    const child = start('serves');
    const { report } = await child.next('ready');
    const shown = (report as { lastSampleAt: number }).lastSampleAt;
    expect(shown).toBeGreaterThanOrEqual(atIst('2016-09-30', '09:15'));
    expect(shown).toBeLessThan(atIst('2016-09-30', '12:00'));

    const status: SystemStatus = {
      at: 1,
      startedAt: 77,
      source: 'simulator',
      dataDir: paths.dataDir,
      managerPid: 1,
      speed: 60,
      components: [],
    };
    child.tell({ type: 'system', status });
    child.tell({ type: 'clock', anchor: anchorNow(atIst('2016-09-30', '15:00'), 1) });
    await child.next('heartbeat');
    const latest = (await child.next('heartbeat')).report as { lastSampleAt: number; errors: number };
    expect(latest.errors).toBe(77);
    expect(latest.lastSampleAt).toBeGreaterThanOrEqual(atIst('2016-09-30', '15:00'));
    child.process.kill('SIGKILL');
    await child.end;
  });

  test("ends with 0 when its work is done, with its error's code when it cannot be done", async () => {
    expect((await start('finishes').end).exitCode).toBe(0);
    const failed = await start('finishes', { FAILS: 'yes' }).end;
    expect(failed.exitCode).toBe(75);
    expect(failed.stderr).toMatch(/^RTP_STARTUP_TIMEOUT: It took too long\.\nRead its log/);
  });
});

describe('a child in trouble', () => {
  test("that cannot start exits with its error's code and says code, words and fix, without secrets", async () => {
    const { exitCode, stderr } = await start('refuses-to-start', { DHAN_API_TOKEN: 'canary-0815' }).end;
    expect(exitCode).toBe(78);
    expect(stderr).toBe(
      'RTP_DATA_DIR_OTHER_SOURCE: Stamped by another ([redacted]).\n' +
        'Use another --data-dir for this source; market data of two sources never mix.',
    );
    expect(logLines().some(({ code }) => code === 'RTP_DATA_DIR_OTHER_SOURCE')).toBe(true);
    expect(JSON.stringify(logLines())).not.toContain('canary-0815');
  });

  test('that meets the unexpected ends with 1 and a stack in its log', async () => {
    const { exitCode, stderr } = await start('breaks-later').end;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('nobody expected this');
    expect(String(logged('nobody expected this')?.stack)).toContain('breaks-later.ts');
  });

  test('that is sent what the contract does not allow ends with 75', async () => {
    const child = start('serves');
    await child.next('ready');
    child.tell({ type: 'gossip' });
    const { exitCode, stderr } = await child.end;
    expect(exitCode).toBe(75);
    expect(stderr).toMatch(/^RTP_IPC_MESSAGE_INVALID/);
  });

  test('whose stop never ends is ended at the deadline it was given', async () => {
    const child = start('never-stops');
    await child.next('ready');
    const told = monotonicMs();
    child.tell({ type: 'shutdown', reason: 'test', deadlineMs: 300 });
    expect((await child.end).exitCode).toBe(1);
    expect(monotonicMs() - told).toBeGreaterThanOrEqual(290);
  });

  test('whose stop never ends does not outlive a dead manager', async () => {
    writeConfig({ stop_timeout_ms: 600_000, orphan_exit_ms: 300 });
    const child = start('never-stops');
    await child.next('ready');
    child.process.kill('SIGTERM');
    child.process.disconnect();
    expect((await child.end).exitCode).toBe(1);
  });

  test('told to stop while it starts ends with 0 and no error', async () => {
    const child = start('never-ready');
    await until(() => logged('starting') !== undefined);
    child.process.kill('SIGTERM');
    const { exitCode, stderr } = await child.end;
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(logLines().filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('orphaned while it starts ends by itself', async () => {
    const child = start('never-ready');
    await until(() => logged('starting') !== undefined);
    child.process.disconnect();
    expect((await child.end).exitCode).toBe(0);
  });

  test.each<[string, () => void, RegExp]>([
    [
      'without a resolved configuration',
      () => rmSync(paths.resolvedConfigFile),
      /RTP_CONFIG_UNREADABLE: .*config\.json cannot be read/,
    ],
    ['with a broken configuration', () => writeFileSync(paths.resolvedConfigFile, '{'), /RTP_CONFIG_UNREADABLE/],
    [
      'with a configuration of another version',
      () => writeFileSync(paths.resolvedConfigFile, '{"old": 1}'),
      /RTP_CONFIG_UNREADABLE[\s\S]*old/,
    ],
    ['with a broken clock', () => writeFileSync(paths.clockAnchorFile, '{}'), /RTP_CONFIG_UNREADABLE: .*clock\.json/],
    ['with a broken overlay', () => writeFileSync(paths.calendarOverlayFile, '{}'), /RTP_CALENDAR_INVALID/],
  ])('%s exits with 78 and says so', async (_what, damage, words) => {
    damage();
    const { exitCode, stderr } = await start('serves').end;
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(words);
  });

  test('started by hand exits with 78 and says how it is started', async () => {
    const { exitCode, stderr } = await start('serves', {}, []).end;
    expect(exitCode).toBe(78);
    expect(stderr).toContain('rtp start');
  });
});
