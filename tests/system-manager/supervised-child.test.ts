import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { identityOf, realDelay } from '@rtp/core';
import { killSupervised, processEnds, superviseFixture, temporaryLedger } from './support/children.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

afterEach(killSupervised);

const pidOf = (pid: number | null): number => {
  if (pid === null) throw new Error('the child has no process');
  return pid;
};

describe('a child that behaves', () => {
  test('is starting until it says that it is ready, and stops when asked', async () => {
    const { child, reaches } = superviseFixture('ready-then-idle');
    child.up('start', 'operator');
    expect(child.state).toBe('starting');
    await reaches('ready');
    const pid = pidOf(child.pid);
    child.down('stop', 'operator');
    expect(child.state).toBe('stopping');
    await reaches('stopped');
    await processEnds(pid);
    expect(child.lastEnd).toMatchObject({ asked: true, killed: false, exit: { exitCode: 0 } });
    expect(child.history.map((step) => step.to)).toEqual(['starting', 'ready', 'stopping', 'exited', 'stopped']);
  });

  test('gets its own environment and nothing of the manager', async () => {
    const { child, reaches } = superviseFixture('ready-then-idle');
    child.up('start', 'operator');
    await reaches('ready');
    const { env } = child.status().report as { readonly env: readonly string[] };
    expect(env.filter((name) => !name.startsWith('NODE_CHANNEL'))).toEqual(['PATH', 'RTP_RUN_ID']);
  });

  test('is degraded while its own report says why', async () => {
    const { child, reaches } = superviseFixture('reports-a-problem');
    child.up('start', 'operator');
    await reaches('degraded');
    expect(child.reason).toBe('the disk is nearly full');
  });

  test('is a fresh process after a restart, which is no failure', async () => {
    const { child, reaches } = superviseFixture('ready-then-idle');
    child.up('start', 'operator');
    await reaches('ready');
    const first = child.pid;
    child.restart('asked for', 'operator');
    await reaches('starting');
    await reaches('ready');
    expect(child.pid).not.toBe(first);
    expect(child.status().restarts).toBe(1);
    expect(child.history.map((step) => step.to)).not.toContain('backoff');
  });

  test('stays down when a restart is asked for while it is not wanted', () => {
    const { child } = superviseFixture('ready-then-idle');
    child.restart('asked for', 'operator');
    expect(child.state).toBe('stopped');
  });
});

