/** Price steps in use at NSE, in 1/100 paise, coarsest first. The finest serves adjusted prices. */
const STEPS = [50_000, 10_000, 5_000, 1_000, 500, 100, 10, 1];
/** Grid units in a rupee. */
export const UNITS_PER_RUPEE = 10_000;

/** The coarsest usual price step that all of an instrument's prices lie on, in grid units of 1/10,000 rupee. */
export function priceStep(prices: Iterable<number>): number {
  let divisor = 0;
  for (const price of prices) {
    divisor = gcd(divisor, Math.round(price * UNITS_PER_RUPEE));
    if (divisor === 1) return 1;
  }
  return STEPS.find((step) => divisor % step === 0) ?? 1;
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
