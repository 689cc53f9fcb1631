import type { DataPaths, TradingDate } from '@rtp/core';
import { runRtp } from '../run-rtp.ts';

/**
 * Proves the indicators of a date and waits for the end. The process keeps its result itself; one that was compared and is
 * not right is a result too. Returns why it did not end well, or null.
 */
export const runProof = (
  paths: DataPaths,
  date: TradingDate,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | null> => runRtp(paths, ['indicators', 'verify', '--json', '--date', date], timeoutMs, signal);
