/** Where a value stands among others of its own past, in percent: 100 times the share of them that are below it. */
import { type Node, node } from './node.ts';

/** Among the last n values, this one included: 0 .. 100 (n-1)/n; equal ones do not count. First at `x.first + n - 1`. */
export function percentRank(x: Node, n: number): Node {
  return rank(x, n, n - 1);
}

/** Among the n values before this one: 0 .. 100; equal ones do not count. First at `x.first + n`. */
export function percentRankOfPrevious(x: Node, n: number): Node {
  return rank(x, n, n);
}

function rank(x: Node, n: number, back: number): Node {
  return node({
    name: 'rank',
    parameters: [n, back],
    inputs: { x },
    history: { x: back },
    lag: back,
    code: `
      if (n >= ${x.first + back}) {
        let below = 0;
        for (let k = 1; k <= ${back}; k += 1) below += ($x[k] < $x) | 0;
        $out = below * ${100 / n};
      }`,
  });
}
