/** Nodes over the last `n` bars: sums, means, extremes, spreads. Each has its first value at `x.first + n - 1`. */
import { ago, calc, type Node, node } from './node.ts';

/** Bars between two rebuilds of a running sum from its window, which bounds what rounding can add up to. */
export const REBUILD_BARS = 512;

/** A sum that has fallen to this part of its peak is rebuilt too: rounding of the peak is still in it. */
export const REBUILD_FALL = 1024;

/** Sum of the last n. A running sum, added up anew every `REBUILD_BARS` bars. */
export function sum(x: Node, n: number): Node {
  return node({
    name: 'sum',
    parameters: [n],
    inputs: { x },
    history: { x: n },
    state: { s: 0 },
    lag: n - 1,
    code: `
      if (n >= FIRST) {
        $s += $x;
        if (n >= ${x.first + n}) {
          $s -= $x[${n}];
          if ((n & ${REBUILD_BARS - 1}) === 0) {
            $s = $x;
            for (let k = 1; k < ${n}; k += 1) $s += $x[k];
          }
        }
      }
      $out = n < ${x.first + n - 1} ? NaN : $s;`,
  });
}

/** Mean of the last n. */
export function sma(x: Node, n: number): Node {
  return calc(`$s / ${n}`, { s: sum(x, n) });
}

/** Weighted mean of the last n, weights 1..n, the newest heaviest. */
export function wma(x: Node, n: number): Node {
  const total = sum(x, n);
  const weighted = node({
    name: 'wma',
    parameters: [n],
    inputs: { x, total },
    history: { x: n, total: 1 },
    state: { s: 0 },
    code: `
      if (n === FIRST || (n > FIRST && (n & ${REBUILD_BARS - 1}) === 0)) {
        $s = ${n} * $x;
        for (let k = 1; k < ${n}; k += 1) $s += ${n} * $x[k] - k * $x[k];
      } else if (n > FIRST) $s += ${n} * $x - $total[1];
      $out = n < FIRST ? NaN : $s * ${2 / (n * (n + 1))};`,
  });
  return weighted;
}

/** Highest of the last n. */
export function highest(x: Node, n: number): Node {
  return extreme('highest', '>', x, n);
}

/** Lowest of the last n. */
export function lowest(x: Node, n: number): Node {
  return extreme('lowest', '<', x, n);
}

/**
 * The better of the extremes of two windows that cover the n, a newer and an older one of equal length, which are made
 * the same way and shared. The comparison is made a number and chooses by address: which it will be cannot be foreseen,
 * and a branch that the processor guesses wrong costs more than all of this.
 */
function extreme(name: string, beats: '>' | '<', x: Node, n: number): Node {
  if (n === 1) return x;
  const half = 2 ** (Math.ceil(Math.log2(n)) - 1);
  const older = n - half;
  return node({
    name,
    parameters: [n],
    inputs: { best: extreme(name, beats, x, half) },
    history: { best: older },
    lag: older,
    code: `$out = n < ${x.first + n - 1} ? NaN : $best[${older} * (($best[${older}] ${beats} $best) | 0)];`,
  });
}

/** How many bars ago x was `best`, its highest or lowest of the last n; of equal ones the newest. */
export function barsSince(best: Node, x: Node, n: number): Node {
  return node({
    name: 'barsSince',
    parameters: [n],
    inputs: { best, x },
    history: { x: n - 1 },
    state: { age: n - 1 },
    code: `
      if (n >= FIRST) {
        $age = ($age + 1) * (($x !== $best) | 0);
        if ($age >= ${n}) {
          let k = 1;
          while (k < ${n - 1} && $x[k] !== $best) k += 1;
          $age = k;
        }
        $out = $age;
      }`,
  });
}

/** How many bars in a row, this one included, have had the same value: at least n means a flat window of n. */
export function run(x: Node): Node {
  return node({
    name: 'run',
    inputs: { x },
    state: { last: Number.NaN, count: 0 },
    code: `
      $count = $x === $last ? $count + 1 : 1;
      $last = $x;
      $out = n < FIRST ? NaN : $count;`,
  });
}

/**
 * Variance of the last n around their mean, divided by n (population). Sums are of differences from a reference value;
 * exactly 0 on a flat window.
 *
 * Rounding of the largest sum of squares stays in the sums, be it that the window has moved away from the reference or
 * that an extreme value has left it: when that sum is a thousand times what the variance is made of, the sums are made
 * anew around the newest value, so that nothing is lost at a high price either.
 */
export function variance(x: Node, n: number): Node {
  return node({
    name: 'variance',
    parameters: [n],
    inputs: { x, same: run(x) },
    history: { x: n },
    state: { ref: 0, s: 0, q: 0, peak: 0 },
    lag: n - 1,
    code: `
      if (n >= FIRST) {
        if (n === FIRST) $ref = $x;
        const d = $x - $ref;
        $s += d;
        $q += d * d;
        if (n >= ${x.first + n}) {
          const gone = $x[${n}] - $ref;
          if ($q > $peak) $peak = $q;
          $s -= gone;
          $q -= gone * gone;
          if ((n & ${REBUILD_BARS - 1}) === 0 || $peak > ${REBUILD_FALL} * ($q - $s * $s * ${1 / n})) {
            $ref = $x; $s = 0; $q = 0;
            for (let k = 1; k < ${n}; k += 1) { const e = $x[k] - $ref; $s += e; $q += e * e; }
            $peak = $q;
          }
        }
        if (n >= ${x.first + n - 1}) {
          const mean = $s * ${1 / n};
          const v = $q * ${1 / n} - mean * mean;
          $out = $same >= ${n} || v < 0 ? 0 : v;
        }
      }`,
  });
}

/** Change over n bars. */
export function change(x: Node, n: number): Node {
  return calc('$x - $before', { x, before: ago(x, n) });
}
