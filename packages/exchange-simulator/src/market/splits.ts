import type { Ohlcv, TradingDate } from '@rtp/core';

/** A share split: from `exDate` on, one share of each symbol is `ratio` shares. A bonus of 1:1 is a ratio of 2. */
export interface Split {
  readonly symbols: readonly string[];
  readonly exDate: TradingDate;
  readonly ratio: number;
}

/** The splits of all shares. */
export class Splits {
  private splits: readonly Split[];

  constructor(splits: readonly Split[] = []) {
    this.splits = splits;
  }

  /** Shares on `until` for each share of `symbol` on `date`; 1 without a split in between. */
  between(symbol: string, date: TradingDate, until: TradingDate): number {
    let shares = 1;
    for (const { symbols, exDate, ratio } of this.splits) {
      if (date < exDate && exDate <= until && symbols.includes(symbol)) shares *= ratio;
    }
    return shares;
  }

  replace(splits: readonly Split[]): void {
    this.splits = splits;
  }
}

/** A bar as charts show it once each share of it has become `shares`; prices in whole paise (wire §4.3). */
export function adjusted(bar: Ohlcv, shares: number): Ohlcv {
  if (shares === 1) return bar;
  const price = (value: number): number => Math.round((value / shares) * 100) / 100;
  return {
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: Math.round(bar.volume * shares),
  };
}
