import { type DataPaths, describeError, type Timeframe, type TradingDate } from '@rtp/core';
import { z } from 'zod';
import { getJson } from '../client/create-store-client.ts';
import { openSocketHttp } from '../client/socket-http.ts';
import { dayCoverageSchema, symbolInfoSchema } from '../contract-schemas.ts';
import { storeClientErrors } from '../errors.ts';
import type { IndicatorTable } from '../indicator-data.ts';
import type { MarketDataReader } from '../market-data.ts';
import { toMarketBar } from '../queries/bars-query.ts';

const TIMEOUT_MS = 60_000;
const symbolsSchema = z.object({ symbols: z.array(symbolInfoSchema) });
const dataSchema = z.object({
  symbol: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.number(), z.string(), z.boolean()]))),
});

const indicatorsSchema = z.object({
  symbol: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.number().nullable())),
});

/** Reads market data through the running store's socket. Errors: RTP_STORE_UNREACHABLE when it does not run. */
export async function openStoreMarketData(paths: DataPaths): Promise<MarketDataReader> {
  const http = openSocketHttp(paths.storeSocket, TIMEOUT_MS);
  try {
    await http.send({ method: 'GET', path: '/health' });
  } catch (error) {
    http.close();
    throw error;
  }
  return {
    via: 'store',
    getAvailableSymbols: async () => (await getJson(http, '/symbols', symbolsSchema)).symbols,
    getMarketData: async (symbol: string, timeframe: Timeframe, from: TradingDate, to: TradingDate) => {
      const query = new URLSearchParams({ timeframe, start_date: from, end_date: to, format: 'arrays' });
      const path = `/data/${encodeURIComponent(symbol)}?${query}`;
      const body = await http.send({ method: 'GET', path });
      try {
        const data = dataSchema.parse(JSON.parse(body.toString('utf8')));
        return data.rows.map((row) => toMarketBar(data.symbol, row));
      } catch (cause) {
        throw storeClientErrors.create('RTP_STORE_ANSWER_INVALID', `Bars cannot be read: ${describeError(cause)}.`);
      }
    },
    loadIndicators: async (symbol, timeframe, from, to, columns = []) => {
      const query = new URLSearchParams({ timeframe, start_date: from, end_date: to, format: 'arrays' });
      if (columns.length > 0) query.set('columns', columns.join(','));
      const body = await http.send({ method: 'GET', path: `/indicators/${encodeURIComponent(symbol)}?${query}` });
      return parseIndicators(body, timeframe);
    },
    getCoverage: (date) => getJson(http, `/coverage?date=${encodeURIComponent(date)}`, dayCoverageSchema),
    close: async () => http.close(),
  };
}

function parseIndicators(body: Buffer, timeframe: Timeframe): IndicatorTable {
  try {
    const { symbol, columns, rows } = indicatorsSchema.parse(JSON.parse(body.toString('utf8')));
    const column = (index: number): Float64Array => Float64Array.from(rows, (row) => row[index] ?? Number.NaN);
    return { symbol, timeframe, columns, times: column(0), values: columns.map((_, index) => column(index + 1)) };
  } catch (cause) {
    throw storeClientErrors.create('RTP_STORE_ANSWER_INVALID', `Indicators cannot be read: ${describeError(cause)}.`);
  }
}
