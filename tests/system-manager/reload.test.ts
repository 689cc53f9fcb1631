import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { componentOf, realDelay } from '@rtp/core';
import { controlClient, type RunningSystem } from '@rtp/system-manager';
import { freePorts } from '../../packages/system-manager/src/system/free-ports.ts';
import { credentials, endSystems, quick, startFixtures, temporaryDir } from './support/systems.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

afterEach(endSystems);

const CLI = join(import.meta.dirname, '../../packages/system-manager/src/cli.ts');

interface Reloadable {
  readonly dir: string;
  readonly system: RunningSystem;
  readonly notices: string[];
  write(config: unknown): void;
  pidOf(component: 'store' | 'scheduler' | 'monitor' | 'pipeline'): number | null | undefined;
}

/** A system of fixtures with a configuration file of its own, which a test writes anew: text as it is, keys beside those of a test. */
async function started(): Promise<Reloadable> {
  const dir = temporaryDir();
  const configFile = join(dir, 'config.json');
  const common = { data_api: { port: 0 }, control_api: { port: 0 }, supervision: quick };
  const write = (content: unknown): void => {
    const text = typeof content === 'string' ? content : JSON.stringify({ ...common, ...(content as object) });
    writeFileSync(configFile, text);
  };
  write({});
  const notices: string[] = [];
  // Ports and limits are left to the file, so that it can change them.
  const flags = { data_api: undefined, control_api: undefined, supervision: undefined };
  const system = await startFixtures(
    dir,
    { scheduler: 'wants-the-pipeline' },
    { configFile, flags, onNotice: ({ text }) => notices.push(text) },
  );
  await system.waitUntil((status) => componentOf(status, 'pipeline')?.state === 'ready');
  return { dir, system, notices, write, pidOf: (component) => componentOf(system.status(), component)?.pid };
}

const resolved = (system: RunningSystem) => JSON.parse(readFileSync(system.paths.resolvedConfigFile, 'utf8'));

