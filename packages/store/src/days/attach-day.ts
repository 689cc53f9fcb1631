import { existsSync, renameSync, rmSync } from 'node:fs';
import { literal } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';

/**
 * Block size of a day's file: DuckDB's smallest. Every column holds blocks of its own in memory until a checkpoint,
 * and a day has some 130: at the default of 262,144 bytes the first minute took 82 MB and a checkpoint more than the
 * store's whole limit (measured with 1.5.6); at this size a day's indicators take what their values do.
 */
const BLOCK_BYTES = 16_384;

/** Attaches a day's file, creating it when there is none. One of other blocks is rewritten first. */
export async function attachDay(session: Session, day: { readonly file: string; readonly alias: string }): Promise<void> {
  const { file, alias } = day;
  const isNew = !existsSync(file);
  await session.exec(`ATTACH ${literal(file)} AS ${alias} ${isNew ? `(BLOCK_SIZE ${BLOCK_BYTES})` : ''}`);
  const [row] = await session.rows(
    `SELECT block_size::DOUBLE FROM pragma_database_size() WHERE database_name = '${alias}'`,
  );
  if (row?.[0] !== BLOCK_BYTES) await rewrite(session, day);
}

/** Copies an attached file into one of the right blocks, which takes its name. */
async function rewrite(session: Session, { file, alias }: { readonly file: string; readonly alias: string }): Promise<void> {
  const copy = `${file}.new`;
  rmSync(copy, { force: true });
  rmSync(`${copy}.wal`, { force: true });
  await session.exec(`CHECKPOINT ${alias}`);
  await session.exec(`ATTACH ${literal(copy)} AS ${alias}_copy (BLOCK_SIZE ${BLOCK_BYTES})`);
  await session.exec(`COPY FROM DATABASE ${alias} TO ${alias}_copy`);
  await session.exec(`CHECKPOINT ${alias}_copy`);
  await session.exec(`DETACH ${alias}_copy; DETACH ${alias}`);
  renameSync(copy, file);
  await session.exec(`ATTACH ${literal(file)} AS ${alias}`);
}
