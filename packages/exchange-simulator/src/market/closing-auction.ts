import { onTick } from '../generate/price-tick.ts';
import { Random } from '../random.ts';

/** How far the auction's price lies from the last minute's at most; the exchange's own band is 3 %. */
const MAX_MOVE = 0.006;
/** Part of the day's volume that the minutes have: 88 to 95 % (wire §4.5), kept clear of both ends for rounding. */
const LEAST_IN_MINUTES = 0.885;
const MOST_IN_MINUTES = 0.945;

/** The closing auction of one share on one day: in no minute, only in the day's official close and volume. */
export interface ClosingAuction {
  /** The auction's price against the last minute's close: 0.002 is 0.2 % above. */
  readonly move: number;
  /** Part of the day's volume that the minutes have. */
  readonly inMinutes: number;
}

export function closingAuction(seed: number): ClosingAuction {
  const random = new Random(seed);
  return {
    move: (random.next() - 0.5) * 2 * MAX_MOVE,
    inMinutes: LEAST_IN_MINUTES + random.next() * (MOST_IN_MINUTES - LEAST_IN_MINUTES),
  };
}

/** The official close after minutes that ended at `last`: never that same price. */
export function auctionPrice(last: number, { move }: ClosingAuction, tick: number): number {
  const price = onTick(last * (1 + move), tick);
  return price === last ? onTick(last + tick, tick) : price;
}

/** Where the minutes ended when the official close is `close`. */
export function priceBeforeAuction(close: number, { move }: ClosingAuction, tick: number): number {
  const price = onTick(close * (1 - move), tick);
  return price === close ? onTick(close + tick, tick) : price;
}

/** The day's official volume from that of its minutes. */
export function volumeWithAuction(minutes: number, { inMinutes }: ClosingAuction): number {
  return Math.round(minutes / inMinutes);
}
