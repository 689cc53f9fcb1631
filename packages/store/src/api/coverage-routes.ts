import { istIso, type TradingDate } from '@rtp/core';
import {
  type AbsentMinutes,
  type DayCoverage,
  findSymbol,
  queryAbsentMinutes,
  queryDates,
  queryDifferences,
  querySymbols,
  sumCoverage,
} from '@rtp/store-client';
import { type Response, Router } from 'express';
import type { Store } from '../store.ts';
import { type DaysQuery, parseDaysQuery } from './days-query.ts';
import { writeAnswer } from './write-answer.ts';

const COVERAGE_KEYS = ['date', 'start_date', 'end_date', 'symbol', 'reason'] as const;
const DIFFERENCES_KEYS = ['date', 'start_date', 'end_date', 'symbol'] as const;

/** What is stored of the minutes that are owed, and what the live sources were worth. */
export function coverageRoutes(store: Store): Router {
  const router = Router();
  router.get('/coverage', async (request, response) => {
    const { dates, query, instrumentId } = await readQuery(store, request.query, COVERAGE_KEYS);
    const answerOf = (date: TradingDate): Promise<unknown> =>
      query.reasons.length === 0 ? coverageOf(store, date, instrumentId) : absentOn(store, date, query, instrumentId);
    if (query.isOneDay) response.json(await answerOf(query.from));
    else await answerDays(response, query, dates, answerOf);
  });
  router.get('/differences', async (request, response) => {
    const { query, instrumentId } = await readQuery(store, request.query, DIFFERENCES_KEYS);
    const { from, to } = query;
    const differences = await store.surface.ask((run) => queryDifferences(run, from, to, instrumentId));
    response.json({ start_date: from, end_date: to, count: differences.length, differences });
  });
  return router;
}

async function readQuery(
  store: Store,
  raw: unknown,
  keys: Parameters<typeof parseDaysQuery>[2],
): Promise<{
  readonly dates: readonly TradingDate[];
  readonly query: DaysQuery;
  readonly instrumentId: number | undefined;
}> {
  const [dates, symbols] = await store.surface.ask(async (run) => [await queryDates(run), await querySymbols(run)]);
  const query = parseDaysQuery(raw, { dates, newest: store.newestDate() }, keys);
  const instrumentId = query.symbol === undefined ? undefined : findSymbol(symbols, query.symbol).instrumentId;
  return { dates, query, instrumentId };
}

/** Day by day, so that no long answer is held whole. */
async function answerDays(
  response: Response,
  { from, to }: DaysQuery,
  dates: readonly TradingDate[],
  answerOf: (date: TradingDate) => Promise<unknown>,
): Promise<void> {
  response.type('application/json; charset=utf-8').set('Cache-Control', 'no-store');
  let text = `{"start_date":"${from}","end_date":"${to}","days":[`;
  for (const date of dates.filter((stored) => from <= stored && stored <= to)) {
    await writeAnswer(response, `${text}\n${JSON.stringify(await answerOf(date))}`);
    text = ',';
  }
  response.end('\n]}\n');
}

/** A day's coverage, or that of one instrument on it. */
async function coverageOf(store: Store, date: TradingDate, instrumentId: number | undefined): Promise<DayCoverage> {
  const coverage = await store.coverage(date);
  if (instrumentId === undefined) return coverage;
  const own = coverage.instruments.filter((instrument) => instrument.instrumentId === instrumentId);
  return sumCoverage(date, coverage.state, own);
}

/** The minutes that have no bar for the reasons asked for, as ranges by instrument. */
async function absentOn(
  store: Store,
  date: TradingDate,
  { reasons }: DaysQuery,
  instrumentId: number | undefined,
): Promise<unknown> {
  const absent = await store.surface.ask((run) =>
    queryAbsentMinutes(run, date, store.marketNow(), reasons, instrumentId),
  );
  const bySymbol = Map.groupBy(absent, ({ symbol }) => symbol);
  const instruments = [...bySymbol].map(([symbol, ranges]) => ({
    symbol,
    minutes: minutesOf(ranges),
    ranges: ranges.map(({ reason, from, to, minutes }) => ({ reason, from: istIso(from), to: istIso(to), minutes })),
  }));
  return { date, reasons, minutes: minutesOf(absent), instruments };
}

const minutesOf = (ranges: readonly AbsentMinutes[]): number => ranges.reduce((sum, { minutes }) => sum + minutes, 0);