describe('a reload', () => {
  test('of a configuration that has not changed is a success that touches nobody', async () => {
    const { system, pidOf } = await started();
    const before = [pidOf('store'), pidOf('scheduler'), pidOf('monitor'), pidOf('pipeline')];
    expect(await system.reload()).toEqual({ changed: [], applied: [], restarted: [], failed: [] });
    expect([pidOf('store'), pidOf('scheduler'), pidOf('monitor'), pidOf('pipeline')]).toEqual(before);
  });

  test('restarts those whom a key concerns, and waits until they serve; the others stay', async () => {
    const { system, write, pidOf } = await started();
    const [store, scheduler, monitor, pipeline] = [
      pidOf('store'),
      pidOf('scheduler'),
      pidOf('monitor'),
      pidOf('pipeline'),
    ];
    write({ pipeline: { priority_symbols: ['TCS'] }, monitor: { sample_interval_ms: 700 } });
    const result = await system.reload();
    expect(result.changed.map(({ key, to }) => [key, to])).toEqual([
      ['pipeline.priority_symbols', ['TCS']],
      ['monitor.sample_interval_ms', 700],
    ]);
    expect(result.restarted).toEqual(['scheduler', 'monitor', 'pipeline']);
    expect(pidOf('store')).toBe(store);
    for (const [component, old] of [
      ['scheduler', scheduler],
      ['monitor', monitor],
      ['pipeline', pipeline],
    ] as const) {
      const line = componentOf(system.status(), component);
      expect([component, line?.state]).toEqual([component, 'ready']);
      expect(line?.pid).not.toBe(old);
    }
    expect(resolved(system).pipeline.priority_symbols).toEqual(['TCS']);
    expect(system.config.monitor.sample_interval_ms).toBe(700);
  });

  test('lets limits of the supervision and the level of the logs take effect while all goes on', async () => {
    const { system, write, pidOf } = await started();
    const before = pidOf('store');
    write({ supervision: { ...quick, failure_limit: 1 }, logging: { level: 'debug' } });
    const result = await system.reload();
    expect(result.applied).toEqual(['supervision.failure_limit', 'logging.level']);
    expect(result.restarted).toEqual([]);
    expect(pidOf('store')).toBe(before);
    system.logger.debug('a line for who looks closely');
    const log = (): string => readFileSync(join(system.paths.logsDir, 'system_manager.log'), 'utf8');
    expect(log()).toContain('a line for who looks closely');
    // One failure is enough now.
    process.kill(before as number, 'SIGKILL');
    await system.waitUntil((status) => componentOf(status, 'store')?.state === 'fatal');
  });

  test('switches the monitor off and on', async () => {
    const { system, write, pidOf } = await started();
    write({ monitor: { enabled: false } });
    expect((await system.reload()).applied).toEqual(['monitor.enabled']);
    expect(componentOf(system.status(), 'monitor')).toBeUndefined();
    write({ monitor: { enabled: true } });
    await system.reload();
    expect(componentOf(system.status(), 'monitor')?.state).toBe('ready');
    expect(pidOf('monitor')).toEqual(expect.any(Number));
    expect(system.status().components.map(({ component }) => component)).toEqual([
      'store',
      'scheduler',
      'monitor',
      'pipeline',
    ]);
  });

  test('moves a server to another port, and names it from then on', async () => {
    const { system, write } = await started();
    const { dataApi } = system.urls;
    const [port = 0] = await freePorts([{ host: '127.0.0.1', port: 0 }]);
    write({ control_api: { port } });
    expect((await system.reload()).restarted).toEqual(['scheduler']);
    expect(system.urls).toEqual({ dataApi, controlApi: `http://127.0.0.1:${port}` });
    expect((await controlClient(system.paths).status()).urls.controlApi).toBe(`http://127.0.0.1:${port}`);
  });

  test('takes new credentials to the pipeline, and shows none of them', async () => {
    const { dir, system, notices } = await started();
    writeFileSync(join(dir, 'no.env'), 'DHAN_PIN=canary-pin-2');
    const result = await system.reload();
    expect(result.changed).toEqual([{ key: 'credentials', from: 'as they were', to: 'others' }]);
    expect(result.restarted).toEqual(['pipeline']);
    const report = componentOf(system.status(), 'pipeline')?.report as { env: string[] } | undefined;
    expect(report?.env).toContain('DHAN_PIN');
    expect(JSON.stringify([result, notices])).not.toMatch(/canary/);
    expect(JSON.stringify([result, notices])).not.toContain(credentials.DHAN_API_TOKEN);
  });

  test('asked for twice at once is done one after the other', async () => {
    const { system, write } = await started();
    write({ monitor: { sample_interval_ms: 700 } });
    const [first, second] = await Promise.all([system.reload(), system.reload()]);
    expect(first.restarted).toEqual(['monitor']);
    expect(second.changed).toEqual([]);
  });

  test('over the control socket answers once those it restarted serve', async () => {
    const { system, write, pidOf } = await started();
    const before = pidOf('monitor');
    write({ monitor: { sample_interval_ms: 700 } });
    const result = await controlClient(system.paths).reload(30_000);
    expect(result.restarted).toEqual(['monitor']);
    expect(componentOf(system.status(), 'monitor')?.state).toBe('ready');
    expect(pidOf('monitor')).not.toBe(before);
  });
});

describe('rtp reload', () => {
  const rtpReload = (dir: string): Promise<{ exitCode: number | null; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const options = ['reload', '--data-dir', dir, '--config', join(dir, 'config.json')];
      execFile(process.execPath, [CLI, ...options], (error, stdout, stderr) =>
        resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });

  test('prints what changed and who was restarted, and then that nothing changed', async () => {
    const { dir, write } = await started();
    write({ monitor: { sample_interval_ms: 700 } });
    expect(await rtpReload(dir)).toEqual({
      exitCode: 0,
      stdout: 'Configuration read again:\n  monitor.sample_interval_ms: 5000 -> 700\nRestarted: monitor.\n',
      stderr: '',
    });
    const again = await rtpReload(dir);
    expect(again).toMatchObject({ exitCode: 0, stdout: 'Configuration read again: nothing changed.\n' });
  });

  test('ends with the exit code of what stands in the way', async () => {
    const { dir, write } = await started();
    write({ logging: { keep_days: 3 } });
    const refused = await rtpReload(dir);
    expect(refused.exitCode).toBe(78);
    expect(refused.stderr).toMatch(/^RTP_RELOAD_NEEDS_START: .*logging\.keep_days/);
  });
});

