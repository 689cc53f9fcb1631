import { type DataPaths, describeError } from '@rtp/core';
import { keepProof } from '../../indicators/proof/keep-proof.ts';
import type { IndicatorProof } from '../../indicators/proof/proof.ts';
import { proofLines } from '../../indicators/proof/proof-lines.ts';
import { verifyIndicators } from '../../indicators/proof/verify-indicators.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { progressLine } from '../progress-line.ts';
import { endWithReader } from '../reader-gone.ts';

export interface IndicatorsVerifyOptions extends CommonOptions {
  readonly date?: string;
  readonly symbols?: readonly string[];
  readonly all?: boolean;
  readonly json?: boolean;
}

/** `rtp indicators verify`: keeps the proof of a whole sealed day; exit code 0 only if every value was compared and is right. */
export async function indicatorsVerifyCommand(options: IndicatorsVerifyOptions): Promise<number> {
  endWithReader();
  const { paths } = cliContext(options);
  const progress = progressLine(process.stderr);
  try {
    const proof = await verifyIndicators(paths, options, (done, total) => progress.show(done, total, 'symbols'));
    progress.end();
    tryToKeep(paths, proof);
    if (options.json === true) process.stdout.write(`${JSON.stringify(proof, null, 2)}\n`);
    else process.stdout.write(`${proofLines(proof, options.all === true).join('\n')}\n`);
    return proof.verdict === 'proved' ? 0 : 1;
  } finally {
    progress.end();
  }
}

/** Whoever may only read the data gets the proof all the same. */
function tryToKeep(paths: DataPaths, proof: IndicatorProof): void {
  try {
    keepProof(paths, proof);
  } catch (error) {
    process.stderr.write(`note: the proof is not kept: ${describeError(error)}\n`);
  }
}
