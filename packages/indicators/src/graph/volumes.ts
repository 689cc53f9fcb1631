/** What a bar's volume says. */
import { calc, close, high, low, type Node, volume } from './node.ts';
import { sma } from './windows.ts';

/** Volume over the mean of the last n, this bar included; 0 where that mean is 0. */
export function relativeVolume(n: number): Node {
  return calc('$mean > 0 ? $v / $mean : 0', { v: volume, mean: sma(volume, n) });
}

/** Volume weighted by where the bar closed: all of it at the high, none in the middle, minus all of it at the low. */
export const closeWeightedVolume: Node = calc('$h > $l ? ($c - $l - ($h - $c)) / ($h - $l) * $v : 0', {
  h: high,
  l: low,
  c: close,
  v: volume,
});