describe('a reload that cannot be', () => {
  test('names every problem of the file and changes nothing', async () => {
    const { system, write, pidOf } = await started();
    const before = [readFileSync(system.paths.resolvedConfigFile, 'utf8'), pidOf('store'), pidOf('monitor')];
    write({ monitor: { sample_interval_ms: 1 }, store: { memory: 3 }, logging: { level: 'debug' } });
    await expect(controlClient(system.paths).reload(30_000)).rejects.toMatchObject({
      code: 'RTP_CONFIG_INVALID',
      exitCode: 78,
      message: expect.stringMatching(/^2 problems(?=.*monitor\.sample_interval_ms)(?=.*store\.memory)/s),
    });
    write('{ "monitor": ');
    await expect(system.reload()).rejects.toMatchObject({ code: 'RTP_CONFIG_UNREADABLE' });
    expect([readFileSync(system.paths.resolvedConfigFile, 'utf8'), pidOf('store'), pidOf('monitor')]).toEqual(before);
    expect(system.config.logging.level).toBe('info');
  });

  test('names the keys that a running system stands on and applies none of the others', async () => {
    const { system, write, pidOf } = await started();
    const before = pidOf('monitor');
    write({ logging: { keep_days: 3 }, monitor: { sample_interval_ms: 700 } });
    await expect(system.reload()).rejects.toMatchObject({
      code: 'RTP_RELOAD_NEEDS_START',
      message: expect.stringContaining('logging.keep_days'),
    });
    expect(pidOf('monitor')).toBe(before);
    expect(system.config.monitor.sample_interval_ms).toBe(5_000);
  });

  test('because a port is taken stops nothing', async () => {
    const { system, write, pidOf } = await started();
    const before = pidOf('store');
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    write({ data_api: { port } });
    await expect(system.reload()).rejects.toMatchObject({ code: 'RTP_PORT_IN_USE' });
    holder.close();
    expect(pidOf('store')).toBe(before);
    expect(system.config.data_api.port).not.toBe(port);
  });

  test('because the calendar is not sound changes nothing', async () => {
    const { dir, system, write } = await started();
    const file = join(dir, 'calendar.json');
    writeFileSync(file, '{ "holidays": 7 }');
    write({ calendar: { file } });
    await expect(system.reload()).rejects.toMatchObject({ code: 'RTP_CALENDAR_INVALID' });
    expect(system.config.calendar.file).not.toBe(file);
    expect(existsSync(file)).toBe(true);
  });

  test('because the system stops is refused', async () => {
    const { system } = await started();
    const stopped = system.stop('test');
    await expect(system.reload()).rejects.toMatchObject({ code: 'RTP_RELOAD_REFUSED', exitCode: 75 });
    await stopped;
  });

  test('tells of a component that does not serve afterwards', async () => {
    const { system, write } = await started();
    write({ monitor: { sample_interval_ms: 700 } });
    const reload = system.reload();
    // Killed again and again before it is ready.
    const killer = (async () => {
      while (componentOf(system.status(), 'monitor')?.state !== 'fatal') {
        const line = componentOf(system.status(), 'monitor');
        if (line?.state === 'starting' && line.pid !== null) process.kill(line.pid, 'SIGKILL');
        await realDelay(2);
      }
    })();
    const result = await reload;
    await killer;
    expect(result.failed).toEqual([{ component: 'monitor', reason: expect.any(String) }]);
  });
});
