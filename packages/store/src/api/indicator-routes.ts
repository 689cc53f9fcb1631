import { loadIndicatorReading, Pace } from '@rtp/store-client';
import { type Response, Router } from 'express';
import type { Store } from '../store.ts';
import { type IndicatorFormatter, indicatorFormatter } from './indicator-formats.ts';
import { parseIndicatorsQuery, parseLevelsQuery } from './indicator-query.ts';
import { levelsJson } from './levels-format.ts';
import { writeAnswer } from './write-answer.ts';

/** Values written at a time. */
const BLOCK_VALUES = 4_000;

/** Indicators and levels: stored ones, and those computed from the bars when asked for. */
export function indicatorRoutes(store: Store, maxValues: number): Router {
  const router = Router();
  router.get('/indicators/:symbol', async (request, response) => {
    const query = parseIndicatorsQuery(request.query, store.newestDate());
    const { symbol } = request.params;
    const { readIndicators } = await loadIndicatorReading();
    const table = await store.surface.ask((run) => readIndicators(run, { ...query, symbol }, maxValues));
    const step = Math.max(1, Math.floor(BLOCK_VALUES / (table.columns.length + 1)));
    await send(response, indicatorFormatter(table, query), table.times.length, step);
  });
  router.get('/levels/:symbol', async (request, response) => {
    const query = parseLevelsQuery(request.query, store.newestDate());
    const { symbol } = request.params;
    const { readLevels } = await loadIndicatorReading();
    const levels = await store.surface.ask((run) => readLevels(run, { ...query, symbol }));
    const pace = new Pace();
    response.type('application/json; charset=utf-8').set('Cache-Control', 'no-store');
    for (const text of levelsJson(levels, query.date)) {
      await writeAnswer(response, text);
      await pace.rest();
    }
    response.end();
  });
  return router;
}

async function send(response: Response, formatter: IndicatorFormatter, count: number, step: number): Promise<void> {
  const pace = new Pace();
  response.type(formatter.contentType).set('Cache-Control', 'no-store');
  let text = formatter.head();
  for (let row = 0; row < count; row += step) {
    await writeAnswer(response, text + formatter.rows(row, Math.min(count, row + step)));
    text = '';
    await pace.rest();
  }
  response.end(text + formatter.tail());
}
