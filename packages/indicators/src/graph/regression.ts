/** The straight line of least squares through the last n values. */
import { kernel, type Node } from './node.ts';
import { REBUILD_BARS, REBUILD_FALL, run } from './windows.ts';

export interface Regression {
  /** Change per bar. */
  readonly slope: Node;
  /** The line at the oldest of the n bars. */
  readonly intercept: Node;
  /** The line at the newest bar. */
  readonly end: Node;
}

/**
 * Each has its first value at `x.first + n - 1`. Sums are of differences from a reference value, made anew around the
 * newest one when rounding could tell, as those of `variance` are; on a flat window the slope is exactly 0.
 */
export function regression(x: Node, n: number): Regression {
  return kernel({
    name: 'regression',
    parameters: [n],
    inputs: { x, same: run(x) },
    history: { x: n },
    // s, q: sums of d = x - ref and of its square; w: sum of (position from the oldest, 0..n-1) d.
    state: { ref: 0, s: 0, w: 0, q: 0, peak: 0 },
    outputs: { slope: n - 1, intercept: n - 1, end: n - 1 },
    code: `
      if (n >= ${x.first + n - 1}) {
        let isStale = n === ${x.first + n - 1} || (n & ${REBUILD_BARS - 1}) === 0;
        if (!isStale) {
          const d = $x - $ref;
          const gone = $x[${n}] - $ref;
          $w += ${n - 1} * d + gone - $s;
          $s += d - gone;
          $q += d * d;
          if ($q > $peak) $peak = $q;
          $q -= gone * gone;
          isStale = $peak > ${REBUILD_FALL} * ($q - $s * $s * ${1 / n});
        }
        if (isStale) {
          $ref = $x; $s = 0; $w = 0; $q = 0;
          for (let k = 1; k < ${n}; k += 1) {
            const d = $x[k] - $ref;
            $s += d; $w += (${n - 1} - k) * d; $q += d * d;
          }
          $peak = $q;
        }
        if ($same >= ${n}) { $slope = 0; $intercept = $x; $end = $x; }
        else {
          $slope = ($w - ${(n - 1) / 2} * $s) * ${12 / (n * (n * n - 1))};
          const middle = $ref + $s * ${1 / n};
          const half = ${(n - 1) / 2} * $slope;
          $intercept = middle - half;
          $end = middle + half;
        }
      }`,
  });
}
