/** The recorded bars a system test compares with, read independently of the product's own reader. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

export interface RecordedBar {
  readonly symbol: string;
  /** `2016-09-30T09:15:00+05:30` */
  readonly time: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

export const SHIPPED_DAY = 'kite-2016-09-30-83symbols.csv.gz';
export const MUHURAT_DAYS = 'kite-5symbols-muhurat-2025-10-20_2025-10-23.csv.gz';
export const UNSEEN_DAY = '2020-02-28-INFY-VEDL.csv.gz';

/** Rows of a fixture on one date, optionally of `[from, to)` IST times only. */
export function recordedBars(name: string, date: string, from = '00:00', to = '24:00'): readonly RecordedBar[] {
  const [header, ...lines] = gunzipSync(readFileSync(fixture(name)))
    .toString('utf8')
    .trim()
    .split('\n');
  if (header?.trim() !== 'symbol,time,open,high,low,close,volume') throw new Error(`unexpected header: ${header}`);
  return lines
    .map((line) => line.trim().split(','))
    .filter(([, time = '']) => time.startsWith(date) && time.slice(11, 16) >= from && time.slice(11, 16) < to)
    .map(([symbol = '', time = '', open, high, low, close, volume]) => ({
      symbol,
      time,
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: Number(volume),
    }));
}
