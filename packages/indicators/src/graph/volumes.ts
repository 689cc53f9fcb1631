import { calc, type Node, volume } from './node.ts';
import { sma } from './windows.ts';

/** Volume over the mean of the last n, this bar included; 0 where that mean is 0. */
export function relativeVolume(n: number): Node {
  return calc('$mean > 0 ? $v / $mean : 0', { v: volume, mean: sma(volume, n) });
}
