import { type EpochMs, istIso, MINUTE_MS, type Ohlcv } from '@rtp/core';

/** Columns that a bars file must have, in any order. */
export const BAR_COLUMNS = ['symbol', 'time', 'open', 'high', 'low', 'close', 'volume'] as const;
export type BarColumn = (typeof BAR_COLUMNS)[number];

const SYMBOL = /^[A-Z0-9][A-Z0-9&$.\- ]{0,31}$/;

/** What no exchange could have produced about one bar, or null when it is plausible. */
export function problemOf(symbol: string, ts: EpochMs, bar: Ohlcv): string | null {
  const { open, high, low, close, volume } = bar;
  if (!SYMBOL.test(symbol)) return `"${symbol}" is not a trading symbol`;
  if (ts % MINUTE_MS !== 0) return 'time is not the start of a minute';
  for (const [name, price] of Object.entries({ open, high, low, close })) {
    if (!Number.isFinite(price)) return `${name} is not a number`;
    if (price <= 0) return `${name} ${price} is not a positive price`;
  }
  if (!Number.isSafeInteger(volume) || volume < 0) return `volume ${volume} is not a whole number of shares`;
  if (high < Math.max(open, close, low)) return `high ${high} is below open, low or close`;
  if (low > Math.min(open, close)) return `low ${low} is above open or close`;
  return null;
}

/** Finds a second bar of the same symbol and minute, across all rows of one file. */
export class DuplicateCheck {
  private readonly seen = new Map<string, Map<EpochMs, number>>();

  /** The row that held this minute before, described; null when this is the first. */
  add(symbol: string, ts: EpochMs, row: number): string | null {
    let minutes = this.seen.get(symbol);
    if (minutes === undefined) {
      minutes = new Map();
      this.seen.set(symbol, minutes);
    }
    const earlier = minutes.get(ts);
    if (earlier !== undefined) return `${symbol} at ${istIso(ts)} was already in row ${earlier}`;
    minutes.set(ts, row);
    return null;
  }
}
