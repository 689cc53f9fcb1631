/** Above this price a 32-bit float no longer resolves a paisa (wire §7.4). */
const PAISE_LIMIT_RUPEES = 131_072;
/** From here on paise do not fit a cell's 32 bits: no share is as dear. */
const PRICE_LIMIT_RUPEES = 2 ** 31 / 100;

/**
 * Whole paise of a price in rupees; on the instrument's tick where a float no longer resolves them. 0 for what is no
 * price: not a number, infinite, too large, nothing or less.
 */
export function paiseOf(rupees: number, tickPaise: number): number {
  if (!(rupees > 0 && rupees < PRICE_LIMIT_RUPEES)) return 0;
  if (rupees <= PAISE_LIMIT_RUPEES) return Math.round(rupees * 100);
  return Math.round((rupees * 100) / tickPaise) * tickPaise;
}