describe('a child that fails', () => {
  test('is started again at once after SIGKILL', async () => {
    const { child, reaches } = superviseFixture('ready-then-idle');
    child.up('start', 'operator');
    await reaches('ready');
    const first = pidOf(child.pid);
    process.kill(first, 'SIGKILL');
    await reaches('exited');
    await reaches('ready');
    expect(child.pid).not.toBe(first);
    const [down, up] = child.history.slice(-3).map((step) => Date.parse(step.at));
    expect(Number(up) - Number(down)).toBeLessThan(250);
    expect(child.status().lastExit).toBe('killed by SIGKILL');
  });

  test('is given up after its failures within the window, with its last words kept', async () => {
    const { child, reaches } = superviseFixture('dies-after-ready');
    child.up('start', 'operator');
    await reaches('fatal');
    expect(child.history.filter((step) => step.to === 'starting')).toHaveLength(3);
    expect(child.reason).toMatch(/3 failures within 600 s/);
    expect(child.lastEnd?.stderr).toEqual(['last words']);
  });

  test('is given up at its first end when the exit code is permanent, with the reason it printed', async () => {
    const { child, reaches } = superviseFixture('exits-78');
    child.up('start', 'operator');
    await reaches('fatal');
    expect(child.history.filter((step) => step.to === 'starting')).toHaveLength(1);
    expect(child.reason).toContain('RTP_PORT_IN_USE: 127.0.0.1:8000 is taken by process 4711 (nginx).');
  });

  test('that is fatal starts again only when a restart is asked for', async () => {
    const { child, reaches } = superviseFixture('exits-78');
    child.up('start', 'operator');
    await reaches('fatal');
    child.up('the scheduler insists', 'operator');
    expect(child.state).toBe('fatal');
    child.restart('asked for', 'operator');
    expect(child.state).toBe('starting');
    await reaches('fatal');
  });

  test('that is fatal is stopped once it is not wanted, and may start afresh', async () => {
    const { child, reaches } = superviseFixture('exits-78');
    child.up('start', 'operator');
    await reaches('fatal');
    child.down('the market is closed', 'operator');
    expect(child.state).toBe('stopped');
  });

  test('that is not ready in time is ended, and that is a failure', async () => {
    const { child, reaches } = superviseFixture('never-ready', { readyTimeoutMs: 200, failureLimit: 1 });
    child.up('start', 'operator');
    const pid = pidOf(child.pid);
    await reaches('fatal');
    await processEnds(pid);
    expect(child.reason).toContain('not ready within 200 ms');
  });

  test('whose loop is frozen misses its heartbeats, is killed and started again', async () => {
    const { child, reaches } = superviseFixture('freezes-its-loop', { missedHeartbeats: 4, failureLimit: 2 });
    child.up('start', 'operator');
    await reaches('ready');
    const pid = pidOf(child.pid);
    await reaches('stopping');
    expect(child).toMatchObject({ reason: expect.stringMatching(/no heartbeat for \d+ ms/) });
    await reaches('starting');
    await processEnds(pid);
    expect(child.lastEnd).toMatchObject({ killed: true, seen: expect.stringContaining('process state R (running)') });
  });

  test('that beats without any progress while it is on duty is stuck, and what was seen of it is kept', async () => {
    const stuck = { stuckAfterMs: 200, failureLimit: 1 };
    const { child, reaches } = superviseFixture('alive-without-progress', stuck, { isOnDuty: () => true });
    child.up('start', 'operator');
    await reaches('fatal');
    expect(child.reason).toMatch(/alive without progress for \d+ ms/);
    expect(child.lastEnd?.seen).toMatch(
      /last heard of \d+ ms ago, loop lag 1 ms, .* progress 0 for \d+ ms, process state S/,
    );
  });

  test('that is stopped by a signal is found so, and killed', async () => {
    const { child, reaches } = superviseFixture('ready-then-idle', { missedHeartbeats: 4, failureLimit: 1 });
    child.up('start', 'operator');
    await reaches('ready');
    const pid = pidOf(child.pid);
    process.kill(pid, 'SIGSTOP');
    await reaches('fatal');
    await processEnds(pid);
    expect(child.lastEnd).toMatchObject({
      killed: true,
      seen: expect.stringMatching(/process state T \(stopped by a signal\).*no CPU time since the last look/),
    });
  });

  test('that announced a long operation may be late with readiness and heartbeats until it is over', async () => {
    const limits = { readyTimeoutMs: 1_000, missedHeartbeats: 3, failureLimit: 1 };
    const { child, reaches } = superviseFixture('announces-then-is-silent', limits);
    child.up('start', 'operator');
    while (child.status().busyWith === '') await realDelay(10);
    while ((child.status().upForMs ?? 0) < 1.5 * limits.readyTimeoutMs) await realDelay(10);
    expect(child.status()).toMatchObject({ state: 'starting', busyWith: 'rebuilding a day' });
    process.kill(pidOf(child.pid), 'SIGUSR1');
    await reaches('ready');
    while ((child.status().readyForMs ?? 0) < 300) await realDelay(10);
    expect(child.state).toBe('ready');
    process.kill(pidOf(child.pid), 'SIGUSR2');
    await reaches('fatal');
    expect(child.reason).toMatch(/no heartbeat for/);
  });

  test('may not announce an operation longer than the longest', async () => {
    const limits = { readyTimeoutMs: 100, longOperationMaxMs: 200, failureLimit: 1 };
    const { child, reaches } = superviseFixture('announces-then-is-silent', limits);
    child.up('start', 'operator');
    await reaches('fatal');
    expect(child.reason).toContain('not ready within 100 ms');
  });

  test('that cannot even be spawned is a failure with a reason', async () => {
    const { child, reaches } = superviseFixture('no-such-program', { failureLimit: 1 });
    child.up('start', 'operator');
    await reaches('fatal');
    expect(child.reason).toContain('exit code 1');
  });
});

