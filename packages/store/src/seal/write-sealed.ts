import { join } from 'node:path';
import type { TradingDate } from '@rtp/core';
import type { Session } from '../engine/session.ts';
import { dateFolder, SEALED_TABLES, type SealedTable, sealedFileName } from '../publish/history-files.ts';
import { putInPlace, SEALED_FORMAT, writeAside } from '../publish/write-parquet.ts';
import { sealedRows } from './sealed-rows.ts';
import { barsChecksum, fingerprint, verifyFile, verifyOrder } from './verify-sealed.ts';

export interface SealedFiles {
  readonly bars: number;
  readonly superseded: number;
  readonly checksum: string;
}

/**
 * Writes a day's sealed files under `commitSeq`, reads each back, and only then gives them their names. Errors:
 * RTP_STORE_SEAL_UNVERIFIED, the engine's.
 */
export async function writeSealed(
  session: Session,
  historyDir: string,
  date: TradingDate,
  commitSeq: number,
): Promise<SealedFiles> {
  const written = new Map<SealedTable, { aside: string; file: string; rows: number }>();
  for (const table of SEALED_TABLES) {
    const sql = sealedRows(date, table);
    const expected = await fingerprint(session, sql);
    const file = join(dateFolder(historyDir, table, date), sealedFileName(commitSeq));
    const aside = await writeAside(session, historyDir, sql, file, SEALED_FORMAT);
    await verifyFile(session, aside, expected);
    written.set(table, { aside, file, rows: expected.rows });
  }
  const rowsOf = (table: SealedTable): number => written.get(table)?.rows ?? 0;
  const bars = written.get('bars')?.aside as string;
  await verifyOrder(session, bars);
  const checksum = await barsChecksum(session, bars);
  for (const { aside, file } of written.values()) putInPlace(aside, file);
  return { bars: rowsOf('bars'), superseded: rowsOf('bars_superseded'), checksum };
}
