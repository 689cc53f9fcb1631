import { calc, type Node } from './node.ts';

const MINUTES_A_SESSION = 375;
/** Bars a year: 252 sessions of 375 one-minute bars. */
export const BARS_PER_YEAR = 252 * MINUTES_A_SESSION;

/**
 * What an annualised column is multiplied by where it was computed on longer bars, of which a session has
 * `barsASession`.
 */
export function yearFactor(barsASession: number): number {
  return Math.sqrt(barsASession / MINUTES_A_SESSION);
}

/** A standard deviation of one bar's log return, as percent a year. */
export function annualised(deviation: Node): Node {
  return calc(`$d * ${100 * Math.sqrt(BARS_PER_YEAR)}`, { d: deviation });
}

/** The same from a variance of one bar's log return; one that rounding or its definition made negative counts as 0. */
export function annualisedRoot(variance: Node): Node {
  return annualised(calc('Math.sqrt(Math.max($v, 0))', { v: variance }));
}
