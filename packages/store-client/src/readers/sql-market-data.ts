import { type EpochMs, parseTradingDate, type Timeframe, type TradingDate } from '@rtp/core';
import type { DayCoverage } from '../contract.ts';
import { type IndicatorTable, MAX_INDICATOR_VALUES } from '../indicator-data.ts';
import { loadIndicatorReading } from '../load-indicator-reading.ts';
import type { MarketBar, SymbolInfo } from '../market-data.ts';
import { barsSql, toMarketBar } from '../queries/bars-query.ts';
import { checkRange } from '../queries/check-range.ts';
import { queryCoverage } from '../queries/coverage-query.ts';
import type { NumberRunner } from '../queries/query-runner.ts';
import { findSymbol, queryDates, querySymbols, requireDays } from '../queries/symbols-query.ts';

/** Market data by SQL over the reading surface, wherever that is. */
export function sqlMarketData(run: NumberRunner): {
  getAvailableSymbols(): Promise<readonly SymbolInfo[]>;
  getMarketData(
    symbol: string,
    timeframe: Timeframe,
    from: TradingDate,
    to: TradingDate,
  ): Promise<readonly MarketBar[]>;
  loadIndicators(
    symbol: string,
    timeframe: Timeframe,
    from: TradingDate,
    to: TradingDate,
    columns?: readonly string[],
  ): Promise<IndicatorTable>;
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
    loadIndicators: async (symbol, timeframe, from, to, columns) => {
      const { readIndicators } = await loadIndicatorReading();
      return readIndicators(run, { symbol, timeframe, from, to, columns }, MAX_INDICATOR_VALUES);
    },
    getCoverage: async (date, now) => {
      parseTradingDate(date);
      requireDays(await queryDates(run), date, date);
      return queryCoverage(run, date, now);
    },
  };
}
