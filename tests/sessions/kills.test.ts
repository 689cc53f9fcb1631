import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { realDelay } from '@rtp/core';
import { provenance, writeSection } from '../lib/generated-section.ts';
import { ask } from '../system/support/catalogue.ts';
import { expectDayStoredExactly } from '../system/support/expect-day.ts';
import { recordedBars, SHIPPED_DAY } from '../system/support/recorded-bars.ts';
import { cleanUp, newDataDir, type RtpRun, startRtp } from '../system/support/rtp.ts';
import { drillSeed, isWholeDrill } from './drill-size.ts';
import { seededRandom } from './faults/seeded-random.ts';
import { type Recovery, RecoveryTimes, VICTIMS, type Victim } from './recovery-times.ts';

afterAll(cleanUp);

const DATE = '2016-09-30';
/** Kills, the session they fall into, and the real time between two of them. */
const DRILL = isWholeDrill
  ? { kills: 200, from: '09:15', to: '15:30', speed: 60, minMs: 300, maxMs: 3_000 }
  : { kills: 20, from: '13:00', to: '13:45', speed: 60, minMs: 300, maxMs: 2_700 };

/** The sweep follows the close after a minute instead of fifteen, in which there would be nothing to kill for. */
const SOON_SWEPT = { pipeline: { sweep_delay_ms: 60_000 } };

/** What the catalogue shows at one moment. */
interface Seen {
  readonly commitSeq: number;
  readonly commits: number;
  readonly rows: number;
  readonly digest: string;
}

/** Everything published up to a commit: it may never change again. */
async function seenUpTo(dataDir: string, commitSeq: number): Promise<Omit<Seen, 'commitSeq'>> {
  const [row] = await ask(
    dataDir,
    `SELECT (SELECT count(*) FROM commits WHERE commit_seq <= ${commitSeq})::DOUBLE AS commits, count(*)::DOUBLE AS rows,
       coalesce(sum(hash(instrument_id, ts, revision, open, high, low, close, volume, source, commit_seq)::HUGEINT), 0)::VARCHAR
         AS digest
     FROM bars_revisions WHERE date = '${DATE}' AND commit_seq <= ${commitSeq}`,
  );
  return { commits: Number(row?.commits), rows: Number(row?.rows), digest: String(row?.digest) };
}

async function look(dataDir: string): Promise<Seen> {
  const [newest] = await ask(dataDir, 'SELECT coalesce(max(commit_seq), 0)::DOUBLE AS seq FROM commits');
  const commitSeq = Number(newest?.seq);
  return { commitSeq, ...(await seenUpTo(dataDir, commitSeq)) };
}

interface Strikes {
  readonly recovery: RecoveryTimes;
  readonly seen: readonly Seen[];
}

async function killSeeded(run: RtpRun, random: () => number): Promise<Strikes> {
  const recovery = new RecoveryTimes(run.dataDir);
  const seen: Seen[] = [];
  for (let done = 0; done < DRILL.kills; ) {
    await realDelay(DRILL.minMs + random() * (DRILL.maxMs - DRILL.minMs));
    const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] as Victim;
    if (!recovery.strike(victim)) continue;
    done += 1;
    // While the victim is away: the catalogue belongs to nobody.
    seen.push(await look(run.dataDir));
  }
  await recovery.settled();
  return { recovery, seen };
}

