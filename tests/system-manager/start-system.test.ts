import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { componentOf, dataPaths, realInterval, type SystemStatus } from '@rtp/core';
import { controlClient, startSystem } from '@rtp/system-manager';
import { processEnds } from './support/children.ts';
import { credentials, endSystems, fixtureOptions, startFixtures, temporaryDir } from './support/systems.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

afterEach(endSystems);

const stateOf = (status: SystemStatus, component: 'store' | 'scheduler' | 'monitor' | 'pipeline'): string | undefined =>
  componentOf(status, component)?.state;

const recordsIn = (dir: string): string[] =>
  readdirSync(join(dir, 'run'))
    .filter((name) => name.endsWith('.pid'))
    .sort();

describe('a system that starts', () => {
  test('has its components serving, the pipeline waiting for the scheduler, and a record of each process', async () => {
    const dir = temporaryDir();
    const system = await startFixtures(dir);
    const status = system.status();
    expect(status.components.map((line) => [line.component, line.state])).toEqual([
      ['store', 'ready'],
      ['scheduler', 'ready'],
      ['monitor', 'ready'],
      ['pipeline', 'stopped'],
    ]);
    expect(recordsIn(dir)).toEqual(['monitor.pid', 'scheduler.pid', 'store.pid', 'system-manager.pid']);
    const record = JSON.parse(readFileSync(join(dir, 'run/store.pid'), 'utf8'));
    expect(record.pid).toBe(componentOf(status, 'store')?.pid);
    expect(statSync(system.paths.managerSocket).mode & 0o777).toBe(0o600);
    expect(statSync(system.paths.runDir).mode & 0o777).toBe(0o700);
  });

  test('writes down the resolved configuration, with the ports it chose and no secret', async () => {
    const dir = temporaryDir();
    const system = await startFixtures(dir);
    const text = readFileSync(system.paths.resolvedConfigFile, 'utf8');
    expect(JSON.parse(text).data_api.port).toBe(system.config.data_api.port);
    expect(system.config.data_api.port).toBeGreaterThan(0);
    expect(system.config.control_api.port).not.toBe(system.config.data_api.port);
    expect(text).not.toContain(credentials.DHAN_API_TOKEN);
  });

  test('gives the broker credentials to the pipeline alone', async () => {
    const system = await startFixtures(temporaryDir(), { scheduler: 'wants-the-pipeline' });
    const status = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    const envOf = (component: 'pipeline' | 'store'): readonly string[] =>
      (componentOf(status, component)?.report as { env: string[] } | undefined)?.env ?? [];
    expect(envOf('pipeline')).toContain('DHAN_API_TOKEN');
    expect(envOf('store').filter((name) => name.startsWith('DHAN_'))).toEqual([]);
  });

  test('leaves the monitor out when asked to', async () => {
    const system = await startFixtures(temporaryDir(), {}, { flags: { monitor: { enabled: false } } });
    expect(componentOf(system.status(), 'monitor')).toBeUndefined();
  });

  test('tells memory and CPU time of every process', async () => {
    const system = await startFixtures(temporaryDir());
    const status = await system.waitUntil((now) => (componentOf(now, 'store')?.pssBytes ?? 0) > 1_000_000);
    expect(componentOf(status, 'store')?.cpuSeconds).toBeGreaterThan(0);
    expect(status.managerUsage?.pssBytes).toBeGreaterThan(1_000_000);
  });

  test('starts and stops the pipeline as the scheduler wants it, which is no failure', async () => {
    const system = await startFixtures(temporaryDir(), { scheduler: 'wants-the-pipeline' });
    await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    const scheduler = componentOf(system.status(), 'scheduler')?.pid as number;
    process.kill(scheduler, 'SIGUSR1');
    const stopped = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'stopped');
    expect(componentOf(stopped, 'pipeline')).toMatchObject({ wanted: 'down', reason: 'the market is closed' });
    process.kill(scheduler, 'SIGUSR2');
    await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    expect(system.history('pipeline').map((step) => step.to)).not.toContain('backoff');
  });

  test('leaves the others alone when one child dies', async () => {
    const system = await startFixtures(temporaryDir(), { scheduler: 'wants-the-pipeline' });
    const before = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    const pidOf = (status: SystemStatus, component: 'store' | 'pipeline' | 'monitor'): number =>
      componentOf(status, component)?.pid as number;
    process.kill(pidOf(before, 'store'), 'SIGKILL');
    const after = await system.waitUntil(
      (now) => stateOf(now, 'store') === 'ready' && pidOf(now, 'store') !== pidOf(before, 'store'),
    );
    expect(pidOf(after, 'pipeline')).toBe(pidOf(before, 'pipeline'));
    expect(pidOf(after, 'monitor')).toBe(pidOf(before, 'monitor'));
  });
});

