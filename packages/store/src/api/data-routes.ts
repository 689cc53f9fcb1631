import { ABSENCE_REASONS, BAR_STATES, type BarState, TIMEFRAMES } from '@rtp/core';
import {
  type BarsQuery,
  barColumns,
  barsSql,
  findSymbol,
  querySymbols,
  REVISION_COLUMNS,
  revisionsSql,
} from '@rtp/store-client';
import { Router } from 'express';
import type { Store } from '../store.ts';
import { answerTable } from './answer-table.ts';
import { FORMATS, parseBarsQuery, parseRevisionsQuery } from './data-query.ts';

const MINUTES_A_DAY = 1_440;

const ROUTES = {
  'GET /': 'this list',
  'GET /health': 'whether the store serves',
  'GET /symbols': 'every symbol ever stored',
  'GET /data/{symbol}': `bars: timeframe=${TIMEFRAMES.join('|')}, start_date, end_date (IST dates, inclusive), limit (newest), finality=${BAR_STATES.join('|')} (that final at least), format=${FORMATS.join('|')}`,
  'GET /data/{symbol}/revisions': `every revision of every minute and what superseded it: start_date, end_date, limit (newest), format=${FORMATS.join('|')}`,
  'GET /stream':
    'server-sent events of every bar, revision and seal: symbols=A,B,... (all), since=COMMIT or Last-Event-ID (from now on)',
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
      const query = parseBarsQuery(request.query, store.newestDate());
      const { timeframe, from, to, finality } = query;
      const sql = (limit: number): string =>
        barsSql({ instrumentId: info.instrumentId, timeframe, from, to, limit, ...finalityOf(finality) });
      const derived = timeframe === '1T' ? {} : { derived: 'minutes' };
      const about = { timeframe, start_date: from, end_date: to, ...derived };
      const table = {
        symbol: info.symbol,
        columns: barColumns(timeframe),
        list: 'bars',
        about,
        rowsADay: MINUTES_A_DAY,
      };
      await answerTable(run, response, table, query, sql, maxRows);
    });
  });
  router.get('/data/:symbol/revisions', async (request, response) => {
    await store.surface.ask(async (run) => {
      const info = findSymbol(await querySymbols(run), request.params.symbol);
      const query = parseRevisionsQuery(request.query, store.newestDate());
      const { from, to } = query;
      const sql = (limit: number): string => revisionsSql({ instrumentId: info.instrumentId, from, to, limit });
      const about = { start_date: from, end_date: to };
      const table = {
        symbol: info.symbol,
        columns: REVISION_COLUMNS,
        list: 'revisions',
        about,
        rowsADay: Number.POSITIVE_INFINITY,
      };
      await answerTable(run, response, table, query, sql, maxRows);
    });
  });
  return router;
}

/** Every bar is provisional at least, so that nothing has to be looked at for that. */
const finalityOf = (finality: BarState): Pick<BarsQuery, 'finality'> =>
  finality === 'provisional' ? {} : { finality };
