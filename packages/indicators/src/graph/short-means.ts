/** Means of so few bars that adding them up anew is cheaper than a running sum, and free of its rounding. */
import { type Node, node } from './node.ts';

/** Mean of the last n; first at `x.first + n - 1`. */
export function shortMean(x: Node, n: number): Node {
  const others = Array.from({ length: n - 1 }, (_, k) => `$x[${k + 1}]`);
  return node({
    name: 'shortMean',
    parameters: [n],
    inputs: { x },
    history: { x: n - 1 },
    lag: n - 1,
    code: `if (n >= ${x.first + n - 1}) $out = ($x + ${others.join(' + ')}) / ${n};`,
  });
}

/** Mean of the last four with weights 1, 2, 2, 1; first at `x.first + 3`. */
export function symmetricMean(x: Node): Node {
  return node({
    name: 'symmetricMean',
    inputs: { x },
    history: { x: 3 },
    lag: 3,
    code: `if (n >= ${x.first + 3}) $out = ($x + 2 * ($x[1] + $x[2]) + $x[3]) / 6;`,
  });
}
