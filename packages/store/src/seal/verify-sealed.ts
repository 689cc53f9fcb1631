import { createHash } from 'node:crypto';
import { literal } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import { storeErrors } from '../errors.ts';

/** What two readings of the same rows must agree on. */
export interface Fingerprint {
  readonly rows: number;
  /** Sum of row hashes over every column; the order does not matter. */
  readonly hash: string;
}

export async function fingerprint(session: Session, sql: string): Promise<Fingerprint> {
  const [row] = await session.rows(
    `SELECT count(*)::DOUBLE, coalesce(sum(hash(t)::HUGEINT), 0)::VARCHAR FROM (${sql}) t`,
  );
  return { rows: row?.[0] as number, hash: row?.[1] as string };
}

/** Compares a written file with the rows it was written from. Errors: RTP_STORE_SEAL_UNVERIFIED. */
export async function verifyFile(session: Session, file: string, expected: Fingerprint): Promise<void> {
  const found = await fingerprint(session, `SELECT * FROM ${parquet(file)}`);
  if (found.rows === expected.rows && found.hash === expected.hash) return;
  throw storeErrors.create(
    'RTP_STORE_SEAL_UNVERIFIED',
    `${file} holds ${found.rows} rows (hash ${found.hash}) instead of ${expected.rows} (${expected.hash}).`,
  );
}

/**
 * SHA-256 over the bars of a sealed file, one line each: instrument, epoch ms, open, high, low, close, volume,
 * source, final state, partial, revision, separated by `|`, each line ended by a newline. Reading in file order, it
 * also proves that instruments and minutes ascend and none is twice. Errors: RTP_STORE_SEAL_UNVERIFIED.
 */
export async function barsChecksum(session: Session, file: string): Promise<string> {
  const hash = createHash('sha256');
  let lastId = -1;
  let lastTs = -1;
  const sql = `SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, open, high, low, close, volume::DOUBLE, source,
    final_state, partial, revision::DOUBLE FROM ${parquet(file)}`;
  for await (const columns of session.chunks(sql)) {
    const [ids, times] = columns as [number[], number[], ...unknown[][]];
    let lines = '';
    for (let row = 0; row < ids.length; row += 1) {
      const id = ids[row] as number;
      const ts = times[row] as number;
      if (id < lastId || (id === lastId && ts <= lastTs)) {
        throw storeErrors.create('RTP_STORE_SEAL_UNVERIFIED', `${file} is not sorted, or holds a minute twice.`);
      }
      lastId = id;
      lastTs = ts;
      lines += `${columns.map((column) => column[row]).join('|')}\n`;
    }
    hash.update(lines);
  }
  return hash.digest('hex');
}

const parquet = (file: string): string => `read_parquet(${literal(file)}, hive_partitioning = false)`;
