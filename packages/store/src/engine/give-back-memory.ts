import type { Session } from './session.ts';

/** Cached blocks that are left alone: fewer are not worth it. */
const KEPT_CACHE_BYTES = 8 * 1_024 * 1_024;

/**
 * Drops cached blocks of checkpointed tables, which DuckDB otherwise keeps up to its limit: what a checkpoint wrote of a
 * day is seldom read again by the store, and would add 70 MB to it by the evening. Lowering the limit evicts at once
 * (measured with 1.5.6); as long as it is low, a statement elsewhere would fail, so none may be running.
 */
export async function evictCached(session: Session, memoryLimitMb: number): Promise<void> {
  const [row] = await session.rows(
    "SELECT sum(memory_usage_bytes)::DOUBLE, (sum(memory_usage_bytes) FILTER (tag = 'BASE_TABLE'))::DOUBLE FROM duckdb_memory()",
  );
  const [total, cached] = row as [number, number];
  if (cached <= KEPT_CACHE_BYTES) return;
  const low = Math.round(total - cached + KEPT_CACHE_BYTES);
  await session.exec(`SET memory_limit = '${low}B'; SET memory_limit = '${memoryLimitMb}MB'`);
}

/** Growth that is left alone: giving it back takes 15 ms, and then the pages are missing. */
const SLIGHT_BYTES = 8 * 1_024 * 1_024;

let leanBytes = process.memoryUsage.rss();

/** Bytes by which the process has grown since memory was given back last. */
export function grownBytes(): number {
  const rss = process.memoryUsage.rss();
  leanBytes = Math.min(leanBytes, rss);
  return rss - leanBytes;
}

/**
 * Returns freed memory to the system, unless the process has hardly grown. DuckDB does so by itself only in idle worker
 * threads, of which there are none at one thread; changing their number makes it do so at once (measured with 1.5.6:
 * 70 to 22 MB after a sort, and 65 MB after each part of a sealed file). One at a time: inside the writer's queue.
 */
export async function giveBackMemory(session: Session): Promise<void> {
  if (grownBytes() < SLIGHT_BYTES) return;
  const [row] = await session.rows("SELECT current_setting('threads')::DOUBLE");
  const threads = row?.[0] as number;
  await session.exec(`SET threads = ${threads + 1}; SET threads = ${threads}`);
  leanBytes = process.memoryUsage.rss();
}
