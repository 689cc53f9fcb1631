import type { EpochMs, Ohlcv, SessionCalendar, TradingDate } from '@rtp/core';
import { Halts } from './halts.ts';

/** DhanHQ exchange segments that the simulated exchange has, and their byte in feed packets. */
export const SEGMENT_BYTES = Object.freeze({ IDX_I: 0, NSE_EQ: 1 });
export type MarketSegment = keyof typeof SEGMENT_BYTES;

/** One instrument of the simulated day. */
export interface MarketInstrument {
  /** Position in `MarketDay.instruments`. */
  readonly index: number;
  readonly symbol: string;
  readonly segment: MarketSegment;
  readonly securityId: number;
  readonly isin: string;
  readonly name: string;
  readonly isIndex: boolean;
  readonly isClosingAuctionShare: boolean;
  /** Price step in 1/10,000 rupee. */
  readonly step: number;
  /** Hash of the symbol: root of everything random about it. */
  readonly seed: number;
  readonly previousClose: number;
  /** Rows of `MarketDay.bars`: first, and the one after the last. Ascending by minute. */
  readonly firstRow: number;
  readonly endRow: number;
}

/** Official bars in columns, ordered by instrument and minute. */
export interface BarColumns {
  readonly ts: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

export function barAt({ open, high, low, close, volume }: BarColumns, row: number): Ohlcv {
  return {
    open: open[row] as number,
    high: high[row] as number,
    low: low[row] as number,
    close: close[row] as number,
    volume: volume[row] as number,
  };
}

/** What a day is made of. */
interface DayParts {
  readonly date: TradingDate;
  /** The trading day before, on which instruments traded last until they trade today. */
  readonly previousDate: TradingDate;
  readonly calendar: SessionCalendar;
  readonly instruments: readonly MarketInstrument[];
  readonly bars: BarColumns;
  /** First minute of each window of continuous trading. */
  readonly windowOpens: readonly EpochMs[];
}

/** Everything the exchange knows about its day. Immutable, but for the halts it may be given. */
export class MarketDay implements DayParts {
  readonly date: TradingDate;
  readonly previousDate: TradingDate;
  readonly calendar: SessionCalendar;
  readonly instruments: readonly MarketInstrument[];
  readonly bars: BarColumns;
  readonly windowOpens: readonly EpochMs[];
  /** Starts of all minutes in which any instrument has a bar, ascending. */
  readonly minutes: readonly EpochMs[];
  private readonly byKey: ReadonlyMap<string, MarketInstrument>;
  private readonly halts: Halts;

  constructor(parts: DayParts, halts: Halts = new Halts(), like?: MarketDay) {
    this.date = parts.date;
    this.previousDate = parts.previousDate;
    this.calendar = parts.calendar;
    this.instruments = parts.instruments;
    this.bars = parts.bars;
    this.windowOpens = parts.windowOpens;
    this.halts = halts;
    this.minutes = like?.minutes ?? [...new Set(parts.bars.ts)].sort((a, b) => a - b);
    this.byKey =
      like?.byKey ??
      new Map(parts.instruments.map((instrument) => [keyOf(instrument.segment, instrument.securityId), instrument]));
  }

  /** The same day, on which `halts` decide what trades. */
  withHalts(halts: Halts): MarketDay {
    return new MarketDay(this, halts, this);
  }

  /** The instrument, or undefined: an id is unique only within its segment. */
  find(segment: string, securityId: number | string): MarketInstrument | undefined {
    return this.byKey.get(keyOf(segment, securityId));
  }

  bar(row: number): Ohlcv {
    return barAt(this.bars, row);
  }

  /** First row of the instrument whose minute is `ts` or later; its `endRow` when there is none. */
  rowFrom(instrument: MarketInstrument, ts: EpochMs): number {
    let low = instrument.firstRow;
    let high = instrument.endRow;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.bars.ts[middle] as number) < ts) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether the row stands for trades: a share's minute without volume and a halted one do not. */
  hasTrades(instrument: MarketInstrument, row: number): boolean {
    return (instrument.isIndex || (this.bars.volume[row] as number) > 0) && !this.isHalted(instrument, row);
  }

  isHalted(instrument: MarketInstrument, row: number): boolean {
    return this.halts.isHalted(instrument.symbol, this.bars.ts[row] as number);
  }
}

const keyOf = (segment: string, securityId: number | string): string => `${segment}:${securityId}`;
