import type { InstrumentClass, TradingDate } from '@rtp/core';
import { earlierSession, type TradingHabit } from '../generate/earlier-session.ts';
import { onTick, tickOf } from '../generate/price-tick.ts';
import { hashText, mixSeeds, Random } from '../random.ts';
import { type ClosingAuction, closingAuction, priceBeforeAuction } from './closing-auction.ts';
import type { BarColumns, MarketDay, MarketInstrument } from './market-day.ts';
import type { Splits } from './splits.ts';
import { tradingHabit } from './trading-habit.ts';

/** Instruments of which closes and habit are kept: clients ask for one after the other, a few at a time. */
const MAX_KNOWN = 64;
/** Standard deviation of a day's return: the market's, and a share's own on top. */
const MARKET_VOLATILITY = 0.007;
const OWN_VOLATILITY = 0.011;
const MAX_RETURN = 0.15;
/** No share wanders below it, rupees. */
const LEAST_PRICE = 2;
const INDEX_TICK = 0.05;

/** What is the same on every date. */
interface Known {
  readonly habit: TradingHabit;
  /** Official closes in shares of the simulated day; the first is the close before the first date. */
  readonly closes: Float64Array;
}

/**
 * The trading days before the simulated one, made up when asked for: a session follows from the instrument's own day,
 * the date and the seed, is the same each time, and is not kept. Closes lead up to the simulated day's `previousClose`.
 * Hours are the calendar's of each date: before there was a closing auction its shares have minutes to 15:29.
 *
 * Everything is as traded on its date: before a split shares are dearer and fewer.
 */
export class History {
  /** Ascending; fewer than asked for where the calendar does not reach as far. */
  readonly dates: readonly TradingDate[];
  private readonly day: MarketDay;
  private readonly splits: Splits;
  private readonly seed: number;
  private readonly positions: ReadonlyMap<TradingDate, number>;
  private readonly known = new Map<MarketInstrument, Known>();

  constructor(day: MarketDay, splits: Splits, options: { readonly days: number; readonly seed: number }) {
    this.day = day;
    this.splits = splits;
    this.seed = options.seed;
    this.dates = datesBefore(day, options.days);
    this.positions = new Map(this.dates.map((date, position) => [date, position]));
  }

  has(date: TradingDate): boolean {
    return this.positions.has(date);
  }

  /** Every minute of a session of `dates`, also those without trades: flat, and without volume. */
  bars(instrument: MarketInstrument, date: TradingDate): BarColumns {
    const position = this.positions.get(date) as number;
    const { habit, closes } = this.knownOf(instrument);
    const shares = this.splits.between(instrument.symbol, date, this.day.date);
    const close = this.close(instrument, date);
    const auction = this.auction(instrument, date);
    const { calendar } = this.day;
    return earlierSession(
      {
        minutes: calendar.expectedMinutes({ class: this.classOf(instrument, date) }, date),
        habit,
        isIndex: instrument.isIndex,
        previousClose: inPaise((closes[position] as number) * shares),
        lastPrice: auction === undefined ? close : priceBeforeAuction(close, auction, tickOf(close)),
        shares,
      },
      new Random(mixSeeds(this.seedOf(instrument, date), 1)),
    );
  }

  /** The official close of a session of `dates`. */
  close(instrument: MarketInstrument, date: TradingDate): number {
    const close = this.knownOf(instrument).closes[(this.positions.get(date) as number) + 1] as number;
    return inPaise(close * this.splits.between(instrument.symbol, date, this.day.date));
  }

  /** The closing auction of a session, the simulated day's included; undefined where there is none. */
  auction(instrument: MarketInstrument, date: TradingDate): ClosingAuction | undefined {
    const { day } = this;
    const isHeld =
      date === day.date
        ? instrument.isClosingAuctionShare
        : this.classOf(instrument, date) === 'cas_share' && endsEarly(day, date);
    return isHeld ? closingAuction(mixSeeds(this.seedOf(instrument, date), 2)) : undefined;
  }

  private classOf({ isIndex, symbol }: MarketInstrument, date: TradingDate): InstrumentClass {
    if (isIndex) return 'index';
    return this.day.calendar.isClosingAuctionShare(symbol, date) ? 'cas_share' : 'share';
  }

  private seedOf(instrument: MarketInstrument, date: TradingDate): number {
    return mixSeeds(mixSeeds(this.seed, instrument.seed), hashText(date));
  }

  private knownOf(instrument: MarketInstrument): Known {
    let known = this.known.get(instrument);
    if (known === undefined) {
      known = { habit: tradingHabit(this.day, instrument), closes: this.closesOf(instrument) };
      if (this.known.size >= MAX_KNOWN) this.known.delete(this.known.keys().next().value as MarketInstrument);
      this.known.set(instrument, known);
    }
    return known;
  }

  /** Walks back from the simulated day's previous close, a day's return at a time. */
  private closesOf(instrument: MarketInstrument): Float64Array {
    const { isIndex, previousClose } = instrument;
    const beta = 0.5 + mixSeeds(instrument.seed, 3) / 2 ** 32;
    const least = Math.min(LEAST_PRICE, previousClose);
    const closes = new Float64Array(this.dates.length + 1);
    closes[this.dates.length] = previousClose;
    for (let position = this.dates.length - 1; position >= 0; position -= 1) {
      const date = this.dates[position] as TradingDate;
      const market = new Random(mixSeeds(this.seed, hashText(date))).normal() * MARKET_VOLATILITY;
      const own = new Random(this.seedOf(instrument, date)).normal() * OWN_VOLATILITY;
      const change = isIndex ? market : beta * market + own;
      const before = (closes[position + 1] as number) / Math.exp(Math.max(-MAX_RETURN, Math.min(MAX_RETURN, change)));
      closes[position] = onTick(Math.max(least, before), isIndex ? INDEX_TICK : tickOf(before));
    }
    return closes;
  }
}

function datesBefore({ calendar, date }: MarketDay, days: number): readonly TradingDate[] {
  const dates: TradingDate[] = [];
  for (let before = calendar.previousTradingDay(date); before !== null && dates.length < days; ) {
    dates.push(before);
    before = calendar.previousTradingDay(before);
  }
  return dates.reverse();
}

/** Whether shares of the closing auction stop before others on `date`. */
function endsEarly({ calendar }: MarketDay, date: TradingDate): boolean {
  const closeOf = (instrumentClass: InstrumentClass) => calendar.windowsOf(instrumentClass, date).at(-1)?.closeMs ?? 0;
  return closeOf('cas_share') < closeOf('share');
}

function inPaise(price: number): number {
  return Math.round(price * 100) / 100;
}
