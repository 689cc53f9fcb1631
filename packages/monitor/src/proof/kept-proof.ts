import { readFileSync } from 'node:fs';
import { type DataPaths, type ProofFile, proofFile, proofFileSchema, type TradingDate } from '@rtp/core';

/** The kept proof of a date; null when there is none that can be read. */
export function keptProof(paths: Pick<DataPaths, 'proofsDir'>, date: TradingDate): ProofFile | null {
  try {
    return proofFileSchema.safeParse(JSON.parse(readFileSync(proofFile(paths, date), 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}
