import { readFileSync } from 'node:fs';
import type { DataPaths, EpochMs, TradingDate } from '@rtp/core';
import { z } from 'zod';
import { writeJsonFile } from './write-json.ts';

const positionSchema = z.object({ date: z.string(), marketMs: z.int() }).readonly();

/**
 * Remembers how far a simulated day has come. What is written is never behind what any process has seen, so that a
 * resumed market does not run backwards: minutes skipped by a crash are missed minutes, filled from the charts.
 */
export function saveMarketPosition(paths: DataPaths, date: TradingDate, marketMs: EpochMs): void {
  writeJsonFile(paths.marketPositionFile, { date, marketMs: Math.ceil(marketMs) });
}

/** Where the simulated day `date` stopped; null when it has not been played on this data directory. */
export function readMarketPosition(paths: DataPaths, date: TradingDate): EpochMs | null {
  try {
    const position = positionSchema.parse(JSON.parse(readFileSync(paths.marketPositionFile, 'utf8')));
    return position.date === date ? position.marketMs : null;
  } catch {
    return null;
  }
}
