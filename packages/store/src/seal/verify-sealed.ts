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
 * SHA-256 over a sealed file's bars: of each instrument's lines first, then of those digests (hex, one a line) by
 * ascending instrument. A line is epoch ms, open, high, low, close, volume, source, final state, partial, revision,
 * separated by `|` and ended by a newline, by ascending minute.
 */
export async function barsChecksum(session: Session, file: string): Promise<string> {
  const digests = await session.rows(`SELECT sha256(string_agg(line, '' ORDER BY ts)) FROM (
      SELECT instrument_id, ts, concat_ws('|', epoch_ms(ts), open, high, low, close, volume, source, final_state, partial,
        revision) || chr(10) AS line FROM ${parquet(file)})
    GROUP BY instrument_id ORDER BY instrument_id`);
  const hash = createHash('sha256');
  for (const [digest] of digests) hash.update(`${digest}\n`);
  return hash.digest('hex');
}

/** Proves that a file's bars ascend by instrument and minute, none twice. Errors: RTP_STORE_SEAL_UNVERIFIED. */
export async function verifyOrder(session: Session, file: string): Promise<void> {
  const [row] = await session.rows(`SELECT count(*)::DOUBLE FROM (
      SELECT (instrument_id, ts) AS own, lag((instrument_id, ts)) OVER (ORDER BY file_row_number) AS before
      FROM read_parquet(${literal(file)}, hive_partitioning = false, file_row_number = true))
    WHERE before IS NOT NULL AND own <= before`);
  if (row?.[0] === 0) return;
  throw storeErrors.create('RTP_STORE_SEAL_UNVERIFIED', `${file} is not sorted, or holds a minute twice.`);
}

const parquet = (file: string): string => `read_parquet(${literal(file)}, hive_partitioning = false)`;
