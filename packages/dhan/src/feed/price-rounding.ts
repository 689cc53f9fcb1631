/** From here on a 32-bit float is too coarse to tell paise apart: its steps are 1/64 rupee. */
const PAISE_LOST_FROM = 131_072;

/** A price of the feed, rounded to paise: 993.4000244 becomes 993.4. Exact below 131,072 rupees. */
export function roundPaise(price: number): number {
  return Math.round(price * 100) / 100;
}

/** A price of the feed, rounded to paise, or from 131,072 rupees on to the instrument's tick. */
export function roundToTick(price: number, tickPaise: number): number {
  if (price < PAISE_LOST_FROM || !(tickPaise > 0)) return roundPaise(price);
  return (Math.round((price * 100) / tickPaise) * tickPaise) / 100;
}
