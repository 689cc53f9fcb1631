/** Sums of numbers that are never negative: exactly 0 where all are 0, so that they can be divided by. */
import { ago, calc, type Node, node } from './node.ts';

/**
 * Sum of the last n of a value >= 0; first at `x.first + n - 1`. It is added up from the sums of its halves, which are
 * made the same way and shared: nothing is taken away again, so no rounding of what has left the window stays.
 */
export function positiveSum(x: Node, n: number): Node {
  if (n === 1) return x;
  const parameters = [n];
  const first = x.first + n - 1;
  if (n % 2 === 1) {
    return node({
      name: 'positiveSum',
      parameters,
      inputs: { others: positiveSum(x, n - 1), x },
      history: { x: n - 1 },
      lag: 1,
      code: `$out = n < ${first} ? NaN : $others + $x[${n - 1}];`,
    });
  }
  return node({
    name: 'positiveSum',
    parameters,
    inputs: { half: positiveSum(x, n / 2) },
    history: { half: n / 2 },
    lag: n / 2,
    code: `$out = n < ${first} ? NaN : $half + $half[${n / 2}];`,
  });
}

/** abs(x - the value before); first at `x.first + 1`. */
export function absoluteChange(x: Node): Node {
  return calc('Math.abs($x - $before)', { x, before: ago(x, 1) });
}

/** The way gone in the last n bars: the sum of n absolute changes. First at `x.first + n`. */
export function path(x: Node, n: number): Node {
  return positiveSum(absoluteChange(x), n);
}