describe('what is kept of a death', () => {
  test('is who ended it, how, after what, and its last words; an end that was asked for is none', async () => {
    const ledger = temporaryLedger();
    const { child, reaches } = superviseFixture('dies-after-ready', { failureLimit: 2 }, { ledger });
    child.up('start', 'operator');
    await reaches('fatal');
    child.down('enough', 'operator');
    const deaths = ledger.deathsOf('store');
    expect(deaths).toHaveLength(2);
    expect(deaths[0]).toMatchObject({ signal: 'SIGKILL', exitCode: null, verdict: null, stderr: ['last words'] });
    expect(deaths[0]?.readyAt).toBeGreaterThan(deaths[0]?.startedAt ?? Number.POSITIVE_INFINITY);
    const other = superviseFixture('ready-then-idle', {}, { ledger });
    other.child.up('start', 'operator');
    await other.reaches('ready');
    other.child.down('stop', 'calendar');
    await other.reaches('stopped');
    expect(other.child.status()).toMatchObject({ actor: 'calendar', deaths: 2 });
  });

  test('goes on counting under the next manager, and a component that was given up stays so until it is restarted', async () => {
    const ledger = temporaryLedger();
    const first = superviseFixture('dies-after-ready', { failureLimit: 2 }, { ledger });
    first.child.up('start', 'operator');
    await first.reaches('fatal');

    const second = superviseFixture('ready-then-idle', {}, { ledger });
    second.child.up('start', 'operator');
    expect(second.child).toMatchObject({ state: 'fatal', reason: expect.stringContaining('rtp start --reset') });
    second.child.restart('asked for', 'operator');
    await second.reaches('ready');
    expect(ledger.accountOf('store')).toEqual({ failures: [], givenUp: null });
  });
});

describe('a child that will not go', () => {
  test('is killed within its stop timeout when it ignores the request and SIGTERM', async () => {
    const { child, reaches } = superviseFixture('ignores-sigterm', { stopTimeoutMs: 400 });
    child.up('start', 'operator');
    await reaches('ready');
    const pid = pidOf(child.pid);
    child.down('stop', 'operator');
    await reaches('stopped');
    await processEnds(pid);
    expect(child.lastEnd).toMatchObject({ asked: true, killed: true });
  });

  test('takes its own children along when it dies', async () => {
    const { child, reaches } = superviseFixture('forks-a-grandchild', { failureLimit: 1 });
    child.up('start', 'operator');
    await reaches('ready');
    const { grandchildPid } = child.status().report as { readonly grandchildPid: number };
    expect(identityOf(grandchildPid)).not.toBeNull();
    process.kill(pidOf(child.pid), 'SIGKILL');
    await reaches('fatal');
    await processEnds(grandchildPid);
  });
});

describe('wishes that cross', () => {
  test('a child wanted again while it stops comes back', async () => {
    const { child, reaches } = superviseFixture('ready-then-idle');
    child.up('start', 'operator');
    await reaches('ready');
    const first = child.pid;
    child.down('stop', 'operator');
    child.up('the market is open after all', 'operator');
    await reaches('starting');
    await reaches('ready');
    expect(child.pid).not.toBe(first);
  });

  test('a child no longer wanted while it waits to be started again does not start', async () => {
    const { child, reaches } = superviseFixture(
      'dies-after-ready',
      { backoffMinMs: 60_000, backoffMaxMs: 60_000 },
      { random: () => 1 },
    );
    child.up('start', 'operator');
    await reaches('ready');
    await reaches('backoff');
    child.down('the market is closed', 'operator');
    expect(child.state).toBe('stopped');
    expect(child.pid).toBeNull();
  });
});
