import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '@rtp/core';
import { dhanErrors } from '../errors.ts';
import { failure } from '../wire/failure-kind.ts';
import type { Http } from '../wire/http.ts';
import { type Layout, layoutOf } from './columns.ts';
import type { MasterRow } from './master-row.ts';
import { readRow } from './read-row.ts';
import { wantedLines } from './wanted-lines.ts';

/** Unreadable rows tolerated among the wanted ones before the file counts as damaged. */
const BAD_ROW_SHARE = 0.01;

export interface ScripMasterRequest {
  readonly http: Http;
  readonly url: string;
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
}

/** Downloads the scrip master and keeps the wanted rows. Errors: RTP_DHAN_NETWORK, RTP_DHAN_SERVER, RTP_DHAN_SCRIP_MASTER_INVALID. */
export function readScripMaster({
  http,
  url,
  timeoutMs,
  logger,
  signal,
}: ScripMasterRequest): Promise<readonly MasterRow[]> {
  const headers = { accept: 'text/csv', 'accept-encoding': 'gzip' };
  return http.stream({ name: 'scrip master', method: 'GET', url, headers, timeoutMs, signal }, async (answer) => {
    if (answer.status !== 200) {
      answer.body.destroy();
      throw failure(answer.status >= 500 ? 'server' : 'bad_request', `scrip master: HTTP ${answer.status}`);
    }
    if (answer.contentEncoding !== 'gzip') return parseScripMaster(answer.body, logger);
    const { createGunzip } = await import('node:zlib');
    const plain = createGunzip();
    const [rows] = await Promise.all([parseScripMaster(plain, logger), pipeline(answer.body, plain)]);
    return rows;
  });
}

/**
 * Reads a scrip master of any layout by its header, row by row: of some 35 MB only the wanted rows stay. A row
 * that occurs twice is kept once. Errors: RTP_DHAN_SCRIP_MASTER_INVALID.
 */
export async function parseScripMaster(source: Readable, logger: Logger): Promise<readonly MasterRow[]> {
  const { parse } = await import('csv-parse');
  const rows = new Map<string, MasterRow>();
  let layout: Layout | undefined;
  let bad = 0;
  const parser = parse({ bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true });
  parser.on('data', (record: readonly string[]) => {
    if (layout === undefined) {
      try {
        layout = layoutOf(record);
      } catch (error) {
        parser.destroy(error as Error);
      }
      return;
    }
    const row = readRow(record, layout);
    if (row === 'bad') bad += 1;
    else if (row !== 'skip') rows.set(`${row.segment} ${row.securityId}`, row);
  });
  await pipeline(source, wantedLines, parser).catch((error: NodeJS.ErrnoException) => {
    if (!error.code?.startsWith('CSV_')) throw error;
    throw dhanErrors.create('RTP_DHAN_SCRIP_MASTER_INVALID', `The scrip master is not CSV: ${error.message}`);
  });
  const kept = [...rows.values()];
  if (!kept.some(({ segment }) => segment === 'NSE_EQ')) {
    throw dhanErrors.create('RTP_DHAN_SCRIP_MASTER_INVALID', 'The scrip master lists no NSE share.');
  }
  if (bad > kept.length * BAD_ROW_SHARE) {
    throw dhanErrors.create(
      'RTP_DHAN_SCRIP_MASTER_INVALID',
      `${bad} of ${bad + kept.length} rows of the scrip master cannot be read.`,
    );
  }
  if (bad > 0) logger.warn('rows of the scrip master were skipped', { unreadable: bad, read: kept.length });
  return Object.freeze(kept);
}
