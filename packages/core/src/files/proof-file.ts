import { join } from 'node:path';
import { z } from 'zod';
import type { DataPaths } from '../process/data-paths.ts';
import type { TradingDate } from '../time/ist.ts';

/** What everybody reads of the kept proof of a sealed date; the file says more. */
export const proofFileSchema = z.object({
  version: z.literal(1),
  date: z.string(),
  /** Generation of the seal that was proved. */
  generation: z.number().int().min(1),
  verdict: z.enum(['proved', 'failed']),
  /** What was found, in one line. */
  summary: z.string(),
});
export type ProofFile = z.infer<typeof proofFileSchema>;

/** Where the proof of a date is kept. */
export const proofFile = ({ proofsDir }: Pick<DataPaths, 'proofsDir'>, date: TradingDate): string =>
  join(proofsDir, `${date}.json`);
