import { type EpochMs, parseTradingDate, TIMEFRAMES, type Timeframe, type TradingDate } from '@rtp/core';
import type { DayCoverage } from '../contract.ts';
import { storeClientErrors } from '../errors.ts';
import type { MarketBar, SymbolInfo } from '../market-data.ts';
import { barsSql, toMarketBar } from '../queries/bars-query.ts';
import { queryCoverage } from '../queries/coverage-query.ts';
import type { QueryRunner } from '../queries/query-runner.ts';
import { findSymbol, queryDates, querySymbols, requireDays } from '../queries/symbols-query.ts';

/** Market data by SQL over the reading surface, wherever that is. */
export function sqlMarketData(run: QueryRunner): {
  getAvailableSymbols(): Promise<readonly SymbolInfo[]>;
  getMarketData(
    symbol: string,
    timeframe: Timeframe,
    from: TradingDate,
    to: TradingDate,
  ): Promise<readonly MarketBar[]>;
  getCoverage(date: TradingDate, now: EpochMs): Promise<DayCoverage>;
} {
  return {
    getAvailableSymbols: () => querySymbols(run),
    getMarketData: async (symbol, timeframe, from, to) => {
      checkRange(timeframe, from, to);
      const info = findSymbol(await querySymbols(run), symbol);
      requireDays(await queryDates(run), from, to);
      const rows = await run.rows(barsSql({ instrumentId: info.instrumentId, timeframe, from, to }));
      return rows.map((row) => toMarketBar(info.symbol, row));
    },
    getCoverage: async (date, now) => {
      parseTradingDate(date);
      requireDays(await queryDates(run), date, date);
      return queryCoverage(run, date, now);
    },
  };
}

/** Errors: RTP_QUERY_INVALID, RTP_DATE_INVALID. */
export function checkRange(timeframe: string, from: TradingDate, to: TradingDate): asserts timeframe is Timeframe {
  if (!TIMEFRAMES.includes(timeframe as Timeframe)) {
    throw storeClientErrors.create(
      'RTP_QUERY_INVALID',
      `timeframe "${timeframe}" is not accepted; use one of ${TIMEFRAMES.join(', ')}.`,
    );
  }
  parseTradingDate(from);
  parseTradingDate(to);
  if (from > to) {
    throw storeClientErrors.create('RTP_QUERY_INVALID', `start_date ${from} is after end_date ${to}.`);
  }
}
