import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { monotonicMs, type SystemStatus } from '@rtp/core';
import { fixture, processEnds } from './support/children.ts';
import { endSystems, startFixtures, temporaryDir } from './support/systems.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

afterEach(endSystems);

describe('a manager that is killed', () => {
  test('leaves no child after 10 s, not even one that never finishes stopping, and the next start recovers', async () => {
    const dir = temporaryDir();
    const manager = fork(fixture('manager-of-fixtures'), [dir], { execArgv: [] });
    const [status] = (await once(manager, 'message')) as [SystemStatus];
    const pids = status.components.flatMap((line) => line.pid ?? []);
    expect(pids).toHaveLength(3);
    manager.kill('SIGKILL');
    await once(manager, 'exit');
    const killedAt = monotonicMs();
    const next = startFixtures(dir);
    for (const pid of pids) await processEnds(pid);
    expect(monotonicMs() - killedAt).toBeLessThan(10_000);
    const recovered = (await next).status();
    expect(recovered.components.filter((line) => line.wanted === 'up').map((line) => line.state)).toEqual([
      'ready',
      'ready',
      'ready',
    ]);
  });

  test('is told from a process that merely has its number', async () => {
    const dir = temporaryDir();
    const first = await startFixtures(dir);
    await first.stop('test');
    const second = await startFixtures(dir);
    expect(second.status().managerPid).toBe(process.pid);
  });
});
