import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { dataPaths, monotonicMs } from '@rtp/core';
import { controlClient } from '@rtp/system-manager';
import { provenance, writeSection } from '../lib/generated-section.ts';
import { expectDayStoredExactly } from '../system/support/expect-day.ts';
import { recordedBars, SHIPPED_DAY } from '../system/support/recorded-bars.ts';
import { cleanUp, eventually, newDataDir, pidOf, startRtp } from '../system/support/rtp.ts';

const DATE = '2016-09-30';
const [FROM, TO] = ['13:00', '13:20'];
const rows: string[] = [];

afterAll(async () => {
  await cleanUp();
  if (rows.length === 0) return;
  writeSection(
    'supervision',
    'live system',
    `## A live session disturbed

${provenance('pnpm drill supervision')}
A session of ${DATE}, ${FROM} to ${TO}, 83 symbols at speed 60. A demo calls a child dead after 10 s of silence, 50 heartbeats; the shipped
configuration after three of 2 s. Each session ended complete and exact.

| What happens | What comes of it |
|---|---|
${rows.join('\n')}
`,
  );
});

const session = (...extra: string[]): string[] => [
  ...['demo', '--from', FROM, '--to', TO, '--speed', '60', '--until-close'],
  ...extra,
];

describe('a live session', () => {
  test('outlasts SIGSTOP of each child: it is found, ended and started again', async () => {
    const dataDir = newDataDir();
    const run = startRtp(session(), dataDir);
    await run.printed(/newest \d\d:\d\d/, 120_000);
    const client = controlClient(dataPaths(dataDir));
    for (const victim of ['monitor', 'scheduler', 'store', 'pipeline']) {
      const pid = pidOf(dataDir, victim);
      if (pid === null) throw new Error(`${victim} has no process`);
      const begin = monotonicMs();
      process.kill(pid, 'SIGSTOP');
      await eventually(
        `${victim} is back`,
        async () => {
          const line = (await client.status()).components.find(({ component }) => component === victim);
          return line !== undefined && line.pid !== pid && line.readyForMs !== null;
        },
        60_000,
      );
      const { seen } = await lastDeath(dataDir, victim);
      expect(seen).toMatch(/process state T/);
      rows.push(`| SIGSTOP of the ${victim} | found stopped (${seen}), killed, ready again after ${seconds(begin)} |`);
    }
    expect(await run.finished).toMatchObject({ exitCode: 0 });
    await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE, FROM, TO));
  }, 600_000);

  test('outlasts a full disk: it says so, loses nothing, and goes on when there is room', async () => {
    const mount = mkdtempSync(join(tmpdir(), 'rtp-full-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      rmSync(mount, { recursive: true });
      console.warn('A full disk was not tried: mounting is not permitted here.');
      return;
    }
    try {
      const dataDir = join(mount, 'data');
      mkdirSync(dataDir);
      const run = startRtp(session(), dataDir);
      await run.printed(/newest 13:0[3-9]/, 120_000);
      const client = controlClient(dataPaths(dataDir));
      const ballast = join(mount, 'ballast');
      fill(ballast);
      const begin = monotonicMs();
      let said = '';
      await eventually(
        'the system says that the disk is full',
        async () => {
          const { components } = await client.status();
          said = components.map(({ reason }) => reason).find((reason) => /full/i.test(reason)) ?? '';
          return said !== '';
        },
        60_000,
      );
      const saidAfter = seconds(begin);
      rmSync(ballast);
      expect(await run.finished).toMatchObject({ exitCode: 0 });
      await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE, FROM, TO));
      rows.push(
        `| The disk of the data directory full | said after ${saidAfter} ("${said.replaceAll(mount, '…')}"); with room again the session goes on |`,
      );
    } finally {
      execFileSync('umount', ['--lazy', mount]);
      rmSync(mount, { recursive: true, force: true });
    }
  }, 600_000);
});

/** Takes all the room there is; others take some meanwhile. */
function fill(file: string): void {
  const block = Buffer.alloc(65_536);
  try {
    for (;;) appendFileSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

async function lastDeath(dataDir: string, component: string): Promise<{ readonly seen: string }> {
  const { readLedger } = await import('../../packages/system-manager/src/records/read-ledger.ts');
  const { entries } = readLedger(dataPaths(dataDir).deathsFile);
  const death = entries.findLast((entry) => entry.kind === 'death' && entry.component === component);
  return { seen: death?.kind === 'death' ? (death.seen ?? '') : '' };
}

const seconds = (since: number): string => `${((monotonicMs() - since) / 1_000).toFixed(1)} s`;
