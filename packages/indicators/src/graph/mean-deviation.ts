import { type Node, node } from './node.ts';
import { run, sma } from './windows.ts';

/**
 * Mean of abs(x - mean) over the last n, around the mean of the same n; exactly 0 on a flat window. First at
 * `x.first + n - 1`.
 */
export function meanDeviation(x: Node, n: number): Node {
  const others = Array.from({ length: n - 1 }, (_, k) => `Math.abs($x[${k + 1}] - $mean)`);
  return node({
    name: 'meanDeviation',
    parameters: [n],
    inputs: { x, mean: sma(x, n), same: run(x) },
    history: { x: n - 1 },
    code: `
      if (n >= FIRST) $out = $same >= ${n} ? 0 : (Math.abs($x - $mean) + ${others.join(' + ')}) * ${1 / n};`,
  });
}