describe('a system that is stopped', () => {
  test('leaves no process and no record, and says so with exit code 0', async () => {
    const dir = temporaryDir();
    const system = await startFixtures(dir, { scheduler: 'wants-the-pipeline' });
    const status = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    expect(await system.stop('test')).toBe(0);
    expect(await system.stopped).toBe(0);
    for (const line of status.components) await processEnds(line.pid as number);
    expect(recordsIn(dir)).toEqual([]);
    const order = ['pipeline', 'scheduler', 'store'] as const;
    const stoppedAt = order.map((component) => Date.parse(system.history(component).at(-1)?.at ?? ''));
    expect(stoppedAt).toEqual([...stoppedAt].sort((a, b) => a - b));
  });

  test('tells the truth about a child that had to be killed', async () => {
    const system = await startFixtures(temporaryDir(), { monitor: 'ignores-sigterm' });
    expect(await system.stop('test')).toBe(1);
  });

  test('can be stopped over the control socket', async () => {
    const system = await startFixtures(temporaryDir());
    const client = controlClient(system.paths);
    expect((await client.status()).phase).toBe('serving');
    await client.stop('from a test');
    expect(await system.stopped).toBe(0);
    await expect(client.status()).rejects.toMatchObject({ code: 'RTP_NOT_RUNNING' });
  });

  test('restarts one component, and all of them, over the control socket', async () => {
    const system = await startFixtures(temporaryDir());
    const client = controlClient(system.paths);
    const store = componentOf(system.status(), 'store')?.pid;
    await client.restart('store');
    const after = await system.waitUntil(
      (now) => stateOf(now, 'store') === 'ready' && componentOf(now, 'store')?.pid !== store,
    );
    await client.restart(null);
    await system.waitUntil((now) =>
      (['store', 'scheduler', 'monitor'] as const).every(
        (name) => stateOf(now, name) === 'ready' && componentOf(now, name)?.pid !== componentOf(after, name)?.pid,
      ),
    );
    await expect(client.restart('simulator')).rejects.toMatchObject({ code: 'RTP_CONTROL_REFUSED' });
  });
});

describe('a start that cannot be', () => {
  test('is refused while the first one runs, which is named', async () => {
    const dir = temporaryDir();
    await startFixtures(dir);
    await expect(startSystem(fixtureOptions(dir))).rejects.toMatchObject({
      code: 'RTP_ALREADY_RUNNING',
      exitCode: 75,
      message: expect.stringContaining(`process ${process.pid}, started `),
    });
  });

  test.each([
    [{}, /DHAN_CLIENT_ID is not set, and neither DHAN_API_TOKEN nor DHAN_PIN with DHAN_TOTP_SECRET is set/],
    [{ DHAN_CLIENT_ID: '1' }, /: neither DHAN_API_TOKEN nor DHAN_PIN with DHAN_TOTP_SECRET is set/],
    [{ DHAN_CLIENT_ID: '1', DHAN_PIN: '123456' }, /DHAN_TOTP_SECRET is not set and there is no DHAN_API_TOKEN/],
    [{ DHAN_API_TOKEN: 'x' }, /DHAN_CLIENT_ID is not set/],
  ])('names the credentials that are missing: %j', async (env, message) => {
    const dir = join(temporaryDir(), 'data');
    await expect(startSystem(fixtureOptions(dir, {}, { env }))).rejects.toMatchObject({
      code: 'RTP_CREDENTIALS_MISSING',
      exitCode: 77,
      message: expect.stringMatching(message),
    });
    expect(existsSync(dir)).toBe(false);
  });

  test('carries the error of the child that cannot start, and leaves nothing running', async () => {
    const dir = temporaryDir();
    const pids: number[] = [];
    const failing = startSystem({
      ...fixtureOptions(dir, { scheduler: 'exits-78' }),
      onNotice: () => {
        for (const name of recordsIn(dir).filter((file) => file !== 'system-manager.pid')) {
          pids.push(JSON.parse(readFileSync(join(dir, 'run', name), 'utf8')).pid);
        }
      },
    });
    await expect(failing).rejects.toMatchObject({
      code: 'RTP_PORT_IN_USE',
      exitCode: 78,
      message: '127.0.0.1:8000 is taken by process 4711 (nginx).',
      fix: 'Stop the named process.',
    });
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) await processEnds(pid);
    expect(recordsIn(dir)).toEqual([]);
  });

  test('names who holds a port before anything is started', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const options = fixtureOptions(temporaryDir(), {}, { flags: { data_api: { port } } });
    await expect(startSystem(options)).rejects.toMatchObject({
      code: 'RTP_PORT_IN_USE',
      exitCode: 78,
      message: expect.stringContaining(`127.0.0.1:${port} is taken by process ${process.pid}`),
    });
    await new Promise((resolve) => server.close(resolve));
  });

  test('ends with RTP_START_INTERRUPTED when it is interrupted, and leaves nothing running', async () => {
    const dir = temporaryDir();
    const interrupt = new AbortController();
    const options = fixtureOptions(dir, { store: 'never-ready' });
    const starting = startSystem({ ...options, signal: interrupt.signal });
    const look = realInterval(5, () => {
      if (existsSync(join(dir, 'run/store.pid'))) interrupt.abort(new Error('Ctrl+C'));
    });
    await expect(starting).rejects.toMatchObject({ code: 'RTP_START_INTERRUPTED', exitCode: 75 });
    look.cancel();
    expect(recordsIn(dir)).toEqual([]);
  });

  test('refuses a data directory that holds data of another source', async () => {
    const dir = temporaryDir();
    const run = { kind: 'recorded', date: '2016-09-30', symbols: 83, seed: null };
    writeFileSync(dataPaths(dir).stampFile, JSON.stringify({ source: 'simulator', since: '2026-01-01', run }));
    await expect(startSystem(fixtureOptions(dir))).rejects.toMatchObject({
      code: 'RTP_DATA_DIR_OTHER_SOURCE',
      exitCode: 78,
      message: `${dir} holds data of the recorded day 2016-09-30 (83 symbols), not of the broker.`,
    });
  });

  test('refuses a data directory that is a file', async () => {
    const file = join(temporaryDir(), 'data');
    writeFileSync(file, '');
    await expect(startSystem(fixtureOptions(file))).rejects.toMatchObject({
      code: 'RTP_DATA_DIR_UNWRITABLE',
      exitCode: 78,
    });
  });
});
