/** The shape of the last n values: third and fourth moments, and how they follow each other. */
import { kernel, type Node, node } from '../graph/node.ts';
import { REBUILD_BARS, run } from '../graph/windows.ts';

/** A variance under this, of numbers that are shares of a price, is what rounding makes of none. */
const NO_VARIANCE = 1e-24;

interface Shape {
  readonly skewness: Node;
  /** Above that of a normal distribution. */
  readonly kurtosis: Node;
}

/**
 * Of the population of the last n; both 0 where the variance is under 1e-24. Sums are of powers of differences from a
 * reference, made anew around the newest value when the mean has left it by 8 deviations, when the greatest values
 * have gone (their rounding stays in the sums), and every `REBUILD_BARS` bars.
 */
export function shape(x: Node, n: number): Shape {
  return kernel({
    name: 'shape',
    parameters: [n],
    inputs: { x, same: run(x) },
    history: { x: n },
    state: { ref: 0, s1: 0, s2: 0, s3: 0, s4: 0, peak: 0 },
    outputs: { skewness: n - 1, kurtosis: n - 1 },
    code: `
      if (n >= FIRST) {
        if (n === FIRST) $ref = $x;
        const d = $x - $ref, d2 = d * d;
        $s1 += d; $s2 += d2; $s3 += d2 * d; $s4 += d2 * d2;
        if (n >= ${x.first + n}) {
          const o = $x[${n}] - $ref, o2 = o * o;
          if ($s4 > $peak) $peak = $s4;
          $s1 -= o; $s2 -= o2; $s3 -= o2 * o; $s4 -= o2 * o2;
          const far = $s1 * $s1;
          if ((n & ${REBUILD_BARS - 1}) === 0 || $s4 * 1024 < $peak || far > ${64 * n} * ($s2 - far * ${1 / n})) {
            $ref = $x; $s1 = 0; $s2 = 0; $s3 = 0; $s4 = 0;
            for (let k = 1; k < ${n}; k += 1) {
              const e = $x[k] - $ref, e2 = e * e;
              $s1 += e; $s2 += e2; $s3 += e2 * e; $s4 += e2 * e2;
            }
            $peak = $s4;
          }
        }
        if (n >= ${x.first + n - 1}) {
          const m = $s1 * ${1 / n}, mm = m * m, q2 = $s2 * ${1 / n}, q3 = $s3 * ${1 / n};
          const v = q2 - mm;
          if ($same >= ${n} || v < ${NO_VARIANCE}) { $skewness = 0; $kurtosis = 0; }
          else {
            $skewness = (q3 - 3 * m * q2 + 2 * mm * m) / (v * Math.sqrt(v));
            $kurtosis = ($s4 * ${1 / n} - 4 * m * q3 + 6 * mm * q2 - 3 * mm * mm) / (v * v) - 3;
          }
        }
      }`,
  });
}

/**
 * Correlation of the last n values with the value before each, both around the mean of the n: the n - 1 products over
 * the n squares. 0 where the variance is under 1e-24. Sums as in `shape`.
 */
export function autocorrelation(x: Node, n: number): Node {
  return node({
    name: 'autocorrelation',
    parameters: [n],
    inputs: { x, same: run(x) },
    history: { x: n },
    // p: sum of the n - 1 products of neighbours.
    state: { ref: 0, s: 0, q: 0, p: 0, peak: 0 },
    lag: n - 1,
    code: `
      if (n >= FIRST) {
        if (n === FIRST) $ref = $x;
        const d = $x - $ref;
        $s += d; $q += d * d;
        if (n > FIRST) $p += d * ($x[1] - $ref);
        if (n >= ${x.first + n}) {
          const gone = $x[${n}] - $ref;
          if ($q > $peak) $peak = $q;
          $s -= gone; $q -= gone * gone; $p -= gone * ($x[${n - 1}] - $ref);
          const far = $s * $s;
          if ((n & ${REBUILD_BARS - 1}) === 0 || $q * 1024 < $peak || far > ${64 * n} * ($q - far * ${1 / n})) {
            $ref = $x; $s = 0; $q = 0; $p = 0;
            let next = 0;
            for (let k = 1; k < ${n}; k += 1) {
              const e = $x[k] - $ref;
              $s += e; $q += e * e; $p += e * next;
              next = e;
            }
            $peak = $q;
          }
        }
        if (n >= ${x.first + n - 1}) {
          const m = $s * ${1 / n};
          const squares = $q - $s * m;
          const ends = $x + $x[${n - 1}] - 2 * $ref;
          $out = $same >= ${n} || squares < ${n * NO_VARIANCE} ? 0
            : ($p - m * (2 * $s - ends) + ${n - 1} * m * m) / squares;
        }
      }`,
  });
}
