import { atIst, type EpochMs } from '@rtp/core';

const DAY_FIRST = /^(\d{2})\/(\d{2})\/(\d{4}) (\d{2}:\d{2}(?::\d{2})?)$/;
const YEAR_FIRST = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?$/;

/**
 * The broker's zoneless texts, all IST: `DD/MM/YYYY HH:mm[:ss]` and `YYYY-MM-DD HH:mm:ss[.S]` (wire §2.2, wire §5).
 * Null for anything else, the empty text and the "never" of 1980.
 */
export function istTextToEpoch(text: string): EpochMs | null {
  const dayFirst = DAY_FIRST.exec(text);
  const yearFirst = dayFirst === null ? YEAR_FIRST.exec(text) : null;
  const date = dayFirst === null ? yearFirst?.[1] : `${dayFirst[3]}-${dayFirst[2]}-${dayFirst[1]}`;
  const time = dayFirst === null ? yearFirst?.[2] : dayFirst[4];
  if (date === undefined || time === undefined || date.startsWith('1980-01-01')) return null;
  try {
    return atIst(date, time);
  } catch {
    return null;
  }
}
