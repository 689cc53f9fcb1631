import { join } from 'node:path';
import { type DataPaths, parseTradingDate, type TradingDate } from '@rtp/core';

/** Database name of the file that holds what belongs to no single day. */
export const REFERENCE = 'ref';

/** Database name a day's file is attached under. */
export const dayAlias = (date: TradingDate): string => `d${date.replaceAll('-', '')}`;

export const dayFile = (paths: DataPaths, date: TradingDate): string => join(paths.hotDir, `${date}.duckdb`);

export const referenceFile = (paths: DataPaths): string => join(paths.hotDir, 'reference.duckdb');

/** The date of a day's file name, or null for any other file. */
export function dateOfDayFile(name: string): TradingDate | null {
  const date = /^(\d{4}-\d{2}-\d{2})\.duckdb$/.exec(name)?.[1];
  if (date === undefined) return null;
  try {
    return parseTradingDate(date);
  } catch {
    return null;
  }
}
