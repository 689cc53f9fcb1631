import { type DataPaths, RtpError } from '@rtp/core';
import type { MarketDataReader } from '../market-data.ts';
import { openCatalogue } from './open-catalogue.ts';
import { openStoreMarketData } from './store-market-data.ts';

/**
 * Reads market data through the running store, or through the catalogue when it does not run: the same answers.
 * Errors: RTP_CATALOGUE_MISSING, RTP_CATALOGUE_UNREADABLE.
 */
export async function openMarketData(paths: DataPaths): Promise<MarketDataReader> {
  try {
    return await openStoreMarketData(paths);
  } catch (error) {
    if (error instanceof RtpError && error.code === 'RTP_STORE_UNREACHABLE') return openCatalogue(paths);
    throw error;
  }
}
