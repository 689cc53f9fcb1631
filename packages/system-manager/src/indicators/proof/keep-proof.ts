import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { type DataPaths, type ProofFile, proofFile } from '@rtp/core';
import type { ColumnsProof, IndicatorProof } from './proof.ts';

/** Columns kept beside those that are wrong. */
const KEPT_COLUMNS = 10;

/**
 * Keeps the proof of a sealed date in the data directory, for the monitor and for later. A proof of some symbols, or of an
 * open date, is not kept; returns whether it was. Errors: those of the file system.
 */
export function keepProof(paths: DataPaths, proof: IndicatorProof): boolean {
  const { generation } = proof;
  if (!proof.whole || generation === null) return false;
  const { stored, read, opinion } = proof;
  const kept: ProofFile & IndicatorProof = {
    ...proof,
    generation,
    stored: shortened(stored),
    read: shortened(read),
    opinion: shortened(opinion),
  };
  // Not the folders above it: a data directory that is gone stays gone.
  if (!existsSync(paths.proofsDir)) mkdirSync(paths.proofsDir);
  const file = proofFile(paths, proof.date);
  const work = `${file}.${process.pid}.part`;
  writeFileSync(work, `${JSON.stringify(kept, null, 2)}\n`);
  renameSync(work, file);
  return true;
}

const shortened = (proof: ColumnsProof): ColumnsProof => ({
  ...proof,
  columns: proof.columns.filter(({ wrong }, index) => wrong > 0 || index < KEPT_COLUMNS),
});
