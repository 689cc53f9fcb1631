import { join } from 'node:path';
import type { TradingDate } from '@rtp/core';
import { giveBackMemory } from '../engine/give-back-memory.ts';
import type { Session } from '../engine/session.ts';
import { dateFolder, SEALED_TABLES, type SealedTable, sealedFileName } from '../publish/history-files.ts';
import { putInPlace, SEALED_FORMAT, writeAside } from '../publish/write-parquet.ts';
import { sealedIndicators, writeSealedIndicators } from './sealed-indicators.ts';
import { sealedRows } from './sealed-rows.ts';
import { barsChecksum, fingerprint, verifyFile, verifyOrder } from './verify-sealed.ts';

export interface SealedFiles {
  readonly bars: number;
  readonly superseded: number;
  readonly indicators: number;
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
    const isWide = table === 'indicators';
    const sql = isWide ? sealedIndicators(date) : sealedRows(date, table);
    const expected = await fingerprint(session, sql);
    if (isWide && expected.rows === 0) continue;
    const file = join(dateFolder(historyDir, table, date), sealedFileName(commitSeq));
    const aside = isWide
      ? await writeSealedIndicators(session, historyDir, date, file)
      : await writeAside(session, historyDir, sql, file, SEALED_FORMAT);
    await verifyFile(session, aside, expected);
    written.set(table, { aside, file, rows: expected.rows });
    await giveBackMemory(session);
  }
  const rowsOf = (table: SealedTable): number => written.get(table)?.rows ?? 0;
  for (const table of ['bars', 'indicators'] as const) {
    const file = written.get(table)?.aside;
    if (file !== undefined) await verifyOrder(session, file);
  }
  const checksum = await barsChecksum(session, written.get('bars')?.aside as string);
  for (const { aside, file } of written.values()) putInPlace(aside, file);
  const [bars, superseded] = [rowsOf('bars'), rowsOf('bars_superseded')];
  return { bars, superseded, indicators: rowsOf('indicators'), checksum };
}
