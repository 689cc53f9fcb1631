/** How a series moves with another one, which may lack values on any bar. */
import { calc, kernel, type Node } from '../graph/node.ts';
import { roc } from '../graph/rates.ts';
import { REBUILD_BARS, REBUILD_FALL, run } from '../graph/windows.ts';

interface JointMoments {
  /** Sums over the window of the products of x's and y's differences from their means. */
  readonly xx: Node;
  readonly xy: Node;
  readonly yy: Node;
}

/**
 * Over the last n bars, when x and y have values on all of them. `xx` and `yy` are exactly 0 where the one or the
 * other does not move. Sums are of differences from reference values, made anew as those of `variance` are.
 */
function jointMoments(x: Node, y: Node, n: number): JointMoments {
  const late = { lag: n - 1, isSparse: true };
  return kernel({
    name: 'jointMoments',
    parameters: [n],
    inputs: { x, y, sameX: run(x), sameY: run(y) },
    history: { x: n, y: n },
    state: { count: 0, rx: 0, ry: 0, sx: 0, sy: 0, sxx: 0, sxy: 0, syy: 0, px: 0, py: 0 },
    outputs: { xx: late, xy: late, yy: late },
    code: `
      if (n < FIRST || $x !== $x || $y !== $y) $count = 0;
      else {
        if ($count === 0) { $rx = $x; $ry = $y; $sx = 0; $sy = 0; $sxx = 0; $sxy = 0; $syy = 0; $px = 0; $py = 0; }
        const dx = $x - $rx, dy = $y - $ry;
        $sx += dx; $sy += dy; $sxx += dx * dx; $sxy += dx * dy; $syy += dy * dy;
        if ($count < ${n}) $count += 1;
        else {
          const ox = $x[${n}] - $rx, oy = $y[${n}] - $ry;
          if ($sxx > $px) $px = $sxx;
          if ($syy > $py) $py = $syy;
          $sx -= ox; $sy -= oy; $sxx -= ox * ox; $sxy -= ox * oy; $syy -= oy * oy;
          if ((n & ${REBUILD_BARS - 1}) === 0
            || $px > ${REBUILD_FALL} * ($sxx - $sx * $sx * ${1 / n})
            || $py > ${REBUILD_FALL} * ($syy - $sy * $sy * ${1 / n})) {
            $rx = $x; $ry = $y; $sx = 0; $sy = 0; $sxx = 0; $sxy = 0; $syy = 0;
            for (let k = 1; k < ${n}; k += 1) {
              const ex = $x[k] - $rx, ey = $y[k] - $ry;
              $sx += ex; $sy += ey; $sxx += ex * ex; $sxy += ex * ey; $syy += ey * ey;
            }
            $px = $sxx; $py = $syy;
          }
        }
        if ($count >= ${n}) {
          const xx = $sxx - $sx * $sx * ${1 / n}, yy = $syy - $sy * $sy * ${1 / n};
          $xx = $sameX >= ${n} || xx < 0 ? 0 : xx;
          $yy = $sameY >= ${n} || yy < 0 ? 0 : yy;
          $xy = $sxy - $sx * $sy * ${1 / n};
        }
      }`,
  });
}

/** Pearson's, of the values of n bars; 0 where one of the two does not move. */
export function correlation(x: Node, y: Node, n: number): Node {
  const { xx, xy, yy } = jointMoments(x, y, n);
  const root = calc('Math.sqrt($xx * $yy)', { xx, yy });
  return calc('$root > 0 ? Math.max(-1, Math.min(1, $xy / $root)) : 0', { xy, root });
}

/**
 * Change of x per change of y, both in percent, of n changes: covariance over y's variance. 0 where n^2 times that
 * variance, of changes as fractions, is under 1e-14.
 */
export function beta(x: Node, y: Node, n: number): Node {
  const { xy, yy } = jointMoments(roc(x, 1), roc(y, 1), n);
  return calc(`$yy * ${n} < 1e-10 ? 0 : $xy / $yy`, { xy, yy });
}
