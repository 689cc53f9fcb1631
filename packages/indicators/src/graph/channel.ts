/** The highest high and the lowest low of the last n bars, and the middle between them. First at bar n - 1. */
import { calc, high, low, type Node } from './node.ts';
import { highest, lowest } from './windows.ts';

export function highestHigh(n: number): Node {
  return highest(high, n);
}

export function lowestLow(n: number): Node {
  return lowest(low, n);
}

/** (highest high + lowest low)/2. */
export function midprice(n: number): Node {
  return calc('($top + $bottom) / 2', { top: highestHigh(n), bottom: lowestLow(n) });
}
