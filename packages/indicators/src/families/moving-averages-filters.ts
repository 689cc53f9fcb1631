/** Averages beyond the plain, the weighted and the exponential one. */
import { ema } from '../graph/averages.ts';
import { calc, type Node, node } from '../graph/node.ts';
import { path } from '../graph/positive-sums.ts';
import { REBUILD_BARS, sma, wma } from '../graph/windows.ts';

/** Mean of means, which makes triangular weights. First at `x.first + n - 1`. */
export function trima(x: Node, n: number): Node {
  const half = Math.floor(n / 2);
  return n % 2 === 0 ? sma(sma(x, half), half + 1) : sma(sma(x, half + 1), half + 1);
}

/** Kaufman's: an exponential average, the faster the straighter the way of the last n bars. First at `x.first + n`. */
export function kama(x: Node, n: number, fast: number, slow: number): Node {
  const slowest = 2 / (slow + 1);
  return node({
    name: 'kama',
    parameters: [n, fast, slow],
    inputs: { x, path: path(x, n) },
    history: { x: n },
    state: { k: 0 },
    code: `
      if (n >= FIRST) {
        if (n === FIRST) $k = $x[1];
        const net = $x - $x[${n}];
        const er = $path <= net || $path === 0 ? 1 : Math.abs(net) / $path;
        const root = er * ${2 / (fast + 1) - slowest} + ${slowest};
        $k += root * root * ($x - $k);
        $out = $k;
      }`,
  });
}

/** Tillson's: six exponential averages in a row, the last four of them mixed. First at `x.first + 6 (n - 1)`. */
export function t3(x: Node, n: number, v: number): Node {
  const e1 = ema(x, n);
  const e2 = ema(e1, n);
  const e3 = ema(e2, n);
  const e4 = ema(e3, n);
  const e5 = ema(e4, n);
  const e6 = ema(e5, n);
  const [v2, v3] = [v ** 2, v ** 3];
  const [c1, c2, c3, c4] = [-v3, 3 * (v2 + v3), -6 * v2 - 3 * (v + v3), 1 + 3 * v + v3 + 3 * v2];
  return calc(`${c1} * $e6 + ${c2} * $e5 + ${c3} * $e4 + ${c4} * $e3`, { e3, e4, e5, e6 });
}

/** Hull's. First at `x.first + n + sqrt(n) - 2`, the root rounded down. */
export function hma(x: Node, n: number): Node {
  const ahead = calc('2 * $fast - $slow', { fast: wma(x, Math.floor(n / 2)), slow: wma(x, n) });
  return wma(ahead, Math.floor(Math.sqrt(n)));
}

/** Mean of x weighted by volume; the plain mean where nothing was traded. First at bar `n - 1` of the two. */
export function volumeWeighted(x: Node, volume: Node, n: number): Node {
  const start = Math.max(x.first, volume.first);
  return node({
    name: 'volumeWeighted',
    parameters: [n],
    inputs: { x, v: volume, mean: sma(x, n) },
    history: { x: n, v: n },
    state: { s: 0, w: 0 },
    lag: start + n - 1 - Math.max(volume.first, x.first + n - 1),
    // Sums of which one bar was nearly all hold that bar's rounding when it goes, and are made anew.
    code: `
      if (n >= ${start}) {
        $s += $x * $v;
        $w += $v;
        if (n >= ${start + n}) {
          const gone = $v[${n}];
          $s -= $x[${n}] * gone;
          $w -= gone;
          if ((n & ${REBUILD_BARS - 1}) === 0 || gone > 1024 * $w) {
            $s = $x * $v; $w = $v;
            for (let k = 1; k < ${n}; k += 1) { $s += $x[k] * $v[k]; $w += $v[k]; }
          }
        }
        if (n >= ${start + n - 1}) $out = $w > 0 ? $s / $w : $mean;
      }`,
  });
}

/** Arnaud Legoux's: weights on a bell curve whose top is at share `offset` of the window. First at `x.first + n - 1`. */
export function alma(x: Node, n: number, offset: number, sigma: number): Node {
  const top = offset * (n - 1);
  const weights = Array.from({ length: n }, (_, k) => Math.exp(-((n - 1 - k - top) ** 2) / (2 * (n / sigma) ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight);
  const terms = weights.map((weight, k) => `${k === 0 ? '$x' : `$x[${k}]`} * ${weight / total}`);
  const groups = Array.from({ length: Math.ceil(n / 5) }, (_, g) => `(${terms.slice(5 * g, 5 * g + 5).join(' + ')})`);
  return node({
    name: 'alma',
    parameters: [n, offset, sigma],
    inputs: { x },
    history: { x: n - 1 },
    lag: n - 1,
    code: `$out = n < ${x.first + n - 1} ? NaN : ${groups.join(' + ')};`,
  });
}

/** McGinley's: slower while the price runs ahead of it, faster while the price falls below it. */
export function mcginley(x: Node, n: number): Node {
  return node({
    name: 'mcginley',
    parameters: [n],
    inputs: { x },
    state: { m: 0 },
    lag: n - 1,
    // Below 1 the divisor would carry the average past the price, and then away for ever.
    code: `
      if (n >= FIRST) {
        if ($m > 0) {
          const ratio = $x / $m;
          const square = ratio * ratio;
          const divisor = ${0.6 * n} * square * square;
          $m += divisor > 1 ? ($x - $m) / divisor : $x - $m;
        } else $m = $x;
        if (n >= ${x.first + n - 1}) $out = $m;
      }`,
  });
}

/** Ehlers' two-pole low-pass filter (a Butterworth filter over the mean of two values). */
export function superSmoother(x: Node, n: number): Node {
  const angle = (Math.SQRT2 * Math.PI) / n;
  const a = Math.exp(-angle);
  const c1 = 1 - 2 * a * Math.cos(angle) + a * a;
  return node({
    name: 'superSmoother',
    parameters: [n],
    inputs: { x },
    history: { x: 1 },
    state: { f: 0, before: 0 },
    lag: n - 1,
    // c1 mid + 2a cos f - a^2 before, written as steps from f: exact while nothing moves.
    code: `
      if (n > FIRST) {
        const f = $f + ${c1} * (($x + $x[1]) / 2 - $f) + ${a * a} * ($f - $before);
        $before = $f;
        $f = f;
      } else if (n === FIRST) { $f = $x; $before = $x; }
      $out = n < ${x.first + n - 1} ? NaN : $f;`,
  });
}
