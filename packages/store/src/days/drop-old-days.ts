import { join } from 'node:path';
import { DAY_MS, type TradingDate } from '@rtp/core';
import type { SealReceipt } from '@rtp/store-client';
import { dateFolder, listDates, listFiles, SEALED_TABLES, sealedFileName } from '../publish/history-files.ts';
import type { StoreParts } from '../store-parts.ts';

/**
 * Drops the hot files of days sealed long enough ago, and the published files that their sealed files replace: commit
 * files, slabs, older generations. Idempotent; inside the writer's queue.
 */
export async function dropOldDays(parts: StoreParts): Promise<void> {
  const { register, hot, config, clock, paths } = parts;
  const before = clock.now() - config.hot_retention_days * DAY_MS;
  const published = new Set(listDates(paths.historyDir, 'commits'));
  for (const date of new Set([...hot.filed(), ...published])) {
    const receipt = register.receipt(date);
    if (register.state(date) !== 'sealed' || receipt === null || receipt.sealedAt > before) continue;
    if (hot.get(date) === undefined) dropDay(parts, date, receipt);
  }
}

/** Drops a sealed day's hot file, which must not be attached, and what its sealed files replace. */
export function dropDay({ hot, logger, paths, retirement }: StoreParts, date: TradingDate, receipt: SealReceipt): void {
  if (hot.filed().includes(date)) {
    hot.drop(date);
    logger.info('hot file dropped', { date, sealedAt: receipt.sealedAt });
  }
  retirement.retire(replacedFiles(paths.historyDir, date, receipt.commitSeq));
}

function replacedFiles(historyDir: string, date: TradingDate, sealedSeq: number): string[] {
  return SEALED_TABLES.flatMap((table) =>
    listFiles(historyDir, table, date)
      .filter(({ name }) => name !== sealedFileName(sealedSeq))
      .map(({ name }) => join(dateFolder(historyDir, table, date), name)),
  );
}
