import { rmSync } from 'node:fs';
import type { TradingDate } from '@rtp/core';
import { literal } from '@rtp/store-client';
import { dayAlias } from '../days/names.ts';
import { giveBackMemory } from '../engine/give-back-memory.ts';
import type { Session } from '../engine/session.ts';
import { PUBLISHED_INDICATORS, symbolsOn } from '../publish/published-sql.ts';
import { readFiles } from '../publish/read-published.ts';
import { SEALED_FORMAT, writeAside } from '../publish/write-parquet.ts';

/**
 * Rows sorted at once, and rows of a row group of the sealed file. 130 columns of 20,480 rows are 10 MB: sorting,
 * and writing a group, need a few times that, where a whole day at once needs more than the store's memory limit.
 */
const PART_ROWS = 20_480;
const PART_FORMAT = `FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE ${PART_ROWS}`;
const FORMAT = `${SEALED_FORMAT}, ROW_GROUP_SIZE ${PART_ROWS}`;

/** An instrument range, first and last included. */
type IdRange = readonly [number, number];

const EVERY_ID: IdRange = [0, 2 ** 32 - 1];

/** The sealed rows of a day's indicators, in no order: the newest of every minute that has a whole bar. */
export function sealedIndicators(date: TradingDate, [first, last]: IdRange = EVERY_ID): string {
  const alias = dayAlias(date);
  const within = `b.instrument_id BETWEEN ${first} AND ${last}`;
  // Which rows to take is found from their keys alone: the rows are wide.
  return `SELECT ${PUBLISHED_INDICATORS} FROM ${alias}.indicators b JOIN ${symbolsOn(date)} i USING (instrument_id)
      SEMI JOIN (${newest(alias, within)}) n
        ON n.instrument_id = b.instrument_id AND n.ts = b.ts AND n.commit_seq = b.commit_seq
    WHERE ${within}`;
}

const newest = (alias: string, within: string): string => `SELECT instrument_id, ts, max(commit_seq) AS commit_seq
  FROM ${alias}.indicators b SEMI JOIN (${wholeBars(alias, within)}) x ON x.instrument_id = b.instrument_id AND x.ts = b.ts
  WHERE ${within} GROUP BY instrument_id, ts`;

const wholeBars = (
  alias: string,
  within: string,
): string => `SELECT instrument_id, ts FROM ${alias}.bars b WHERE ${within}
  GROUP BY instrument_id, ts HAVING NOT arg_max(partial, revision)`;

/**
 * Writes a day's sealed indicators aside, by instrument and minute: sorted in parts of some instruments each, which
 * are then put one behind the other. Returns the unfinished file.
 */
export async function writeSealedIndicators(
  session: Session,
  historyDir: string,
  date: TradingDate,
  file: string,
): Promise<string> {
  const parts: string[] = [];
  try {
    for (const [index, ids] of (await partRanges(session, date)).entries()) {
      const sql = `${sealedIndicators(date, ids)} ORDER BY b.instrument_id, b.ts`;
      parts.push(await writeAside(session, historyDir, sql, `${file}.part${index}`, PART_FORMAT));
      await giveBackMemory(session);
    }
    const all = readFiles('indicators', `[${parts.map(literal).join(', ')}]`);
    return await writeAside(session, historyDir, `SELECT * EXCLUDE (filename) FROM ${all}`, file, FORMAT);
  } finally {
    for (const part of parts) rmSync(part, { force: true });
  }
}

/** Instruments in ranges that have no more rows than a part, each at least one instrument. */
async function partRanges(session: Session, date: TradingDate): Promise<IdRange[]> {
  const rows = (await session.rows(`SELECT instrument_id, count(DISTINCT ts)::DOUBLE
    FROM ${dayAlias(date)}.indicators GROUP BY instrument_id ORDER BY instrument_id`)) as [number, number][];
  const ranges: [number, number][] = [];
  let room = 0;
  for (const [instrumentId, count] of rows) {
    const range = ranges.at(-1);
    if (range !== undefined && count <= room) range[1] = instrumentId;
    else {
      ranges.push([instrumentId, instrumentId]);
      room = PART_ROWS;
    }
    room -= count;
  }
  return ranges;
}
