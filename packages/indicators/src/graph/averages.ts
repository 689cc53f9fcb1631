/** Recursive averages. Each is seeded with the mean of its first n inputs: first value at `x.first + n - 1`. */
import { type Node, node } from './node.ts';

/** Exponential, k = 2/(n+1). */
export function ema(x: Node, n: number): Node {
  return recursive('ema', x, n, 2 / (n + 1));
}

/** Wilder's, k = 1/n. */
export function rma(x: Node, n: number): Node {
  return recursive('rma', x, n, 1 / n);
}

/** Exponential with a factor of its own, seeded with the mean of the first n. */
export function smoothed(x: Node, n: number, k: number): Node {
  return recursive('smoothed', x, n, k);
}

function recursive(name: string, x: Node, n: number, k: number): Node {
  const seed = x.first + n - 1;
  return node({
    name,
    parameters: [n, k],
    inputs: { x },
    state: { e: 0 },
    lag: n - 1,
    code: `
      if (n > ${seed}) $e += ($x - $e) * ${k};
      else if (n >= FIRST) {
        $e += $x;
        if (n === ${seed}) $e /= ${n};
      }
      $out = n < ${seed} ? NaN : $e;`,
  });
}

/** Wilder's sum: the first n - 1 inputs added up, then s = s - s/n + x from the next input on. */
export function wilderSum(x: Node, n: number): Node {
  const seed = x.first + n - 2;
  return node({
    name: 'wilderSum',
    parameters: [n],
    inputs: { x },
    state: { s: 0 },
    lag: n - 2,
    code: `
      if (n > ${seed}) $s += $x - $s * ${1 / n};
      else if (n >= FIRST) $s += $x;
      $out = n < ${seed} ? NaN : $s;`,
  });
}
