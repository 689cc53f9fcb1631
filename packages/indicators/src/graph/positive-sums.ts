/** Sums of numbers that are never negative: exactly 0 where all are 0, so that they can be divided by. */
import { ago, calc, type Node, node } from './node.ts';
import { REBUILD_BARS, REBUILD_FALL } from './windows.ts';

/**
 * Sum of the last n of a value >= 0; first at `x.first + n - 1`. A running sum, added up anew every `REBUILD_BARS`
 * bars and when its greatest terms have left the window; rounding leaves nothing of it once n zeros in a row have come.
 */
export function positiveSum(x: Node, n: number): Node {
  return node({
    name: 'positiveSum',
    parameters: [n],
    inputs: { x, zeros: zerosInARow(x) },
    history: { x: n },
    state: { s: 0, peak: 0 },
    lag: n - 1,
    code: `
      if (n >= FIRST) {
        $s += $x;
        if ($s > $peak) $peak = $s;
        if ($zeros >= ${n}) { $s = 0; $peak = 0; }
        else if (n >= ${x.first + n}) {
          $s -= $x[${n}];
          if ((n & ${REBUILD_BARS - 1}) === 0 || $s * ${REBUILD_FALL} < $peak) {
            $s = $x;
            for (let k = 1; k < ${n}; k += 1) $s += $x[k];
            $peak = $s;
          }
          // Rounding may leave it a trifle short; the sum is at least its newest term.
          if ($s < $x) $s = $x;
        }
        if (n >= ${x.first + n - 1}) $out = $s;
      }`,
  });
}

/** How many bars in a row, this one included, have had 0. */
function zerosInARow(x: Node): Node {
  return node({
    name: 'zerosInARow',
    inputs: { x },
    state: { zeros: 0 },
    code: 'if (n >= FIRST) { $zeros = $x === 0 ? $zeros + 1 : 0; $out = $zeros; }',
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