describe(`kill -9 of any component at ${DRILL.kills} seeded moments, seed ${drillSeed}`, () => {
  test('nothing is lost, nothing doubled, revisions only grow, no commit number comes twice', async () => {
    const dataDir = newDataDir();
    const config = `${dataDir}.json`;
    // Kills come faster than any process could prove itself stable.
    writeFileSync(config, JSON.stringify({ ...SOON_SWEPT, supervision: { stable_ms: 300, failure_limit: 500 } }));
    const { from, to, speed } = DRILL;
    const args = ['demo', '--from', from, '--to', to, '--speed', String(speed), '--until-close', '--config', config];
    const run = startRtp(args, dataDir);
    await run.printed(/newest \d\d:\d\d/, 120_000);
    const { recovery, seen } = await killSeeded(run, seededRandom(drillSeed));
    expect(await run.finished).toMatchObject({ exitCode: 0 });

    for (const [index, { commitSeq, ...before }] of seen.entries()) {
      expect({ kill: index, ...(await seenUpTo(dataDir, commitSeq)) }).toEqual({ kill: index, ...before });
    }
    const grown = seen.map(({ commitSeq }) => commitSeq);
    expect(grown).toEqual(grown.toSorted((a, b) => a - b));
    const [wrong] = await ask(
      dataDir,
      `SELECT (SELECT count(*) FROM (SELECT 1 FROM commits GROUP BY commit_seq HAVING count(*) > 1))::INT AS commits,
        (SELECT count(*) FROM (SELECT 1 FROM bars_revisions GROUP BY instrument_id, ts
          HAVING max(revision) <> count(DISTINCT revision) OR count(*) <> count(DISTINCT revision)))::INT AS revisions`,
    );
    expect(wrong).toEqual({ commits: 0, revisions: 0 });
    await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE, from, to));
    const summary = recovery.summary();
    console.log(summary.map(describeRecovery).join('\n'));
    expect(summary.filter(({ kills }) => kills === 0)).toEqual([]);
    if (!isWholeDrill) return;
    writeSection('reliability', 'kills', publishedSection(summary, seen));
    writeSection('supervision', 'random kills', recoverySection(summary));
  }, 1_800_000);

  test('with the default policy every component is back within five seconds', async () => {
    const dataDir = newDataDir();
    const [from, to] = ['13:00', '13:12'];
    const config = `${dataDir}.json`;
    writeFileSync(config, JSON.stringify(SOON_SWEPT));
    const args = ['demo', '--from', from, '--to', to, '--speed', '60', '--until-close', '--config', config];
    const run = startRtp(args, dataDir);
    await run.printed(/newest \d\d:\d\d/, 120_000);
    const recovery = new RecoveryTimes(dataDir);
    for (const victim of VICTIMS) {
      expect(recovery.strike(victim)).toBe(true);
      await recovery.settled();
    }
    expect(await run.finished).toMatchObject({ exitCode: 0 });
    await expectDayStoredExactly(dataDir, DATE, recordedBars(SHIPPED_DAY, DATE, from, to));
    const summary = recovery.summary();
    console.log(summary.map(describeRecovery).join('\n'));
    expect(summary.filter(({ worstMs }) => worstMs > 5_000)).toEqual([]);
    if (isWholeDrill) writeSection('supervision', 'default policy', defaultSection(summary));
  }, 300_000);
});

const describeRecovery = ({ victim, kills, medianMs, worstMs }: Recovery): string =>
  `${victim}: ${kills} kills, back after ${seconds(medianMs)} (median), ${seconds(worstMs)} (worst)`;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

const table = (summary: readonly Recovery[]): string =>
  `| Component | Kills | Back after, median | Worst |
|---|---:|---:|---:|
${summary
  .map(
    ({ victim, kills, medianMs, worstMs }) => `| ${victim} | ${kills} | ${seconds(medianMs)} | ${seconds(worstMs)} |`,
  )
  .join('\n')}
`;

const session = (): string => {
  const { kills, from, to, speed } = DRILL;
  return `${kills} times kill -9 at seeded moments of ${DATE} ${from} to ${to}, 83 symbols at speed ${speed}, seed ${drillSeed}`;
};

function publishedSection(summary: readonly Recovery[], seen: readonly Seen[]): string {
  return `## Kills

${provenance('pnpm drill')}
${session()} (${summary.map(({ victim, kills }) => `${victim} ${kills}`).join(', ')}): after each kill everything published was noted,
${seen.at(-1)?.rows ?? 0} revisions at the last one, and was there unchanged in the end. No commit number came twice, every minute's revisions are numbered
without a gap, and the day was stored exactly.
`;
}

function recoverySection(summary: readonly Recovery[]): string {
  return `## Random kills

${provenance('pnpm drill kills')}
${session()}, also of those that were just starting; \`stable_ms\` 300. The day ended complete and exact. Time is from
the kill to a new process that is ready, as the manager says; one killed again on its way counts from its first kill.

${table(summary)}`;
}

function defaultSection(summary: readonly Recovery[]): string {
  return `## Kills under the default policy

${provenance('pnpm drill kills')}
Each component once, in a session of 12 minutes at speed 60, with the shipped rules of supervision. The session ended complete and exact.

${table(summary)}`;
}
