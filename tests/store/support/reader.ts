/**
 * A user's program: queries the catalogue READ_ONLY in a loop until its standard input closes, a line each time, then
 * prints what it saw as one JSON line. Every second question opens the catalogue anew; the others keep one connection.
 *
 * node reader.ts DATA_DIR DATE
 */
import { existsSync, readdirSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { describeError } from '@rtp/core';

const [dataDir = '', date = ''] = process.argv.slice(2);
const folder = `${dataDir}/history/commits/date=${date}`;
const seen = { queries: 0, bars: 0, revisions: 0, indicators: 0, problems: [] as string[] };
let ending = false;
process.stdin.on('end', () => {
  ending = true;
});
process.stdin.resume();

/** The newest commit whose file stood there before the question. */
function published(): number {
  if (!existsSync(folder)) return 0;
  return Math.max(0, ...readdirSync(folder).map((name) => Number(/^c(\d+)\.parquet$/.exec(name)?.[1] ?? 0)));
}

async function look(connection: DuckDBConnection): Promise<void> {
  const before = published();
  const [bars = 0, minutes = 0, revisions = 0] = await ask(
    connection,
    `SELECT count(*)::DOUBLE, count(DISTINCT (instrument_id, ts))::DOUBLE, sum(revision)::DOUBLE FROM bars WHERE date = '${date}'`,
  );
  const [rows = 0, keys = 0] = await ask(
    connection,
    `SELECT count(*)::DOUBLE, count(DISTINCT (instrument_id, ts))::DOUBLE FROM indicators WHERE date = '${date}'`,
  );
  const [newest = 0] = await ask(connection, `SELECT max(commit_seq)::DOUBLE FROM commits WHERE date = '${date}'`);
  seen.queries += 1;
  process.stdout.write('looked\n');
  if (bars !== minutes) seen.problems.push(`${bars} bars of ${minutes} minutes`);
  if (rows !== keys) seen.problems.push(`${rows} rows of indicators of ${keys} minutes`);
  if (rows < seen.indicators) seen.problems.push(`rows of indicators fell from ${seen.indicators} to ${rows}`);
  if (bars < seen.bars) seen.problems.push(`bars fell from ${seen.bars} to ${bars}`);
  if (revisions < seen.revisions) seen.problems.push(`revisions fell from ${seen.revisions} to ${revisions}`);
  if (newest < before) seen.problems.push(`commit ${before} was published, ${newest} was seen`);
  seen.bars = Math.max(seen.bars, bars);
  seen.indicators = Math.max(seen.indicators, rows);
  seen.revisions = Math.max(seen.revisions, revisions);
}

async function ask(connection: DuckDBConnection, sql: string): Promise<number[]> {
  return ((await connection.runAndReadAll(sql)).getRows()[0] ?? []).map(Number);
}

const open = (): Promise<DuckDBInstance> =>
  DuckDBInstance.create(`${dataDir}/market.duckdb`, { access_mode: 'READ_ONLY', threads: '1', memory_limit: '128MB' });

const lasting = await (await open()).connect();
while (!ending) {
  try {
    await look(lasting);
    const instance = await open();
    const connection = await instance.connect();
    await look(connection);
    connection.closeSync();
    instance.closeSync();
  } catch (error) {
    seen.problems.push(describeError(error));
  }
}
process.stdout.write(`${JSON.stringify(seen)}\n`);
process.exit(0);
