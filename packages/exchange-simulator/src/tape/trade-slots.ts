/** Most trades one minute of one instrument is told in: 60, and room for the path of its prices. */
export const MAX_TRADES = 64;

/** Room for the trades of one minute of many instruments, `MAX_TRADES` each, without an object per trade. */
export class TradeSlots {
  /** Milliseconds since the minute's start, ascending. */
  offsetMs: Uint16Array;
  price: Float64Array;
  /** Shares; 0 where the price moves without a trade of its own. */
  quantity: Float64Array;

  constructor(slots: number) {
    this.offsetMs = new Uint16Array(slots * MAX_TRADES);
    this.price = new Float64Array(slots * MAX_TRADES);
    this.quantity = new Float64Array(slots * MAX_TRADES);
  }

  /** Room for at least `slots` instruments; what is there is kept. */
  grow(slots: number): void {
    if (slots * MAX_TRADES <= this.price.length) return;
    const larger = new TradeSlots(Math.ceil(slots * 1.5));
    larger.offsetMs.set(this.offsetMs);
    larger.price.set(this.price);
    larger.quantity.set(this.quantity);
    this.offsetMs = larger.offsetMs;
    this.price = larger.price;
    this.quantity = larger.quantity;
  }
}
