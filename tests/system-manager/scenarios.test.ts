import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  bootId,
  componentOf,
  dataPaths,
  identityOf,
  isAlive,
  monotonicMs,
  realDelay,
  type SystemStatus,
  wallClockMs,
} from '@rtp/core';
import { provenance, writeSection } from '../lib/generated-section.ts';
import { type Cast, killManagers, ManagerProcess, SOUND } from './scenarios/manager-process.ts';
import { processEnds } from './support/children.ts';
import { endSystems, startFixtures, temporaryDir } from './support/systems.ts';

jest.setTimeout(120_000);

/** Twin starts: each takes a second and a half. */
const ROUNDS = process.env.RTP_DRILLS === 'all' ? 10 : 3;

const strangers: ChildProcess[] = [];
afterEach(async () => {
  killManagers();
  for (const stranger of strangers.splice(0)) stranger.kill('SIGKILL');
  await endSystems();
});

/** What became of each scenario, for the page. */
const outcomes: { readonly name: string; readonly outcome: string; readonly tookMs: number }[] = [];
afterAll(() => {
  if (process.env.RTP_DRILLS === 'all') writeSection('supervision', 'scenarios', section());
});

/** A scenario that must come to `outcome`; `run` proves it. */
function scenario(name: string, outcome: string, run: () => Promise<void>): void {
  test(`${name}: ${outcome}`, async () => {
    const begin = monotonicMs();
    await run();
    outcomes.push({ name, outcome, tookMs: monotonicMs() - begin });
  });
}

/** A process that has nothing to do with RTP. */
function stranger(): number {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  strangers.push(child);
  return child.pid ?? 0;
}

const pidsOf = (status: SystemStatus): number[] => status.components.flatMap(({ pid }) => pid ?? []);
const serving = (status: SystemStatus): string[] =>
  status.components.filter(({ state }) => state === 'ready').map(({ component }) => component);

describe('records that lie', () => {
  const record = (over: object): string =>
    JSON.stringify({
      pid: 4_000_000,
      startToken: '1',
      bootId: bootId(),
      role: 'store',
      startedAt: '2026-11-26T04:00:00.000Z',
      version: '0.1.0',
      ...over,
    });

  const forgeries: readonly (readonly [name: string, content: (pid: number) => string])[] = [
    ['the number of a stranger with another start token', (pid) => record({ pid })],
    ["a stranger's number and token of another boot", (pid) => record({ ...identityOf(pid), bootId: 'another' })],
    ['process 1', () => record({ pid: 1 })],
    ['a number that no process can have', () => record({ pid: 2 ** 40 })],
    ["another role's record of a living process", (pid) => record({ ...identityOf(pid), role: 'monitor' })],
    ['half a record', () => record({}).slice(0, 40)],
    ['nothing', () => ''],
    ['text', () => 'hello'],
  ];
  for (const [name, content] of forgeries) {
    scenario(
      `A record with ${name}`,
      'it is reported and removed, nobody is signalled, the system starts',
      async () => {
        const dir = temporaryDir();
        const pid = stranger();
        mkdirSync(join(dir, 'run'), { mode: 0o700 });
        writeFileSync(join(dir, 'run/store.pid'), content(pid), { mode: 0o600 });
        const notices: string[] = [];
        const system = await startFixtures(dir, {}, { onNotice: ({ text }) => notices.push(text) });
        expect(notices).toContainEqual(expect.stringMatching(/^Removed a stale PID record of store: /));
        expect(identityOf(pid)).not.toBeNull();
        expect(serving(system.status())).toEqual(['store', 'scheduler', 'monitor']);
      },
    );
  }

  scenario('A symbolic link in place of a record', 'the link is removed, its target untouched', async () => {
    const dir = temporaryDir();
    const target = join(dir, 'precious');
    const pid = stranger();
    writeFileSync(target, record({ ...identityOf(pid) }));
    mkdirSync(join(dir, 'run'), { mode: 0o700 });
    symlinkSync(target, join(dir, 'run/store.pid'));
    await startFixtures(dir);
    expect(readFileSync(target, 'utf8')).toContain('startToken');
    expect(identityOf(pid)).not.toBeNull();
    expect(JSON.parse(readFileSync(join(dir, 'run/store.pid'), 'utf8')).pid).not.toBe(pid);
  });

  scenario('A directory in place of a record', 'it is removed and the system starts', async () => {
    const dir = temporaryDir();
    mkdirSync(join(dir, 'run/store.pid'), { recursive: true, mode: 0o700 });
    const system = await startFixtures(dir);
    expect(serving(system.status())).toHaveLength(3);
  });
});

describe('a place that will not have us', () => {
  scenario(
    'A run directory that cannot be written',
    'RTP_DATA_DIR_UNWRITABLE, exit code 78, nothing is started',
    async () => {
      const dir = temporaryDir();
      // The superuser may write anywhere: then somebody else tries.
      const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
      mkdirSync(join(dir, 'run'));
      chmodSync(dir, 0o555);
      chmodSync(join(dir, 'run'), 0o555);
      if (nobody.uid === undefined) chmodSync(dir, 0o555);
      else chownSync(join(dir, 'run'), 0, 0);
      const manager = new ManagerProcess(dir, SOUND, nobody);
      expect(await manager.hears('refused')).toMatchObject({ code: 'RTP_DATA_DIR_UNWRITABLE' });
      expect(await manager.ended).toBe(78);
      chmodSync(dir, 0o755);
      chmodSync(join(dir, 'run'), 0o755);
    },
  );

  scenario('A port that is taken', 'RTP_PORT_IN_USE, exit code 78, names who has it, nothing is started', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { readonly port: number };
    const dir = temporaryDir();
    await expect(startFixtures(dir, {}, { flags: { data_api: { port } } })).rejects.toMatchObject({
      code: 'RTP_PORT_IN_USE',
      exitCode: 78,
      message: expect.stringContaining(`process ${process.pid}`),
    });
    expect(existsSync(join(dir, 'run/store.pid'))).toBe(false);
    server.close();
  });
});

