import { statfsSync, statSync } from 'node:fs';
import { describeError } from '@rtp/core';
import type { StoreParts } from '../store-parts.ts';
import type { HotDay } from './hot-day.ts';
import { dayFile } from './names.ts';

/** Room a checkpoint must find, as a multiple of the WAL: one that fails for want of space ends the process. */
const ROOM_FACTOR = 3;

/**
 * Moves what a day's WAL holds into its file once that is enough: until then DuckDB keeps the rows in memory, where a
 * day of indicators would be 100 MB. Between two commits, so that none waits for its answer. Inside the writer's queue;
 * never rejects: what fails here is tried again after the next commit, or has ended the engine.
 */
export async function checkpointGrown(parts: StoreParts, day: HotDay): Promise<void> {
  const { hot, paths, config, writer, logger } = parts;
  if (hot.get(day.date) !== day) return;
  try {
    const wal = statSync(`${dayFile(paths, day.date)}.wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (wal < config.checkpoint_wal_mb * 1_024 * 1_024) return;
    const { bavail, bsize } = statfsSync(paths.hotDir);
    if (bavail * bsize < wal * ROOM_FACTOR) return;
    await writer.exec(`CHECKPOINT ${day.alias}`);
  } catch (error) {
    logger.warn('a day could not be checkpointed', { date: day.date, error: describeError(error) });
  }
}
