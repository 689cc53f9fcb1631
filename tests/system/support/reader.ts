/**
 * A user's program: queries the catalogue READ_ONLY in a loop until its standard input closes, then prints what it
 * saw as one JSON line. Every second query opens the catalogue anew, the others keep one connection.
 *
 * node reader.ts DATA_DIR DATE
 */
import { existsSync, readdirSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { describeError, realDelay } from '@rtp/core';

const [dataDir = '', date = ''] = process.argv.slice(2);
const catalogue = `${dataDir}/market.duckdb`;
const commitFolder = `${dataDir}/history/commits/date=${date}`;

const seen = { queries: 0, bars: 0, problems: [] as string[], staleReads: 0 };
let ending = false;
process.stdin.on('end', () => {
  ending = true;
});
process.stdin.resume();

/** Three readers share two cores with the whole system, and a query of the open day takes a fifth of a second. */
const PAUSE_MS = 2_000;

const QUESTION = `
  SELECT (SELECT count(*) FROM bars WHERE date = '${date}')::DOUBLE AS bars,
         (SELECT count(*) FROM (SELECT DISTINCT instrument_id, ts FROM bars WHERE date = '${date}'))::DOUBLE AS minutes,
         (SELECT coalesce(max(commit_seq), 0) FROM commits WHERE date = '${date}')::DOUBLE AS commit_seq`;

/** The highest commit whose file stood in the folder before the question was asked. */
function publishedSeq(): number {
  if (!existsSync(commitFolder)) return 0;
  return Math.max(0, ...readdirSync(commitFolder).map((name) => Number(/^c(\d+)\.parquet$/.exec(name)?.[1] ?? 0)));
}

async function look(connection: DuckDBConnection): Promise<void> {
  const published = publishedSeq();
  const [row] = (await connection.runAndReadAll(QUESTION)).getRowObjectsJson() as {
    bars: number;
    minutes: number;
    commit_seq: number;
  }[];
  if (row === undefined) throw new Error('no answer');
  seen.queries += 1;
  if (row.bars < seen.bars) seen.problems.push(`bars fell from ${seen.bars} to ${row.bars}`);
  if (row.commit_seq < published) {
    seen.staleReads += 1;
    seen.problems.push(`commit ${published} was published, the query saw ${row.commit_seq}`);
  }
  seen.bars = Math.max(seen.bars, row.bars);
  // The two counts are two scans: between them a minute may arrive, a duplicate never leaves.
  if (row.bars > row.minutes) {
    const [again] = (
      await connection.runAndReadAll(
        `SELECT count(*)::DOUBLE AS n FROM (SELECT 1 FROM bars WHERE date = '${date}' GROUP BY instrument_id, ts HAVING count(*) > 1)`,
      )
    ).getRowObjectsJson() as { n: number }[];
    if ((again?.n ?? 0) > 0) seen.problems.push(`${again?.n} bars twice`);
  }
}

const open = (): Promise<DuckDBInstance> =>
  DuckDBInstance.create(catalogue, { access_mode: 'READ_ONLY', threads: '1', memory_limit: '256MB' });

const lasting = await (await open()).connect();
while (!ending) {
  try {
    await look(lasting);
    await realDelay(PAUSE_MS);
    const instance = await open();
    const connection = await instance.connect();
    await look(connection);
    connection.closeSync();
    instance.closeSync();
  } catch (error) {
    seen.problems.push(describeError(error));
  }
  await realDelay(PAUSE_MS);
}
process.stdout.write(`${JSON.stringify(seen)}\n`);
process.exit(0);
