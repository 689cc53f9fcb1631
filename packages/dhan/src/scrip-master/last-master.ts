import { z } from 'zod';
import { dhanErrors } from '../errors.ts';
import { readPrivateJson, writePrivateJson } from '../wire/private-file.ts';

const schema = z.object({ url: z.string(), rows: z.int().min(1) });

/**
 * Compares a scrip master with the last one accepted from the same address, of which `file` keeps the size, and accepts it.
 * A file cut short, or of another kind, would silently take shares out of the universe (wire §8).
 * Errors: RTP_DHAN_SCRIP_MASTER_INVALID when it has fewer than `minShare` of the rows.
 */
export function acceptMaster(file: string, url: string, rows: number, minShare: number): void {
  const last = schema.safeParse(readPrivateJson(file));
  const before = last.success && last.data.url === url ? last.data.rows : 0;
  if (rows < before * minShare) {
    throw dhanErrors.create(
      'RTP_DHAN_SCRIP_MASTER_INVALID',
      `The scrip master has shrunk from ${before} to ${rows} rows.`,
    );
  }
  if (rows > 0 && rows !== before) writePrivateJson(file, { url, rows });
}
