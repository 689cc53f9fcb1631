/**
 * Weights that halve every `bars` bars, without a power for each weight on each bar: a weight w given on bar n is kept
 * as `w * growth[n % bars]`, worth `kept / growth[n % bars]` later on, and everything kept is halved, exactly, on the
 * bars where `n % bars` is 0.
 */
export function growthOver(bars: number): Float64Array {
  return Float64Array.from({ length: bars }, (_, bar) => 2 ** (bar / bars));
}
