import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, RtpError } from '@rtp/core';
import { literal } from '@rtp/store-client';
import { dateFolder, sealedFileName } from '../publish/history-files.ts';
import { readFiles } from '../publish/read-published.ts';
import type { Reader } from '../reading/live-surface.ts';
import type { StoreParts } from '../store-parts.ts';
import type { GroupRows } from './bulk-runner.ts';
import type { DateOptions } from './date-options.ts';
import type { SeriesDate } from './series-dates.ts';
import type { SeriesStates } from './series-states.ts';
import { differingRows } from './stored-rows.ts';

/**
 * Whether a sealed date's file of indicators is not what the bars lead to; takes `states` over the date when it is. A
 * file that cannot be read is put aside, so that the date can be opened without it. Errors: the engine's fatal ones.
 */
export async function sealedDiffers(
  parts: StoreParts,
  of: SeriesDate,
  states: SeriesStates,
  { instrumentIds, signal, onGroup }: Pick<DateOptions, 'instrumentIds' | 'signal' | 'onGroup'>,
): Promise<boolean> {
  const { commitSeq, indicators } = parts.register.receipt(of.date)!;
  const file = join(dateFolder(parts.paths.historyDir, 'indicators', of.date), sealedFileName(commitSeq));
  const from = readFiles('indicators', literal(file));
  let differs = false;
  let rows = 0;
  await parts.states.over(of, states, { wantsRows: true, instrumentIds }, async (group) => {
    signal?.throwIfAborted();
    rows += group.bars.minutes.length;
    differs = indicators === 0 || (await isUnequal(group));
    if (!differs) onGroup?.(group.bars.instrumentIds.length);
    return !differs;
  });
  // Rows of minutes that have no whole bar are surplus.
  return differs || (instrumentIds === undefined && rows !== indicators);

  async function isUnequal(group: GroupRows): Promise<boolean> {
    try {
      const read = (run: Reader): Promise<Uint32Array> => differingRows(run, from, of.date, group);
      const found = await parts.surface.askAtLength((run) => run.expectingDamage(() => read(run)));
      return found.length > 0;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      parts.logger.error('a sealed file cannot be read and is put aside', { file, error: describeError(error) });
      await rename(file, `${file}.damaged`).catch(() => {});
      return true;
    }
  }
}

/** What DuckDB says of a file that is gone or no longer whole; of memory it may say more, which is no damage. */
function isUnreadable(error: unknown): boolean {
  const text = describeError(error);
  if (!(error instanceof RtpError) || /Out of Memory/i.test(text)) return false;
  return /No files found|Cannot open file|magic bytes|too small|parquet|thrift|TProtocol|ZSTD|Corrupt|not read enough/i.test(
    text,
  );
}
