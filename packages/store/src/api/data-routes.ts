import { ABSENCE_REASONS, TIMEFRAMES } from '@rtp/core';
import { barsSql, findSymbol, queryDates, querySymbols, requireDays, storeClientErrors } from '@rtp/store-client';
import { Router } from 'express';
import type { Store } from '../store.ts';
import { formatterOf } from './data-formats.ts';
import { FORMATS, parseDataQuery } from './data-query.ts';
import { writeAnswer } from './write-answer.ts';

/** A day has no more bars than this. */
const MINUTES_A_DAY = 1_440;

const ROUTES = {
  'GET /': 'this list',
  'GET /health': 'whether the store serves',
  'GET /symbols': 'every symbol ever stored',
  'GET /data/{symbol}': `bars: timeframe=${TIMEFRAMES.join('|')}, start_date, end_date (IST dates, inclusive), limit (newest), format=${FORMATS.join('|')}`,
  'GET /indicators/{symbol}':
    'indicators of those bars: columns=NAME or FAMILY,... (without: the stored ones), and the parameters of /data',
  'GET /levels/{symbol}':
    'support, resistance, supply and demand after the last bar of date=YYYY-MM-DD: timeframe, history=true',
  'GET /coverage': `expected, stored and missing minutes by instrument and reason: date=YYYY-MM-DD or start_date, end_date; symbol; reason=${ABSENCE_REASONS.join('|')} lists the minutes themselves`,
  'GET /differences':
    'how far live bars were from the official ones, by symbol and source: date=YYYY-MM-DD or start_date, end_date; symbol',
};

/** The Data API: stored market data, hot and history read as one. */
export function dataRoutes(store: Store, maxRows: number): Router {
  const router = Router();
  router.get('/', (_request, response) => {
    response.json({ name: 'RTP Data API', about: '1-minute bars of NSE shares, live and historical', routes: ROUTES });
  });
  router.get('/health', (_request, response) => {
    const { degraded, lastCommitSeq, lastPublishedSeq } = store.report('');
    response.json({ status: degraded === '' ? 'ok' : 'degraded', degraded, lastCommitSeq, lastPublishedSeq });
  });
  router.get('/symbols', async (_request, response) => {
    const symbols = await store.surface.ask(querySymbols);
    response.json({ count: symbols.length, symbols });
  });
  router.get('/data/:symbol', async (request, response) => {
    await store.surface.ask(async (run) => {
      const info = findSymbol(await querySymbols(run), request.params.symbol);
      const dates = await queryDates(run);
      const query = parseDataQuery(request.query, store.newestDate());
      requireDays(dates, query.from, query.to);
      const { timeframe, from, to } = query;
      // One more than allowed tells an answer that is whole from one that is not.
      const limit = Math.min(query.limit ?? maxRows + 1, maxRows + 1);
      const sql = barsSql({ instrumentId: info.instrumentId, timeframe, from, to, limit });
      const days = dates.filter((date) => from <= date && date <= to).length;
      if (limit > maxRows && days * MINUTES_A_DAY > maxRows) await requireRows(run, sql, maxRows);
      const formatter = formatterOf(info.symbol, query);
      response.type(formatter.contentType).set('Cache-Control', 'no-store');
      let rows = 0;
      let text = formatter.head();
      for await (const columns of run.chunks(sql)) {
        text += formatter.rows(columns, rows);
        rows += columns[0]?.length ?? 0;
        await writeAnswer(response, text);
        text = '';
      }
      response.end(text + formatter.tail(rows));
    });
  });
  return router;
}

/** Errors: RTP_QUERY_INVALID when the answer would be too large to give whole. */
async function requireRows(
  run: { rows(sql: string): Promise<unknown[][]> },
  sql: string,
  maxRows: number,
): Promise<void> {
  const [row] = await run.rows(`SELECT count(*)::DOUBLE FROM (${sql})`);
  if ((row?.[0] as number) <= maxRows) return;
  throw storeClientErrors.create(
    'RTP_QUERY_INVALID',
    `The answer has more than ${maxRows} bars; ask for fewer days, a longer timeframe, or limit=${maxRows} or less.`,
  );
}
