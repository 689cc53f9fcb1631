import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TradingDate } from '@rtp/core';

/** Real trading days that come with RTP; their provenance is in `days/README.md`. */
export const SHIPPED_DAYS: ReadonlyMap<TradingDate, { readonly file: string; readonly provenance: string }> = new Map([
  [
    '2016-09-30',
    shipped('2016-09-30.parquet', '83 NSE shares on 30 September 2016, as recorded from Zerodha Kite history'),
  ],
  [
    '2025-10-21',
    shipped(
      '2025-10-21.parquet',
      'five NSE shares in the Muhurat session of 21 October 2025, from Zerodha Kite history',
    ),
  ],
]);

function shipped(name: string, provenance: string): { readonly file: string; readonly provenance: string } {
  return { file: resolve(fileURLToPath(import.meta.url), '../../../days', name), provenance };
}
