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

/** `rtp indicators verify`: exit code 0 only if every value was compared and is right. */
export async function indicatorsVerifyCommand(options: IndicatorsVerifyOptions): Promise<number> {
  endWithReader();
  const { paths } = cliContext(options);
  const progress = progressLine(process.stderr);
  try {
    const proof = await verifyIndicators(paths, options, (done, total) => progress.show(done, total, 'symbols'));
    progress.end();
    if (options.json === true) process.stdout.write(`${JSON.stringify(proof, null, 2)}\n`);
    else process.stdout.write(`${proofLines(proof, options.all === true).join('\n')}\n`);
    return proof.verdict === 'proved' ? 0 : 1;
  } finally {
    progress.end();
  }
}
