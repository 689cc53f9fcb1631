/**
 * Ehlers' Hilbert transform of the close, with TA-Lib's arithmetic: its order of operations is kept, because on prices
 * that do not move TA-Lib's answers are the residue of that order's rounding.
 */
import { close, kernel, type Node, node } from '../graph/node.ts';

/** TA-Lib starts the transform at bar 12 for period, phasor and MAMA, at bar 37 for what needs a dominant cycle. */
export const PHASOR_START = 12;
export const CYCLE_START = 37;

/**
 * Bars over which the smoothing runs on sums, as TA-Lib's does over a whole call. Their error grows with the bars to the
 * power of 1.5, to about 1e-10 of the price in this many; from then on each bar is summed by itself.
 */
const SUMS_UNTIL = 4096;

/** Four closes weighted 4, 3, 2, 1, the newest heaviest. */
const smooth: Node = node({
  name: 'hilbertSmooth',
  inputs: { x: close },
  history: { x: 4 },
  state: { sum: 0, flat: 0 },
  lag: 3,
  code: `
    if (n >= ${SUMS_UNTIL}) $out = ($x * 4 + $x[1] * 3 + $x[2] * 2 + $x[3]) * 0.1;
    else {
      $flat += $x;
      if (n < 3) $sum += $x * (n + 1);
      else {
        if (n > 3) $flat -= $x[4];
        $sum += $x * 4;
        $out = $sum * 0.1;
        $sum -= $flat;
      }
    }`,
});

/** The smoothed close as a transform that starts at `start` sees it: 0 on the bars before. */
export function smoothedFrom(start: number): Node {
  return node({
    name: 'hilbertInput',
    parameters: [start],
    inputs: { x: smooth },
    code: `$out = n < ${start} ? 0 : $x;`,
  });
}

export interface Hilbert {
  readonly inphase: Node;
  readonly quadrature: Node;
  /** Smoothed period of the dominant cycle, bars. */
  readonly cycle: Node;
}

/** The filter that turns the phase by 90 degrees: of a value now and 2, 4, 6 bars ago. */
function turned(now: string, ago2: string, ago4: string, ago6: string): string {
  return `(0.0962 * ${now} - 0.0962 * ${ago6} - 0.5769 * ${ago4} + 0.5769 * ${ago2}) * gain`;
}

/** The transform from bar `start` on, all its memory 0 before it. */
export function hilbert(start: number): Hilbert {
  const x = smoothedFrom(start);
  const lag = start - x.first;
  return kernel({
    name: 'hilbert',
    parameters: [start],
    inputs: { x },
    history: { x: 6 },
    state: { ...zeros('d', 9), ...zeros('q', 6), i: 0, q: 0, re: 0, im: 0, period: 0, smoothed: 0 },
    outputs: { inphase: lag, quadrature: lag, cycle: lag },
    code: `
      if (n >= ${start}) {
        const gain = 0.075 * $period + 0.54;
        const d = ${turned('$x', '$x[2]', '$x[4]', '$x[6]')};
        const q = ${turned('d', '$d2', '$d4', '$d6')};
        const jI = ${turned('$d3', '$d5', '$d7', '$d9')};
        const jQ = ${turned('q', '$q2', '$q4', '$q6')};
        const i2 = 0.2 * ($d3 - jQ) + 0.8 * $i;
        const q2 = 0.2 * (q + jI) + 0.8 * $q;
        $re = 0.2 * (i2 * $i + q2 * $q) + 0.8 * $re;
        $im = 0.2 * (i2 * $q - q2 * $i) + 0.8 * $im;
        $i = i2; $q = q2;
        let period = $period;
        if ($im !== 0 && $re !== 0) period = 360 / (Math.atan($im / $re) * ${DEGREES});
        if (period > 1.5 * $period) period = 1.5 * $period;
        if (period < 0.67 * $period) period = 0.67 * $period;
        if (period < 6) period = 6;
        else if (period > 50) period = 50;
        $period = 0.2 * period + 0.8 * $period;
        $smoothed = 0.33 * $period + 0.67 * $smoothed;
        $inphase = $d3; $quadrature = q; $cycle = $smoothed;
        ${shift('d', 9)}
        ${shift('q', 6)}
      }`,
  });
}

/** Degrees in a radian. */
export const DEGREES = 45 / Math.atan(1);

/** The same value, shown from bar `first` on only. */
export function shownFrom(first: number, x: Node): Node {
  const lag = first - x.first;
  return node({ name: 'shownFrom', parameters: [first], inputs: { x }, lag, code: `$out = n < ${first} ? NaN : $x;` });
}

function zeros(name: string, count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index + 1}`, 0]));
}

function shift(name: string, count: number): string {
  const moves = Array.from(
    { length: count - 1 },
    (_, index) => `$${name}${count - index} = $${name}${count - index - 1};`,
  );
  return [...moves, `$${name}1 = ${name};`].join(' ');
}
