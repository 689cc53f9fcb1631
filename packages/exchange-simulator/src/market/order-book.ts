import { mixSeeds, Random } from '../random.ts';
import { UNITS_PER_RUPEE } from '../tape/price-grid.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { MarketInstrument } from './market-day.ts';

/** One price level of the order book. */
export interface BookLevel {
  readonly quantity: number;
  readonly orders: number;
  readonly price: number;
}

export interface OrderBook {
  /** Best first, five each. */
  readonly buy: readonly BookLevel[];
  readonly sell: readonly BookLevel[];
  readonly buyQuantity: number;
  readonly sellQuantity: number;
}

const LEVELS = 5;

/** Shares that plausibly wait to be bought: not recorded, made up, the same every time. */
export function buyQuantityOf(instrument: MarketInstrument, state: InstrumentState): number {
  return instrument.isIndex ? 0 : 200_000 + (mixSeeds(instrument.seed, state.lastTradeTime) & 0x3ffff);
}

/** Shares that plausibly wait to be sold. */
export function sellQuantityOf(instrument: MarketInstrument, state: InstrumentState): number {
  return instrument.isIndex ? 0 : 200_000 + (mixSeeds(instrument.seed, state.lastTradeTime) >>> 14);
}

/** A plausible five-level book around the last price. */
export function orderBook(instrument: MarketInstrument, state: InstrumentState): OrderBook {
  const random = new Random(mixSeeds(instrument.seed, state.lastTradeTime));
  const lastUnits = Math.round(state.lastPrice * UNITS_PER_RUPEE);
  const level = (steps: number): BookLevel =>
    instrument.isIndex
      ? { quantity: 0, orders: 0, price: 0 }
      : {
          quantity: 1 + random.below(900),
          orders: 1 + random.below(12),
          price: Math.max(instrument.step, lastUnits + steps * instrument.step) / UNITS_PER_RUPEE,
        };
  const side = (first: number, direction: 1 | -1): readonly BookLevel[] =>
    Array.from({ length: LEVELS }, (_, index) => level(first + direction * index));
  return {
    buy: side(-1, -1),
    sell: side(0, 1),
    buyQuantity: buyQuantityOf(instrument, state),
    sellQuantity: sellQuantityOf(instrument, state),
  };
}
