import { calc, type Node } from './node.ts';

/** Bars a year: 252 sessions of 375 one-minute bars. */
export const BARS_PER_YEAR = 252 * 375;

/** A standard deviation of one bar's log return, as percent a year. */
export function annualised(deviation: Node): Node {
  return calc(`$d * ${100 * Math.sqrt(BARS_PER_YEAR)}`, { d: deviation });
}

/** The same from a variance of one bar's log return; one that rounding or its definition made negative counts as 0. */
export function annualisedRoot(variance: Node): Node {
  return annualised(calc('Math.sqrt(Math.max($v, 0))', { v: variance }));
}
