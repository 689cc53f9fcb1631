import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { componentOf, type SystemStatus } from '@rtp/core';
import { controlClient } from '@rtp/system-manager';
import { endSystems, quick, startFixtures, temporaryDir } from './support/systems.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

afterEach(endSystems);

const pidOf = (status: SystemStatus, component: 'store' | 'pipeline' | 'monitor'): number =>
  componentOf(status, component)?.pid ?? 0;
const stateOf = (status: SystemStatus, component: 'store' | 'pipeline'): string | undefined =>
  componentOf(status, component)?.state;

describe('a store that the pipeline needs', () => {
  test('leaves the pipeline running when it is back soon', async () => {
    const system = await startFixtures(temporaryDir(), { scheduler: 'wants-the-pipeline' });
    const before = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    process.kill(pidOf(before, 'store'), 'SIGKILL');
    const after = await system.waitUntil(
      (now) => stateOf(now, 'store') === 'ready' && pidOf(now, 'store') !== pidOf(before, 'store'),
    );
    expect(pidOf(after, 'pipeline')).toBe(pidOf(before, 'pipeline'));
    expect(pidOf(after, 'monitor')).toBe(pidOf(before, 'monitor'));
  });

  test('stops it when it stays away, and has it started again when it serves', async () => {
    const supervision = { ...quick, dependency_grace_ms: 50, backoff_min_ms: 60_000, backoff_max_ms: 60_000 };
    const names = { scheduler: 'wants-the-pipeline', store: 'dies-when-told' };
    const system = await startFixtures(temporaryDir(), names, { flags: { supervision } });
    const before = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    process.kill(pidOf(before, 'store'), 'SIGUSR1');
    // The second death within stable_ms is followed by a long wait.
    const again = await system.waitUntil(
      (now) => stateOf(now, 'store') === 'ready' && pidOf(now, 'store') !== pidOf(before, 'store'),
    );
    process.kill(pidOf(again, 'store'), 'SIGUSR1');
    const held = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'stopped');
    expect(componentOf(held, 'pipeline')).toMatchObject({
      wanted: 'up',
      reason: 'it needs the store, which has been away for 50 ms',
    });
    await system.restart('store', 'asked for');
    const back = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    expect(pidOf(back, 'pipeline')).not.toBe(pidOf(before, 'pipeline'));
  });

  test('stops it when it is given up; one alert says so, and a reset starts both afresh', async () => {
    const supervision = { ...quick, failure_limit: 2 };
    const names = { scheduler: 'wants-the-pipeline', store: 'dies-when-told', monitor: 'notes-alerts' };
    const system = await startFixtures(temporaryDir(), names, { flags: { supervision } });
    let status = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    for (let death = 1; death <= 2; death += 1) {
      const pid = pidOf(status, 'store');
      process.kill(pid, 'SIGUSR1');
      status = await system.waitUntil(
        (now) =>
          stateOf(now, 'store') === 'fatal' || (stateOf(now, 'store') === 'ready' && pidOf(now, 'store') !== pid),
      );
    }
    const held = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'stopped');
    expect(componentOf(held, 'pipeline')).toMatchObject({ reason: 'it needs the store, which is given up' });
    const noted = await system.waitUntil((now) => alertsOf(now).length > 0);
    expect(alertsOf(noted)).toEqual([
      expect.objectContaining({
        kind: 'component-fatal',
        component: 'store',
        lastExit: expect.stringContaining('exit code 3'),
        stderr: ['told to die'],
        deaths: { 'exit code 3': 2 },
      }),
    ]);
    expect(await controlClient(system.paths).rearm()).toEqual(['store']);
    const back = await system.waitUntil((now) => stateOf(now, 'pipeline') === 'ready');
    expect(alertsOf(back)).toHaveLength(1);
    const steps = await controlClient(system.paths).history();
    expect(steps).toContainEqual(
      expect.objectContaining({ component: 'store', from: 'fatal', to: 'starting', actor: 'operator' }),
    );
  });
});

const alertsOf = (status: SystemStatus): readonly unknown[] =>
  (componentOf(status, 'monitor')?.report as { readonly alerts?: readonly unknown[] } | null)?.alerts ?? [];
