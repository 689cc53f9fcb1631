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

/**
 * How far x lies above its ema, kept as a difference of its own: where x stands still the two come so near each other
 * that the rounding of x would decide how far.
 */
export function distanceFromEma(x: Node, n: number): Node {
  const seed = x.first + n - 1;
  return node({
    name: 'distanceFromEma',
    parameters: [n],
    inputs: { x },
    history: { x: 1 },
    state: { d: 0 },
    lag: n - 1,
    code: `
      if (n > ${seed}) $d = ($d + ($x - $x[1])) * ${1 - 2 / (n + 1)};
      else if (n > FIRST) {
        $d += ($x - $x[1]) * (n - FIRST);
        if (n === ${seed}) $d /= ${n};
      }
      $out = n < ${seed} ? NaN : $d;`,
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
