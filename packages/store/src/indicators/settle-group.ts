import { commitOwn } from '../commit/commit-own.ts';
import type { HotDay } from '../days/hot-day.ts';
import type { StoreParts } from '../store-parts.ts';
import type { GroupRows } from './bulk-runner.ts';
import { rowsOfGroup } from './group-batch.ts';
import { differingRows } from './stored-rows.ts';

/**
 * Commits the rows of a group that an attached day lacks or has with other values; with `force`, all of them. Returns
 * how many. Inside the writer's queue. Errors: the engine's.
 */
export async function settleGroup(parts: StoreParts, day: HotDay, group: GroupRows, force: boolean): Promise<number> {
  const rows = force
    ? Uint32Array.from(group.bars.minutes.keys())
    : await differingRows(parts.writer, `${day.alias}.indicators`, day.date, group);
  if (rows.length > 0) {
    await commitOwn(parts, day, { indicators: rowsOfGroup(group, rows, day.date, parts.clock.now()) });
    // Both take memory; one after the other they take less.
    await parts.publisher.idle();
  }
  return rows.length;
}
