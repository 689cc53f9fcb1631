import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { realDelay } from '@rtp/core';
import { childEnvironment } from '../../packages/system-manager/src/system/child-environment.ts';
import {
  type ServiceNotifier,
  serviceNotifier,
  watchdogMs,
} from '../../packages/system-manager/src/systemd/service-notifier.ts';
import { type NotifyReceiver, notifyReceiver } from './support/notify-receiver.ts';
import { endSystems, startFixtures, temporaryDir } from './support/systems.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

const open: { close(): void }[] = [];
afterEach(async () => {
  await endSystems();
  for (const thing of open.splice(0)) thing.close();
});

/** A service manager's ear and mouth: what it hears, and who tells it. */
function service(dir: string, env: Record<string, string> = {}): { ear: NotifyReceiver; notifier: ServiceNotifier } {
  const ear = notifyReceiver(dir);
  const problems: string[] = [];
  const onProblem = (text: string): void => void problems.push(text);
  const notifier = serviceNotifier({ env: { NOTIFY_SOCKET: ear.path, ...env }, onProblem });
  if (notifier === null) throw new Error('nobody is told');
  open.push(notifier, ear);
  return { ear, notifier };
}

describe('a service manager', () => {
  test('hears more time asked for, then that the system is ready, then that it stops, in that order', async () => {
    const dir = temporaryDir();
    const { ear, notifier } = service(dir);
    notifier.tell('store ready');
    const system = await startFixtures(dir);
    await ear.hears((line) => line === 'STATUS=store ready');
    expect(ear.lines).not.toContain('READY=1');
    notifier.follow(system);
    await ear.hears((line) => line === 'READY=1');
    await ear.hears((line) => line === 'STATUS=Serving, all ready');
    expect(ear.lines.slice(0, ear.lines.indexOf('READY=1'))).toContain('EXTEND_TIMEOUT_USEC=30000000');
    await system.stop('test');
    await ear.hears((line) => line === 'STOPPING=1');
    const afterStop = ear.lines.slice(ear.lines.indexOf('STOPPING=1'));
    expect(afterStop).toContain('EXTEND_TIMEOUT_USEC=30000000');
    expect(afterStop).toContain('STATUS=Stopping; waiting for store, scheduler, monitor');
    expect(ear.lines.filter((line) => line === 'STOPPING=1')).toHaveLength(1);
  });

  test('hears again and again that the system is sound', async () => {
    const dir = temporaryDir();
    const { ear, notifier } = service(dir, { WATCHDOG_USEC: '100000', WATCHDOG_PID: String(process.pid) });
    const system = await startFixtures(dir);
    notifier.follow(system);
    const beats = (): number => ear.lines.filter((line) => line === 'WATCHDOG=1').length;
    while (beats() < 4) await realDelay(10);
  });

  test('hears who is given up, and no more word of the watchdog when it is the store', async () => {
    const dir = temporaryDir();
    const { ear, notifier } = service(dir, { WATCHDOG_USEC: '100000' });
    const system = await startFixtures(dir, { store: 'dies-after-ready' });
    notifier.follow(system);
    await ear.hears((line) => line.startsWith('STATUS=Serving; store fatal: '));
    const heard = ear.lines.length;
    // Snapshots come every 100 ms, the watchdog's word would every 50.
    let snapshots = 0;
    system.onChange(() => {
      snapshots += 1;
    });
    await system.waitUntil(() => snapshots >= 5);
    expect(ear.lines.slice(heard)).not.toContain('WATCHDOG=1');
  });

  test('hears of a reload, with the instant of the monotonic clock, and that the system is ready again', async () => {
    const dir = temporaryDir();
    const { ear, notifier } = service(dir);
    const configFile = join(dir, 'config.json');
    writeFileSync(configFile, '{}');
    const system = await startFixtures(dir, {}, { configFile });
    notifier.follow(system);
    writeFileSync(configFile, JSON.stringify({ logging: { level: 'debug' } }));
    await system.reload();
    await ear.hears((line) => line === 'RELOADING=1');
    await ear.hears((line) => /^MONOTONIC_USEC=\d+$/.test(line));
    const after = ear.lines.slice(ear.lines.indexOf('RELOADING=1'));
    expect(after).toContain('READY=1');
  });
});

describe('without a service manager that listens', () => {
  test('nothing is told where no socket is named', () => {
    expect(serviceNotifier({ env: {}, onProblem: () => {} })).toBeNull();
  });

  test('a socket that is not there is a warning, once, and no harm', async () => {
    const dir = temporaryDir();
    const problems: string[] = [];
    const env = { NOTIFY_SOCKET: join(dir, 'nobody.sock') };
    const notifier = serviceNotifier({ env, onProblem: (text) => problems.push(text) });
    if (notifier === null) throw new Error('nobody is told');
    open.push(notifier);
    for (const text of ['one', 'two', 'three']) notifier.tell(text);
    while (problems.length === 0) await realDelay(10);
    const system = await startFixtures(dir);
    notifier.follow(system);
    expect(await system.stop('test')).toBe(0);
    expect(problems).toEqual([expect.stringContaining('The service manager is not told')]);
  });

  test('a name in the abstract namespace is left to systemd-notify', async () => {
    const dir = temporaryDir();
    const heard = join(dir, 'heard');
    const tool = join(dir, 'systemd-notify');
    writeFileSync(tool, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> '${heard}'\n`);
    chmodSync(tool, 0o755);
    const env = { NOTIFY_SOCKET: '@rtp-test', PATH: `${dir}:${process.env.PATH}` };
    const notifier = serviceNotifier({ env, onProblem: () => {} });
    if (notifier === null) throw new Error('nobody is told');
    open.push(notifier);
    notifier.tell('store ready');
    const text = (): string => (existsSync(heard) ? readFileSync(heard, 'utf8') : '');
    while (!text().includes('STATUS=')) await realDelay(10);
    expect(text()).toBe(
      `@rtp-test --pid=${process.pid} EXTEND_TIMEOUT_USEC=30000000\n@rtp-test --pid=${process.pid} STATUS=store ready\n`,
    );
  });
});

describe('the environment of a service', () => {
  test('names a watchdog only for this process', () => {
    expect(watchdogMs({ WATCHDOG_USEC: '30000000' })).toBe(15_000);
    expect(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid) })).toBe(15_000);
    expect(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' })).toBeNull();
    expect(watchdogMs({ WATCHDOG_USEC: '0' })).toBeNull();
    expect(watchdogMs({})).toBeNull();
  });

  test('is not handed to children', () => {
    const env = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '1', WATCHDOG_PID: '1', PATH: '/bin' };
    const names = Object.keys(childEnvironment(env));
    expect(names.filter((name) => name in env)).toEqual(['PATH']);
  });
});
