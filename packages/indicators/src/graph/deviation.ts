/** Standard deviations of the last n values. */
import { calc, type Node } from './node.ts';
import { variance } from './windows.ts';

/** Population standard deviation as TA-Lib has it: a variance under 1e-14 counts as none. */
export function stddev(x: Node, n: number): Node {
  return calc('$v < 1e-14 ? 0 : Math.sqrt($v)', { v: variance(x, n) });
}