describe('clocks and starts', () => {
  scenario(
    'The wall clock set back by ten minutes',
    'no child is suspected, a killed one is back at once',
    async () => {
      const shift = `--import=${join(import.meta.dirname, 'fixtures/shift-wall-clock.mjs')}`;
      const manager = new ManagerProcess(temporaryDir(), SOUND, { env: { ...process.env, NODE_OPTIONS: shift } });
      const { status } = await manager.hears('started');
      for (const pid of [...pidsOf(status), manager.pid]) process.kill(pid, 'SIGUSR1');
      for (let wallMs = wallClockMs(); wallMs > wallClockMs() - 500_000; ) {
        const heard = manager.said.length;
        manager.signal('SIGUSR2');
        ({ wallMs } = await manager.hears('now', heard));
      }
      const shiftedAt = monotonicMs();
      // Longer than it takes to find a child dead.
      while (monotonicMs() - shiftedAt < 3_000) await realDelay(100);
      expect(pidsOf(await manager.status())).toEqual(pidsOf(status));
      const victim = componentOf(status, 'store')?.pid ?? 0;
      process.kill(victim, 'SIGKILL');
      for (let now = await manager.status(); serving(now).length < 3 || pidsOf(now).includes(victim); ) {
        await realDelay(20);
        now = await manager.status();
      }
      expect(await manager.stop()).toBe(0);
    },
  );

  scenario(
    `Two starts at the same instant, ${ROUNDS} times`,
    'one serves, the other ends with 75, each time',
    async () => {
      for (let round = 1; round <= ROUNDS; round += 1) {
        const dir = temporaryDir();
        const pair = [new ManagerProcess(dir), new ManagerProcess(dir)];
        const ends = await Promise.all(
          pair.map(async (manager) => {
            const first = await Promise.race([manager.hears('started'), manager.hears('refused')]);
            return first.kind === 'started' ? 'started' : `${first.code} ${await manager.ended}`;
          }),
        );
        expect(ends.sort()).toEqual(['RTP_ALREADY_RUNNING 75', 'started']);
        for (const manager of pair) manager.signal('SIGKILL');
        await Promise.all(pair.map(({ ended }) => ended));
      }
    },
  );
});

describe('a manager that is killed', () => {
  const runtime = 'serves-by-the-runtime';
  const states: readonly (readonly [when: string, cast: Cast, moment: (manager: ManagerProcess) => Promise<void>])[] = [
    ['while its children start', [runtime, 'starts-for-ever', runtime], (manager) => has(manager, 'scheduler.pid')],
    ['while all serve', SOUND, async (manager) => void (await manager.hears('started'))],
    [
      'while a child waits to be started again',
      [runtime, runtime, 'dies-after-ready'],
      async (manager) => {
        while (!manager.notices.some((text) => text.startsWith('monitor backoff'))) await realDelay(5);
      },
    ],
    [
      'while it stops, with a child that never finishes',
      ['stops-for-ever', runtime, runtime],
      async (manager) => {
        await manager.hears('started');
        manager.tell('stop');
        while (!manager.notices.some((text) => text.startsWith('Stopping'))) await realDelay(5);
      },
    ],
  ];
  const dirOf = new Map<ManagerProcess, string>();
  const has = async (manager: ManagerProcess, record: string): Promise<void> => {
    while (!existsSync(join(dirOf.get(manager) ?? '', 'run', record))) await realDelay(5);
  };
  for (const [when, cast, moment] of states) {
    scenario(`The manager killed ${when}`, 'no child after 10 s, the next start reports it and serves', async () => {
      const dir = temporaryDir();
      const manager = new ManagerProcess(dir, cast, {}, { backoff_min_ms: 60_000, backoff_max_ms: 60_000 });
      dirOf.set(manager, dir);
      await moment(manager);
      const children = ['store', 'scheduler', 'monitor'].flatMap((role) => {
        try {
          const { pid } = JSON.parse(readFileSync(join(dataPaths(dir).runDir, `${role}.pid`), 'utf8')) as {
            pid: number;
          };
          const identity = identityOf(pid);
          return identity === null ? [] : [identity];
        } catch {
          return [];
        }
      });
      expect(children.length).toBeGreaterThan(0);
      manager.signal('SIGKILL');
      await manager.ended;
      const killedAt = monotonicMs();
      for (const identity of children) {
        while (isAlive(identity) && monotonicMs() - killedAt < 10_000) await realDelay(20);
        expect(isAlive(identity)).toBe(false);
      }
      const notices: string[] = [];
      const next = await startFixtures(dir, {}, { onNotice: ({ text }) => notices.push(text), reset: true });
      expect(notices).toContainEqual(expect.stringMatching(/system-manager: process \d+ is gone/));
      expect(serving(next.status())).toEqual(['store', 'scheduler', 'monitor']);
      for (const { pid } of children) await processEnds(pid);
    });
  }
});

function section(): string {
  const rows = outcomes.map(
    ({ name, outcome, tookMs }) => `| ${name} | ${outcome} | ${(tookMs / 1_000).toFixed(1)} s |`,
  );
  return `## Scenarios

${provenance('RTP_DRILLS=all pnpm test:system scenarios')}
| What happens | What comes of it | Took |
|---|---|---:|
${rows.join('\n')}
`;
}
