/** Changes against a value of the past, as proportions. */

import { ema } from './averages.ts';
import { calc, type Node, node } from './node.ts';

/** Rate of change: by how many percent x differs from itself n bars ago; 0 where that was 0. First at `x.first + n`. */
export function roc(x: Node, n: number): Node {
  return node({
    name: 'roc',
    parameters: [n],
    inputs: { x },
    history: { x: n },
    lag: n,
    code: `
      if (n >= ${x.first + n}) {
        const before = $x[${n}];
        $out = before === 0 ? 0 : ($x / before - 1) * 100;
      }`,
  });
}

/** By how many percent the EMA of `fast` differs from the EMA of `slow`; 0 where the latter is 0. */
export function percentageOscillator(x: Node, fast: number, slow: number): Node {
  return calc('$slow === 0 ? 0 : ($fast - $slow) / $slow * 100', { fast: ema(x, fast), slow: ema(x, slow) });
}
