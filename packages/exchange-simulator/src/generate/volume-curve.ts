/** Taken once: where modules run in a sandbox, as under Jest, each look-up of a global costs more than the arithmetic. */
const { exp } = Math;

/**
 * How busy a minute is against the day's average: busiest at the open, quiet at noon, busy again to the close.
 *
 * @param since minutes since the first one
 * @param left minutes until the last one
 */
export function volumeCurve(since: number, left: number): number {
  return 0.65 + 3.2 * exp(-since / 9) + 0.9 * exp(-since / 60) + 1.3 * exp(-left / 25);
}
