import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { realDelay } from '@rtp/core';
import { provenance, writeSection } from '../lib/generated-section.ts';
import { ask } from '../system/support/catalogue.ts';
import { expectDayStoredExactly } from '../system/support/expect-day.ts';
import { recordedBars, SHIPPED_DAY } from '../system/support/recorded-bars.ts';
import { cleanUp, newDataDir, pidOf, type RtpRun, startRtp } from '../system/support/rtp.ts';
import { drillSeed, isWholeDrill } from './drill-size.ts';
import { seededRandom } from './faults/seeded-random.ts';

afterAll(cleanUp);

const DATE = '2016-09-30';
const VICTIMS = ['pipeline', 'store'] as const;
/** Kills, the session they fall into, and the real time between two of them. */
const DRILL = isWholeDrill
  ? { kills: 100, from: '09:15', to: '15:30', speed: 30, minMs: 1_500, maxMs: 12_000 }
  : { kills: 10, from: '13:00', to: '13:45', speed: 60, minMs: 1_000, maxMs: 6_000 };

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

/** Kills a component that is alive; false when it is not at the moment. */
function strike(dataDir: string, victim: string): boolean {
  const pid = pidOf(dataDir, victim);
  if (pid === null) return false;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

async function killSeeded(run: RtpRun, random: () => number): Promise<{ kills: Record<string, number>; seen: Seen[] }> {
  const kills: Record<string, number> = { pipeline: 0, store: 0 };
  const seen: Seen[] = [];
  for (let done = 0; done < DRILL.kills; ) {
    await realDelay(DRILL.minMs + random() * (DRILL.maxMs - DRILL.minMs));
    const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] as string;
    if (!strike(run.dataDir, victim)) continue;
    done += 1;
    kills[victim] = (kills[victim] ?? 0) + 1;
    // While the victim is away: the catalogue belongs to nobody.
    seen.push(await look(run.dataDir));
  }
  return { kills, seen };
}

describe(`kill -9 of pipeline and store at ${DRILL.kills} seeded moments, seed ${drillSeed}`, () => {
  test('nothing is lost, nothing doubled, revisions only grow, no commit number comes twice', async () => {
    const dataDir = newDataDir();
    const config = `${dataDir}.json`;
    // Kills come faster than any process could prove itself stable.
    writeFileSync(config, JSON.stringify({ supervision: { stable_ms: 300, failure_limit: 500 } }));
    const { from, to, speed } = DRILL;
    const args = ['demo', '--from', from, '--to', to, '--speed', String(speed), '--until-close', '--config', config];
    const run = startRtp(args, dataDir);
    await run.printed(/newest \d\d:\d\d/, 120_000);
    const { kills, seen } = await killSeeded(run, seededRandom(drillSeed));
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
    expect(Math.min(...Object.values(kills))).toBeGreaterThan(0);
    if (isWholeDrill) writeSection('reliability', 'kills', section(kills, seen));
  }, 1_800_000);
});

function section(kills: Readonly<Record<string, number>>, seen: readonly Seen[]): string {
  const { from, to, speed } = DRILL;
  return `## Kills

${provenance('pnpm drill')}
${DRILL.kills} times kill -9 (pipeline ${kills.pipeline}, store ${kills.store}) at seeded moments of ${DATE} ${from} to ${to}, 83 symbols at speed ${speed}, seed ${drillSeed}: after each kill
everything published was noted, ${seen.at(-1)?.rows ?? 0} revisions at the last one, and was there unchanged in the end. No commit number came twice, every minute's revisions are numbered
without a gap, and the day was stored exactly.
`;
}
