/**
 * Real bars for tests, minutes of regular days as a broker's history gave them.
 * RELIANCE-2026-04: 20 to 24 April 2026, from github.com/Hbsandeep26/OB_mitigation (Dhan).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DAY_MS, IST_OFFSET_MS, MINUTE_MS } from '@rtp/core';
import { emptySeries, type Series } from './series.ts';

const OPENING_MINUTE = 555;

/** Bars of `real/<name>.csv.gz`, without a benchmark. */
export function realBars(name: string): Series {
  const text = gunzipSync(readFileSync(join(import.meta.dirname, '../real', `${name}.csv.gz`))).toString();
  const rows = text.trimEnd().split('\n').slice(1);
  const series = emptySeries(rows.length);
  for (const [bar, row] of rows.entries()) {
    const [seconds, open, high, low, close, volume] = row.split(',').map(Number) as [number, ...number[]];
    const local = seconds * 1000 + IST_OFFSET_MS;
    const minute = Math.floor((local % DAY_MS) / MINUTE_MS);
    series.open[bar] = open!;
    series.high[bar] = high!;
    series.low[bar] = low!;
    series.close[bar] = close!;
    series.volume[bar] = volume!;
    series.session[bar] = Math.floor(local / DAY_MS);
    series.minuteOfDay[bar] = minute;
    series.minuteOfSession[bar] = minute - OPENING_MINUTE;
  }
  series.bench.fill(Number.NaN);
  series.tick.fill(0.1);
  return series;
}
