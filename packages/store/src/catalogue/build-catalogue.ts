import { chmodSync, renameSync, rmSync } from 'node:fs';
import { addDays, type DataPaths, type SessionCalendar, type TradingDate } from '@rtp/core';
import { literal } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import { COLUMN_COMMENTS, OWN_COMMENTS, VIEW_COMMENTS } from './comments.ts';
import { type DateRange, type PublishedState, publishedSources, type SealedDate } from './sources.ts';
import { barsAsOfSql, readingViews } from './view-sql.ts';

const ALIAS = 'catalogue_in_work';
const READ_ONLY_MODE = 0o444;
/** The macro that holds what the view of indicators reads. */
const INDICATOR_ROWS = 'indicator_rows';

/**
 * Builds the catalogue beside its place and renames it in: views and macros over the published files, no data. A
 * reader that has the old one open keeps it.
 */
export async function buildCatalogue(session: Session, paths: DataPaths, state: PublishedState): Promise<void> {
  const work = `${paths.catalogueFile}.new`;
  rmSync(work, { force: true });
  rmSync(`${work}.wal`, { force: true });
  const sources = publishedSources(paths.historyDir, state);
  await session.exec(`ATTACH ${literal(work)} AS ${ALIAS}`);
  try {
    await session.exec(`USE ${ALIAS}`);
    await session.transaction(async () => {
      for (const { name, sql } of readingViews(sources)) await createView(session, name, sql);
      await session.exec(`CREATE VIEW catalogue_info AS SELECT ${literal(paths.dataDir)} AS data_dir`);
      await session.exec(`CREATE MACRO bars_as_of(t) AS TABLE ${barsAsOfSql(sources)}`);
      await addComments(session);
    });
  } finally {
    await session.exec('USE memory');
    await session.exec(`DETACH ${ALIAS}`);
  }
  chmodSync(work, READ_ONLY_MODE);
  renameSync(work, paths.catalogueFile);
}

/**
 * Each comment on a column copies the whole text of its view: of indicators, which names 131 columns several times, all
 * of them take 230 ms (measured with 1.5.6). Behind a macro the text is not copied, and they take 20.
 */
async function createView(session: Session, name: string, sql: string): Promise<void> {
  if (name !== 'indicators') return session.exec(`CREATE VIEW ${name} AS ${sql}`);
  await session.exec(`CREATE MACRO ${INDICATOR_ROWS}() AS TABLE ${sql}`);
  await session.exec(`CREATE VIEW ${name} AS SELECT * FROM ${INDICATOR_ROWS}()`);
}

async function addComments(session: Session): Promise<void> {
  const columns = (await session.rows(
    `SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = '${ALIAS}' AND NOT internal`,
  )) as [string, string][];
  const ofViews = Object.entries(VIEW_COMMENTS).map(([view, text]) => `COMMENT ON VIEW ${view} IS ${literal(text)}`);
  const ofColumns = columns.flatMap(([view, column]) => {
    const text = OWN_COMMENTS[view]?.[column] ?? COLUMN_COMMENTS[column];
    return text === undefined ? [] : [`COMMENT ON COLUMN ${view}."${column}" IS ${literal(text)}`];
  });
  await session.exec([...ofViews, ...ofColumns].join(';'));
}

/** Sealed dates as ranges: dates between two of them belong to the range only when the exchange was closed. */
export function sealedRanges(sealed: readonly SealedDate[], calendar: SessionCalendar): DateRange[] {
  const ranges: [TradingDate, TradingDate][] = [];
  for (const date of sealed.map((seal) => seal.date).sort()) {
    const last = ranges.at(-1);
    if (last !== undefined && isClosedBetween(last[1], date, calendar)) last[1] = date;
    else ranges.push([date, date]);
  }
  return ranges;
}

/** Longest closure looked across; beyond it a range of its own is as good. */
const MAX_CLOSED_DAYS = 10;

function isClosedBetween(from: TradingDate, to: TradingDate, calendar: SessionCalendar): boolean {
  let date = addDays(from, 1);
  for (let days = 0; date < to; days += 1) {
    if (days >= MAX_CLOSED_DAYS || !isClosed(date, calendar)) return false;
    date = addDays(date, 1);
  }
  return true;
}

function isClosed(date: TradingDate, calendar: SessionCalendar): boolean {
  try {
    return calendar.closedReason(date) !== null;
  } catch {
    return false;
  }
}
