import { atIst, type EpochMs, type Ohlcv, type RtpConfig, type SimulatorFault, type TradingDate } from '@rtp/core';
import { tickOf } from '../generate/price-tick.ts';
import { auctionPrice, volumeWithAuction } from './closing-auction.ts';
import { type Halt, Halts } from './halts.ts';
import { History } from './history.ts';
import { type BarColumns, barAt, type MarketDay, type MarketInstrument } from './market-day.ts';
import { type Split, Splits } from './splits.ts';

/** One official candle as traded: a minute, or a whole session. */
export interface OfficialBar extends Ohlcv {
  /** Start of the minute; 00:00 IST for a session. */
  readonly ts: EpochMs;
}

/** One instrument's official minutes of one date: rows `[firstRow, endRow)` of `bars`. */
export interface Session {
  readonly bars: BarColumns;
  readonly firstRow: number;
  readonly endRow: number;
}

/**
 * What really happens on the simulated exchange: its day, the trading days before it, halts and splits. Feed, quotes
 * and charts are views of it.
 */
export class Market {
  /** The day, halts applied. */
  readonly day: MarketDay;
  private readonly history: History;
  private readonly halts: Halts;
  private readonly splits: Splits;
  private readonly bySymbol: ReadonlyMap<string, MarketInstrument>;

  constructor(day: MarketDay, config: Pick<RtpConfig['simulator'], 'history_days' | 'seed' | 'faults'>) {
    this.halts = new Halts(haltsOf(config.faults, day.date));
    this.splits = new Splits(splitsOf(config.faults));
    this.day = day.withHalts(this.halts);
    this.history = new History(this.day, this.splits, { days: config.history_days, seed: config.seed });
    this.bySymbol = new Map(day.instruments.map((instrument) => [instrument.symbol, instrument]));
  }

  /** Replaces halts and splits while the market runs; minutes that have begun by `now` stay as they are. */
  replaceEvents(faults: readonly SimulatorFault[], now: EpochMs): void {
    this.halts.replace(haltsOf(faults, this.day.date), now);
    this.splits.replace(splitsOf(faults));
  }

  /** The trading dates from `first` to `last` of which there are bars, ascending; the day is the last of all. */
  datesBetween(first: TradingDate, last: TradingDate): readonly TradingDate[] {
    const within = (date: TradingDate): boolean => first <= date && date <= last;
    return [...this.history.dates, this.day.date].filter(within);
  }

  /** Starts of the windows of continuous trading of a date of `datesBetween`. */
  windowOpens(date: TradingDate): readonly EpochMs[] {
    const { day } = this;
    if (date === day.date) return day.windowOpens;
    return day.calendar.windowsOf('share', date).map(({ openMs }) => openMs);
  }

  /** The minutes of a date of `datesBetween`, those without trades among them. */
  session(instrument: MarketInstrument, date: TradingDate): Session {
    const { firstRow, endRow } = instrument;
    if (date === this.day.date) return { bars: this.day.bars, firstRow, endRow };
    const bars = this.history.bars(instrument, date);
    return { bars, firstRow: 0, endRow: bars.ts.length };
  }

  /** Whether a row of `session` stands for trades: a share's minute without volume and a halted one do not. */
  hasTrades(instrument: MarketInstrument, { bars }: Session, row: number): boolean {
    const isQuiet = !instrument.isIndex && bars.volume[row] === 0;
    return !isQuiet && !this.isHalted(instrument, bars.ts[row] as number);
  }

  /** Whether the instrument is halted in a minute. */
  isHalted({ symbol }: MarketInstrument, minute: EpochMs): boolean {
    return this.halts.isHalted(symbol, minute);
  }

  /** Shares that each share traded on `date` has become by `until`. */
  sharesSince(instrument: MarketInstrument, date: TradingDate, until: TradingDate): number {
    return this.splits.between(instrument.symbol, date, until);
  }

  /** The session's official candle: the auction's price and volume in it. Undefined when nothing traded. */
  sessionCandle(instrument: MarketInstrument, date: TradingDate): OfficialBar | undefined {
    let open = 0;
    let high = 0;
    let low = Number.POSITIVE_INFINITY;
    let close = 0;
    let volume = 0;
    const session = this.session(instrument, date);
    const { bars } = session;
    for (let row = session.firstRow; row < session.endRow; row += 1) {
      if (!this.hasTrades(instrument, session, row)) continue;
      if (open === 0) open = bars.open[row] as number;
      high = Math.max(high, bars.high[row] as number);
      low = Math.min(low, bars.low[row] as number);
      close = bars.close[row] as number;
      volume += bars.volume[row] as number;
    }
    if (open === 0) return undefined;
    const auction = this.history.auction(instrument, date);
    if (auction !== undefined) {
      const isToday = date === this.day.date;
      close = isToday ? auctionPrice(close, auction, tickOf(close)) : this.history.close(instrument, date);
      high = Math.max(high, close);
      low = Math.min(low, close);
      volume = volumeWithAuction(volume, auction);
    }
    return { ts: atIst(date, '00:00'), open, high, low, close, volume };
  }

  /**
   * The official minute candles of a date, as traded: what a complete record of the day holds. Empty where the symbol or
   * the date is unknown. The simulated day is told whole, also before it is over.
   */
  *officialBars(symbol: string, date: TradingDate): Generator<OfficialBar> {
    const instrument = this.bySymbol.get(symbol);
    if (instrument === undefined || this.datesBetween(date, date).length === 0) return;
    const session = this.session(instrument, date);
    const { bars } = session;
    for (let row = session.firstRow; row < session.endRow; row += 1) {
      if (!this.hasTrades(instrument, session, row)) continue;
      yield { ts: bars.ts[row] as number, ...barAt(bars, row) };
    }
  }

  /** The official daily candle of a date, as traded; undefined where there is none. */
  officialDay(symbol: string, date: TradingDate): OfficialBar | undefined {
    const instrument = this.bySymbol.get(symbol);
    if (instrument === undefined || this.datesBetween(date, date).length === 0) return undefined;
    return this.sessionCandle(instrument, date);
  }
}

function haltsOf(faults: readonly SimulatorFault[], date: TradingDate): readonly Halt[] {
  return faults
    .filter((fault) => fault.name === 'halt')
    .map(({ symbols, from, to }) => ({
      symbols: symbols === undefined ? null : new Set(symbols),
      fromMs: atIst(date, from),
      toMs: atIst(date, to),
    }));
}

function splitsOf(faults: readonly SimulatorFault[]): readonly Split[] {
  return faults.filter((fault) => fault.name === 'split');
}
