import type { DataPaths } from '@rtp/core';
import type { MarketDataReader } from './market-data.ts';

/**
 * Reads the catalogue of a data directory in this process, READ_ONLY, whether the system runs or not. DuckDB is
 * loaded only here. Errors: RTP_CATALOGUE_MISSING, RTP_CATALOGUE_UNREADABLE.
 */
export async function openCatalogue(paths: DataPaths): Promise<MarketDataReader> {
  throw new Error(paths.catalogueFile);
}
