import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeError, projectRoot } from '@rtp/core';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { pipelineErrors } from '../errors.ts';

/** One share the owner wants tracked. The broker's id is a hint: the day's scrip master decides. */
const universeRowSchema = z
  .object({
    symbol: z.string().trim().min(1),
    security_id: z.string().trim(),
    isin: z.string().trim(),
  })
  .readonly();
export type UniverseRow = z.infer<typeof universeRowSchema>;

/** Reads the universe CSV; `file` is relative to the project's folder. Errors: RTP_UNIVERSE_UNREADABLE. */
export function readUniverse(file: string): readonly UniverseRow[] {
  const path = resolve(projectRoot, file);
  let records: unknown[];
  try {
    records = parse(readFileSync(path), { columns: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    throw pipelineErrors.create('RTP_UNIVERSE_UNREADABLE', `${path} cannot be read: ${describeError(cause)}.`);
  }
  const seen = new Set<string>();
  const rows: UniverseRow[] = [];
  for (const [index, record] of records.entries()) {
    const parsed = universeRowSchema.safeParse(record);
    if (!parsed.success) {
      const where = `${path}, data row ${index + 1}`;
      throw pipelineErrors.create('RTP_UNIVERSE_UNREADABLE', `${where}: ${z.prettifyError(parsed.error)}`);
    }
    if (seen.has(parsed.data.symbol)) continue;
    seen.add(parsed.data.symbol);
    rows.push(parsed.data);
  }
  return rows;
}
