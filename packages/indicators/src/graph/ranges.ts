/** How far a bar moved. */
import { rma } from './averages.ts';
import { calc, close, high, low, type Node, node } from './node.ts';

/** high - low. */
export const range: Node = calc('$h - $l', { h: high, l: low });

/** The bar's range, stretched to the close before: bar 0 has none. */
export const trueRange: Node = node({
  name: 'trueRange',
  inputs: { h: high, l: low, c: close },
  history: { c: 1 },
  lag: 1,
  code: `
    if (n > 0) {
      const before = $c[1];
      $out = ($h > before ? $h : before) - ($l < before ? $l : before);
    }`,
});

/** Average true range, Wilder's: the mean of bars 1..n first, at bar n. */
export function atr(n: number): Node {
  return rma(trueRange, n);
}
