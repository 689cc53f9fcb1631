import { type DataPaths, describeError, RtpError, type TradingDate } from '@rtp/core';

/** The proof of the day's indicators: a line about it, and whether it holds. */
export async function proveIndicators(
  paths: DataPaths,
  date: TradingDate,
): Promise<{ readonly line: string; readonly isProved: boolean }> {
  // Loaded once the day is over: the engine stays out of the manager's memory until then.
  const [{ verifyIndicators }, { keepProof }] = await Promise.all([
    import('../indicators/proof/verify-indicators.ts'),
    import('../indicators/proof/keep-proof.ts'),
  ]);
  try {
    const proof = await verifyIndicators(paths, { date });
    keepProof(paths, proof);
    const isProved = proof.verdict === 'proved';
    return { line: `${isProved ? 'Indicators' : 'Indicators NOT PROVED'}: ${proof.summary}.`, isProved };
  } catch (error) {
    if (!(error instanceof RtpError)) throw error;
    return { line: `Indicators NOT PROVED: ${describeError(error)}`, isProved: false };
  }
}
