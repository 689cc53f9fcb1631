import { type QueryRunner, queryDates, requireDays, storeClientErrors } from '@rtp/store-client';
import type { Response } from 'express';
import type { Session } from '../engine/session.ts';
import { formatterOf, type SymbolTable } from './data-formats.ts';
import type { DataQuery } from './data-query.ts';
import { writeAnswer } from './write-answer.ts';

export interface AnsweredTable extends SymbolTable {
  /** Most rows that a day can have. */
  readonly rowsADay: number;
}

/**
 * Answers with the rows of a query, as they come. `sql` is given the most rows wanted. Errors: RTP_DAY_UNKNOWN;
 * RTP_QUERY_INVALID when the answer would be too large to give whole.
 */
export async function answerTable(
  run: QueryRunner & Pick<Session, 'chunks'>,
  response: Response,
  table: AnsweredTable,
  query: DataQuery,
  sql: (limit: number) => string,
  maxRows: number,
): Promise<void> {
  const dates = await queryDates(run);
  requireDays(dates, query.from, query.to);
  // One more than allowed tells an answer that is whole from one that is not.
  const limit = Math.min(query.limit ?? maxRows + 1, maxRows + 1);
  const days = dates.filter((date) => query.from <= date && date <= query.to).length;
  if (limit > maxRows && days * table.rowsADay > maxRows) await requireRows(run, sql(limit), maxRows);
  const formatter = formatterOf(table, query.format);
  response.type(formatter.contentType).set('Cache-Control', 'no-store');
  let rows = 0;
  let text = formatter.head();
  for await (const columns of run.chunks(sql(limit))) {
    text += formatter.rows(columns, rows);
    rows += columns[0]?.length ?? 0;
    await writeAnswer(response, text);
    text = '';
  }
  response.end(text + formatter.tail(rows));
}

async function requireRows(run: QueryRunner, sql: string, maxRows: number): Promise<void> {
  const [row] = await run.rows(`SELECT count(*)::DOUBLE FROM (${sql})`);
  if ((row?.[0] as number) <= maxRows) return;
  throw storeClientErrors.create(
    'RTP_QUERY_INVALID',
    `The answer has more than ${maxRows} rows; ask for fewer days, a longer timeframe, or limit=${maxRows} or less.`,
  );
}
