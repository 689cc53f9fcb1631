import type { TradingDate } from '@rtp/core';
import { z } from 'zod';

/** Names of the files of a prepared day, inside its folder. */
export const DAY_FILES = Object.freeze({
  day: 'day.json',
  bars: 'bars.parquet',
  universe: 'universe.csv',
  overlay: 'calendar-overlay.json',
});

const windowSchema = z.tuple([z.string(), z.string()]);

/** `day.json`: what a prepared day is and where it came from. */
export const dayFileSchema = z
  .strictObject({
    date: z.string(),
    source: z.enum(['recorded', 'generated']),
    /** Continuous trading, IST `HH:MM`, ascending, ends excluded. */
    windows: z.array(windowSchema).min(1),
    /** Shares of the day. */
    symbols: z.int().min(0),
    /** Indices of the day, such as NIFTY; not in `universe.csv`. */
    indices: z.array(z.string()),
    /** Shares that trade in the closing auction that day. */
    closingAuctionSymbols: z.array(z.string()),
    /** Where the bars came from, for people. */
    provenance: z.string(),
  })
  .readonly();
export type DayFile = z.infer<typeof dayFileSchema>;

/** A share as `universe.csv` names it. */
export interface UniverseRow {
  readonly symbol: string;
  readonly securityId: string;
  readonly isin: string;
  readonly name: string;
  readonly industry: string;
}

/** The broker's ids of the indices that a bars file may hold (DhanHQ segment IDX_I), and their names. */
export const INDICES: ReadonlyMap<string, { readonly securityId: string; readonly name: string }> = new Map([
  ['NIFTY', { securityId: '13', name: 'Nifty 50' }],
  ['INDIA VIX', { securityId: '21', name: 'India VIX' }],
  ['BANKNIFTY', { securityId: '25', name: 'Nifty Bank' }],
]);

/** Trading date used when a generated day names none: a Friday on which the closing auction is in force. */
export const DEFAULT_GENERATED_DATE: TradingDate = '2026-11-20';
